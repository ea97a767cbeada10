"""Changes of a file as splices of byte ranges, and where everything behind them comes to stand."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """Bytes from `start` to `stop` of a file become `text`; an insertion where both are the same."""

    start: int
    stop: int
    text: bytes


def apply_splices(data: bytes, splices: Iterable[Splice]) -> bytes:
    """Return data with splices made, itself where they change nothing; those of one place keep their order."""
    parts: list[bytes | memoryview] = []
    view, at = memoryview(data), 0
    changes = [splice for splice in splices if data[splice.start : splice.stop] != splice.text]
    for splice in sorted(changes, key=_get_range):
        parts += [view[at : splice.start], splice.text]
        at = splice.stop
    return b"".join([*parts, view[at:]]) if changes else data


class Shift:
    """Where bytes of a file come to stand by splices of it; what is inserted at a place pushes it back."""

    def __init__(self, splices: Iterable[Splice]) -> None:
        ordered = sorted(splices, key=lambda splice: splice.stop)
        self._stops = [splice.stop for splice in ordered]
        growths = (len(splice.text) - (splice.stop - splice.start) for splice in ordered)
        self._totals = list(accumulate(growths, initial=0))

    def move(self, place: int) -> int:
        """Return the new place of a byte that no splice replaces."""
        return place + self._totals[bisect_right(self._stops, place)]


def _get_range(splice: Splice) -> tuple[int, int]:
    return splice.start, splice.stop
