"""Pictures behind the end of a JPEG that maker notes point at, as Minolta's do, by their distance from EXIF.

Maker notes are not to be changed, so the distance must stay.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from iqscore.metadata.segments import EXIF, Segment, find_exif

_STARTS = tuple(b"\xd8\xff" + bytes([marker]) for marker in (0xC4, 0xDB, *range(0xE0, 0xF0), 0xFE))
"""How a picture goes on after its first byte, in place of which Minolta writes another one."""


def find_pinned(data: bytes, segments: list[Segment], scan: int) -> Segment | None:
    """Return the EXIF segment from which a picture behind the image data is told, None as a rule."""
    for segment in find_exif(segments):
        base = segment.inside + len(EXIF)
        for distance in _find_numbers(segment.body[len(EXIF) :], scan - base, len(data) - base):
            at = base + distance + 1
            if data[at : at + 3] in _STARTS:
                return segment
    return None


def _find_numbers(block: bytes, least: int, most: int) -> Iterator[int]:
    """Yield the numbers in a range that any four bytes of a block make, from even places, in either byte order."""
    for start in (0, 2):
        numbers = array("I", block[start : start + (len(block) - start) // 4 * 4])
        for _ in range(2):
            yield from (number for number in numbers if least <= number < most)
            numbers.byteswap()
