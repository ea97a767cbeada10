"""The bare paths of photos, for other programs to do something with."""

from __future__ import annotations

import os

from iqscore.records import Failure, Outcome, Summary
from iqscore.writers.sink import Sink


class PathsWriter:
    """Writes the path of each photo, and of each file that goes along, byte for byte, and `end` after it."""

    def __init__(self, sink: Sink, end: bytes, *, failures: bool) -> None:
        self._sink = sink
        self._end = end
        self._failures = failures

    def write(self, outcome: Outcome) -> None:
        """Append a path; that of a photo which failed only where those are asked for."""
        if self._failures or not isinstance(outcome, Failure):
            for path in (outcome.path, *(() if isinstance(outcome, Failure) else outcome.companions)):
                self._sink.write(to_argument(path) + self._end)

    def close(self, summary: Summary) -> None:
        """Close the file."""
        self._sink.finish(b"", replaces=summary.is_result)


def to_argument(path: str) -> bytes:
    """Return a path that no program takes for an option; `-` stays what it is."""
    name = os.fsencode(path)
    return b"./" + name if name.startswith(b"-") and name != b"-" else name
