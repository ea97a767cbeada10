"""Directories of a TIFF block, as EXIF is one."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

ENTRY = 12

_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 129: 1}
"""Bytes of one value, by the number of its type."""
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I"}
_SHORT = 3
_EXIF, _GPS, _INTEROP = 0x8769, 0x8825, 0xA005
_PICTURE, _PICTURE_LENGTH = 0x0201, 0x0202
_MOST_DIRECTORIES = 16


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory of a block."""

    order: str
    """Of its bytes, as struct writes it."""
    start: int
    entries: tuple[bytes, ...]

    @property
    def end(self) -> int:
        """Where the pointer to the next directory ends."""
        return self.start + 2 + ENTRY * len(self.entries) + 4

    def get_tag(self, entry: bytes) -> int:
        """Return the tag of an entry."""
        tag: int = struct.unpack_from(self.order + "H", entry)[0]
        return tag

    def find(self, tag: int) -> int | None:
        """Return the number of the first entry of a tag."""
        return next((number for number, entry in enumerate(self.entries) if self.get_tag(entry) == tag), None)

    def locate(self, number: int) -> int:
        """Return where an entry stands in the block."""
        return self.start + 2 + ENTRY * number

    def get_value(self, tag: int) -> int | None:
        """Return the one whole number of a tag, None where there is none."""
        number = self.find(tag)
        if number is None:
            return None
        kind, count = struct.unpack_from(self.order + "HI", self.entries[number], 2)
        if kind not in _NUMBERS or count != 1:
            return None
        value: int = struct.unpack_from(self.order + _NUMBERS[kind], self.entries[number], 8)[0]
        return value

    def change(self, number: int, value: int) -> bytes:
        """Return an entry that holds one whole number with another, in its own type."""
        entry = self.entries[number]
        kind: int = struct.unpack_from(self.order + "H", entry, 2)[0]
        packed = struct.pack(self.order + _NUMBERS[kind], value)
        return entry[:8] + packed + entry[8 + len(packed) :]

    def make(self, tag: int, value: int) -> bytes:
        """Return an entry of a short number."""
        return struct.pack(self.order + "HHIHH", tag, _SHORT, 1, value, 0)

    def is_inside(self, entry: bytes, length: int) -> bool:
        """Tell whether the value of an entry lies in a block of a length; one of an unknown type is taken to."""
        kind, count, offset = struct.unpack_from(self.order + "HII", entry, 2)
        size: int = SIZES.get(kind, 0) * count
        return size <= 4 or int(offset) + size <= length


def is_block(block: bytes) -> bool:
    """Tell whether a block starts as TIFF does."""
    return block[:4] in _ORDERS


def read_directory(block: bytes, start: int | None = None) -> Directory | None:
    """Return the directory at a place, or the first of a block; None where its entries are not all there."""
    order = _ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return None
    if start is None:
        start = int(struct.unpack_from(order + "I", block, 4)[0])
    if start < 8 or start + 2 > len(block):
        return None
    count: int = struct.unpack_from(order + "H", block, start)[0]
    end = start + 2 + ENTRY * count
    if end > len(block):
        return None
    return Directory(order, start, tuple(block[at : at + ENTRY] for at in range(start + 2, end, ENTRY)))


def is_sound(block: bytes) -> bool:
    """Tell whether all that directories of a block say lies in it: then nothing changes where it grows."""
    first = read_directory(block)
    if first is None or not {_get_type(first, entry) for entry in first.entries} <= SIZES.keys():
        return False
    found = list(_find_directories(block))
    return len(found) < _MOST_DIRECTORIES and all(
        directory is not None and _is_inside(directory, len(block), is_linked=is_linked)
        for directory, is_linked in found
    )


def _is_inside(directory: Directory, length: int, *, is_linked: bool) -> bool:
    """Tell whether a directory lies in a block of a length, with its values and, where it has one, its picture."""
    picture = (directory.get_value(_PICTURE) or 0) + (directory.get_value(_PICTURE_LENGTH) or 0)
    end = directory.end if is_linked else directory.end - 4
    return max(end, picture) <= length and all(directory.is_inside(entry, length) for entry in directory.entries)


def _find_directories(block: bytes) -> Iterator[tuple[Directory | None, bool]]:
    """Yield the directories that a block leads to, None for a broken one, and whether one may follow it."""
    waiting: list[tuple[int | None, bool]] = [(None, True)]
    for _ in range(_MOST_DIRECTORIES):
        if not waiting:
            return
        start, is_linked = waiting.pop(0)
        directory = read_directory(block, start)
        yield directory, is_linked
        if directory is not None:
            links = [(directory.get_value(tag), False) for tag in (_EXIF, _GPS, _INTEROP)]
            following = block[directory.end - 4 : directory.end] if is_linked else b""
            if len(following) == 4:
                links.append((int(struct.unpack(directory.order + "I", following)[0]), True))
            waiting += [link for link in links if link[0]]


def _get_type(directory: Directory, entry: bytes) -> int:
    kind: int = struct.unpack_from(directory.order + "H", entry, 2)[0]
    return kind
