"""Which photos in watched folders are new, and when each has been still for long enough to be read.

A state machine without threads and without a clock of its own: it is told what was found and what time it is.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import NamedTuple

RETRY_SECONDS = (1.0, 2.0, 4.0)
"""When a photo that looks unfinished is tried again; an attribute cache of a network mount lasts about as long."""
FORGET_SECONDS = 3600.0
"""How long a photo that is gone is known still, in case it comes back as it was: moved, or a mount that was away."""


class Mark(NamedTuple):
    """What a file was when it was looked at."""

    size: int
    mtime_ns: int
    device: int = 0
    inode: int = 0
    """0 where the file system has none."""

    def is_like(self, other: Mark | None) -> bool:
        """Tell whether a file of this name still has the same content; a new mount gives it another device."""
        return other is not None and self[:2] == other[:2]


@dataclass(slots=True)
class _Seen:
    mark: Mark
    last: float


@dataclass(slots=True)
class _Waiting:
    mark: Mark
    due: float
    attempt: int = 0


def to_mark(status: os.stat_result) -> Mark | None:
    """Return the mark of a regular file, None of anything else."""
    if not stat.S_ISREG(status.st_mode):
        return None
    return Mark(status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)


def read_mark(path: str) -> Mark | None:
    """Return the mark of a file, None where there is none to be read."""
    try:
        return to_mark(os.stat(path))  # noqa: PTH116 - a Path for each file of a burst costs more than the call
    except (OSError, ValueError):
        return None


class Arrivals:
    """What is known of each photo; times are seconds of any clock that does not run backwards."""

    def __init__(self, settle: float, read: Callable[[str], Mark | None] = read_mark) -> None:
        self._settle = settle
        self._read = read
        self._seen: dict[str, _Seen] = {}
        self._places: dict[Mark, str] = {}
        self._waiting: dict[str, _Waiting] = {}
        self._working: dict[str, int] = {}
        """Photos that are being scored, with how often they were tried before."""
        self._heap: list[tuple[float, str]] = []

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is being scored."""
        return not self._waiting and not self._working

    @property
    def due(self) -> float | None:
        """When the next photo may be ready, None where none waits."""
        return self._heap[0][0] if self._heap else None

    def know(self, path: str, mark: Mark | None, now: float) -> None:
        """Take a photo for an old one, as it is now."""
        if mark is not None:
            self._forget(path)
            self._seen[path] = _Seen(mark, now)
            self._places[mark] = path

    def note(self, path: str, mark: Mark | None, now: float) -> bool:
        """Look at a photo that was found or that changed, None if it is gone; tell whether it is an arrival."""
        if mark is None:
            self._waiting.pop(path, None)
            return False
        seen = self._seen.get(path)
        if seen is not None:
            seen.last = now
        waiting = self._waiting.get(path)
        known = waiting.mark if waiting else seen.mark if seen else None
        # what is being scored is looked at again when that is done
        if path in self._working or mark.is_like(known) or self._was_moved(path, mark, now):
            return False
        self._wait(path, _Waiting(mark, now + self._settle))
        return True

    def _was_moved(self, path: str, mark: Mark, now: float) -> bool:
        """Tell whether a photo that is known has a new name; a hard link, whose old name remains, is another photo."""
        old = self._places.get(mark) if mark.inode else None
        if old is None or old == path or self._read(old) is not None:
            return False
        if old not in self._working:
            self._seen.pop(old, None)
            self.know(path, mark, now)
        # of one that is being scored it shows later whether it could be, as folders are looked through again
        return True

    def _wait(self, path: str, waiting: _Waiting) -> None:
        self._waiting[path] = waiting
        heappush(self._heap, (waiting.due, path))

    def take(self, now: float, limit: int) -> list[str]:
        """Return at most `limit` photos that have been still for long enough; they count as being scored."""
        taken: list[str] = []
        while self._heap and self._heap[0][0] <= now and len(taken) < limit:
            due, path = heappop(self._heap)
            waiting = self._waiting.get(path)
            if waiting is None or waiting.due != due:
                continue
            del self._waiting[path]
            if self._is_ready(path, waiting, now):
                taken.append(path)
        return taken

    def _is_ready(self, path: str, waiting: _Waiting, now: float) -> bool:
        mark = self._read(path)
        if mark is None:
            return False
        if not mark.is_like(waiting.mark):
            self._wait(path, _Waiting(mark, now + self._settle))
            return False
        seen = self._seen.get(path)
        # folder listings may lag behind the files, and say that an old one is new
        if seen is not None and mark.is_like(seen.mark):
            return False
        self._working[path] = waiting.attempt
        self.know(path, mark, now)
        return True

    def retry(self, path: str, now: float) -> bool:
        """Let a photo that could not be scored wait for another try; tell whether it has one left."""
        attempt = self._working[path]
        if attempt == len(RETRY_SECONDS):
            return False
        del self._working[path]
        self._forget(path)
        mark = self._read(path)
        if mark is not None:
            self._wait(path, _Waiting(mark, now + RETRY_SECONDS[attempt], attempt + 1))
        return True

    def drop(self, path: str) -> None:
        """Forget a photo that was gone before it could be scored."""
        del self._working[path]
        self._forget(path)

    def finish(self, path: str, now: float, *, scored: Mark | None = None, changed: bool = False) -> None:
        """End the work on a photo; where it was not changed by us, a change meanwhile makes it an arrival again.

        `scored` is what it was just before it was read, which may be long after it was taken.
        """
        del self._working[path]
        self.know(path, scored, now)
        mark = self._read(path)
        if changed:
            self.know(path, mark, now)
        else:
            self.note(path, mark, now)

    def sweep(self, now: float) -> None:
        """Forget photos that nobody has seen for long; to be called when all folders were looked through."""
        old = [path for path, seen in self._seen.items() if now - seen.last > FORGET_SECONDS]
        for path in old:
            if path not in self._working:
                self._forget(path)

    def _forget(self, path: str) -> None:
        seen = self._seen.pop(path, None)
        if seen is not None and self._places.get(seen.mark) == path:
            del self._places[seen.mark]
