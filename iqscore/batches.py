"""Photos of many threads run through a model together, as a GPU likes it; nobody ever waits for a batch to fill."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MOST_PHOTOS = 16
"""In a batch at most, which bounds the memory of the device; chosen, not measured."""

Views = NDArray[np.uint8]
Outputs = list[NDArray[np.float32]]


@dataclass(eq=False, slots=True)
class _Call:
    """One caller's views, and what becomes of them."""

    views: Views
    outputs: Outputs | None = None
    error: BaseException | None = None
    woken: threading.Event = field(default_factory=threading.Event)
    """Set when there are outputs or an error, or when it is this caller's turn to run the model."""

    @property
    def is_done(self) -> bool:
        return self.outputs is not None or self.error is not None


class MicroBatches:
    """A session that runs what has come in from many threads while it was busy as one batch.

    The first caller runs the model for all who wait; whoever comes meanwhile waits for the next batch, which its first
    caller runs then. Photos in a batch have views of one shape. Its error is that of all of them.
    """

    def __init__(self, run: Callable[[Views], Outputs], device: str, most: int = MOST_PHOTOS) -> None:
        self.device = device
        self._run = run
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Call] = deque()
        self._is_busy = False

    def run(self, views: Views) -> Outputs:
        """Return the model's outputs for views (photos, 1 + tiles, height, width, 3); for many threads."""
        call = _Call(views)
        with self._lock:
            self._waiting.append(call)
            runs, self._is_busy = not self._is_busy, True
        if not runs:
            call.woken.wait()
        if not call.is_done:
            try:
                self._run_batch(self._take())
            finally:
                self._pass_on()
        if call.error is not None:
            raise call.error
        assert call.outputs is not None
        return call.outputs

    def _take(self) -> list[_Call]:
        """Return the call that has waited longest, which is the caller's own, and others of its shape behind it."""
        with self._lock:
            shape = self._waiting[0].views.shape[1:]
            batch = [call for call in self._waiting if call.views.shape[1:] == shape][: self._most]
            for call in batch:
                self._waiting.remove(call)
        return batch

    def _run_batch(self, batch: Sequence[_Call]) -> None:
        try:
            found = self._run(np.concatenate([call.views for call in batch]))
            ends = np.cumsum([len(call.views) for call in batch])[:-1]
            parts = [np.split(output, ends) for output in found]
            for call, *outputs in zip(batch, *parts, strict=True):
                call.outputs = list(outputs)
        except BaseException as error:  # noqa: BLE001 - each caller raises it for itself
            for call in batch:
                call.error = error
        for call in batch:
            call.woken.set()

    def _pass_on(self) -> None:
        """Let the caller who has waited longest run the next batch."""
        with self._lock:
            if self._waiting:
                self._waiting[0].woken.set()
            else:
                self._is_busy = False
