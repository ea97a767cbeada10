"""Multi-Picture Format: the list of the further pictures in a JPEG (previews, gain maps), by offset and length."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from iqscore.errors import MetadataError
from iqscore.metadata.segments import MPF, Segment
from iqscore.metadata.splice import Shift, Splice

_ENTRIES = 0xB002
_ENTRY = 16
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_UNDEFINED = 7
_MOST = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture of the list; `at` is where its length and offset stand in the body of the segment."""

    at: int
    length: int
    offset: int


def move_pictures(segments: list[Segment], scan: int, shift: Shift) -> Iterator[Splice]:
    """Yield what lists of pictures become when the file is shifted: the first picture grows, the others move.

    `scan` is where the first picture's image data start; an offset that leads nowhere behind it stays as it is.
    MetadataError where one that leads behind the end would no longer fit.
    """
    for segment in segments:
        body = bytearray(segment.body)
        base = segment.inside + len(MPF)
        order, pictures = _read_list(segment)
        for number, picture in enumerate(pictures):
            length, offset = picture.length, picture.offset
            if number == 0 and offset == 0 and length >= scan:
                length = shift.move(length)
            elif offset and base + offset >= scan:
                offset = shift.move(base + offset) - shift.move(base)
            if max(length, offset) > _MOST:
                raise MetadataError("unsupported", "its list of further pictures leads far behind its end")
            struct.pack_into(order + "II", body, picture.at, length, offset)
        if body != segment.body:
            yield Splice(segment.inside, segment.end, bytes(body))


def to_still(segment: Segment, scan: int) -> bytes:
    """Return the body of a segment that is the same wherever the image data start: pictures are told from there."""
    body = bytearray(segment.body)
    base = segment.inside + len(MPF)
    order, pictures = _read_list(segment)
    for number, picture in enumerate(pictures):
        length, offset = picture.length, picture.offset
        if number == 0 and offset == 0 and length >= scan:
            length -= scan
        elif offset and base + offset >= scan:
            offset = base + offset - scan
        struct.pack_into(order + "II", body, picture.at, length, offset)
    return bytes(body)


def _read_list(segment: Segment) -> tuple[str, list[_Picture]]:
    """Return the byte order and the pictures of a segment, none where it is no list or damaged."""
    block = segment.body[len(MPF) :]
    order = _ORDERS.get(block[:4]) if segment.holds(MPF) else None
    if order is None or len(block) < 8:
        return "<", []
    start: int = struct.unpack_from(order + "I", block, 4)[0]
    if start + 2 > len(block):
        return order, []
    count: int = struct.unpack_from(order + "H", block, start)[0]
    for at in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        tag, kind, length, value = struct.unpack_from(order + "HHII", block, at)
        if tag == _ENTRIES and kind == _UNDEFINED and length <= len(block) - value:
            return order, [_read_picture(segment.body, order, at) for at in _find_entries(value, length)]
    return order, []


def _find_entries(start: int, length: int) -> range:
    """Return where each length and offset stands in the body."""
    first = len(MPF) + start + 4
    return range(first, first + length // _ENTRY * _ENTRY, _ENTRY)


def _read_picture(body: bytes, order: str, at: int) -> _Picture:
    return _Picture(at, *struct.unpack_from(order + "II", body, at))
