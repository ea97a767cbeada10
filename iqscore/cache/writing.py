"""What many threads want written, written in batches by one."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")

SECONDS = 0.5
"""The longest that anything waits for others to be written with."""
MOST = 256
"""Items in a batch."""


class Batches(Generic[T]):
    """A thread that hands on what it is given, many at a time, in order; it starts with the first item."""

    def __init__(self, write: Callable[[list[T]], None]) -> None:
        self._write = write
        self._items: SimpleQueue[T | None] = SimpleQueue()
        # a daemon: what is missing from a cache must not keep a program that has to end
        self._thread = Thread(target=self._run, name="iqscore-cache", daemon=True)
        self._thread.start()

    def add(self, item: T) -> None:
        """Have an item written soon."""
        self._items.put(item)

    def close(self) -> None:
        """Write what is left, and end."""
        self._items.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            batch, is_last = self._gather(item)
            self._write(batch)
            if is_last:
                return

    def _gather(self, first: T) -> tuple[list[T], bool]:
        """Return what comes in time to be written with the first item, and whether nothing comes after it."""
        batch, until = [first], time.monotonic() + SECONDS
        while len(batch) < MOST:
            try:
                item = self._items.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                return batch, False
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False
