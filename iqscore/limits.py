"""What photos in the works may take together: memory, by their pixels, and time, each on its own.

Memory is counted in pixels of four bytes, before they are there: by what a header says.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress

MAX_PIXELS = 200_000_000
"""The most pixels, of four bytes, that are decoded of one photo, and of all that are decoded at a time."""
MAX_FULL_PIXELS = 2_000_000_000
"""The most pixels that a photo may have at full size, of which a JPEG is decoded at a fraction."""
TIME_LIMIT = 60.0
"""Seconds that one photo may take."""

_LARGE = 20_000_000
"""Pixels of four bytes from which on memory is worth trimming, which takes milliseconds."""

_changed = threading.Condition()
_own = threading.local()


class GivenUp(Exception):
    """The photo that this thread works on has taken too long, and nobody waits for it any more."""


class Task:
    """One photo on its way through one thread; waiting for memory is no time of its own."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._held = 0
        self.given_up = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """Be the task of this thread, from now on by the clock."""
        _own.task = self
        self._started = time.monotonic()
        try:
            yield
        finally:
            self._started = None
            _own.task = None

    def is_late(self, limit: float) -> bool:
        """Tell whether it has been worked on for longer than `limit` seconds."""
        started = self._started
        return started is not None and time.monotonic() - started > limit

    def give_up(self) -> None:
        """Leave the thread to itself: others need not wait for what it holds, nor for its end."""
        with _changed:
            self.given_up = True
            _memory.free += self._held
            self._held = 0
            _changed.notify_all()

    def wait_for_turn(self, ticket: object, cost: int) -> None:
        """Wait till it is this ticket's turn and so much memory is free, then hold it."""
        self._started = None
        _changed.wait_for(lambda: _memory.queue[0] is ticket and _memory.free >= cost)
        self._started = time.monotonic()
        self._held += cost

    def give_back(self, cost: int) -> int:
        """Return how much of what it held is free again: nothing where it was given up, and that was done."""
        given = min(cost, self._held)
        self._held -= given
        return given


class _Memory:
    def __init__(self) -> None:
        self.free = MAX_PIXELS
        self.queue: deque[object] = deque()


_memory = _Memory()


@contextmanager
def holding(cost: int) -> Iterator[None]:
    """Take part in the memory that all photos share, waiting for it in the order of asking; `cost` is in pixels.

    One that costs more than there is waits until it is alone. Raises GivenUp in a thread that nobody waits for.
    """
    cost, ticket = min(cost, MAX_PIXELS), object()
    task: Task = getattr(_own, "task", None) or Task()
    with _changed:
        if task.given_up:
            raise GivenUp
        _memory.queue.append(ticket)
        try:
            task.wait_for_turn(ticket, cost)
            _memory.free -= cost
        finally:
            _memory.queue.remove(ticket)
            _changed.notify_all()
    try:
        yield
    finally:
        if cost >= _LARGE:
            trim()
        with _changed:
            _memory.free += task.give_back(cost)
            _changed.notify_all()


def trim() -> None:
    """Have the C library hand free memory back to the system; glibc keeps it for the thread that had it."""
    import ctypes

    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
