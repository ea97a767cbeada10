"""Maker notes that lead behind the end of their EXIF block: were it to grow, readers would find other things in them.

How each maker tells places is known to few; whatever looks like an entry of a directory is taken for one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from iqscore.metadata.tiff import SIZES, Directory, read_directory

_EXIF, _NOTE = 0x8769, 0x927C
_HEADERS = (0, 8, 10, 12)
"""Makers count from the start of the block, of the note, or of what follows such a header of it."""
_POINTERS = {4, 13}


def leads_behind(block: bytes, length: int) -> bool:
    """Tell whether the maker notes of a block lead to where there is something only if it grows to a length."""
    note = _find_note(block)
    bases = {0, *(note.start + header for header in _HEADERS)}
    return any(len(block) < base + end <= length for end in _find_ends(block[note]) for base in bases)


def _find_note(block: bytes) -> slice:
    """Return where the maker notes stand, an empty place where there are none."""
    first = read_directory(block)
    inner = first and first.get_value(_EXIF)
    directory = read_directory(block, inner) if inner else None
    number = directory.find(_NOTE) if directory else None
    return slice(0, 0) if directory is None or number is None else _get_range(directory, number)


def _get_range(directory: Directory, number: int) -> slice:
    count, start = struct.unpack_from(directory.order + "II", directory.entries[number], 4)
    return slice(start, start + count)


def _find_ends(note: bytes) -> Iterator[int]:
    """Yield where the values end of all that may be entries, in either byte order, from even places."""
    for start in range(0, 12, 2):
        whole = note[start : start + (len(note) - start) // 12 * 12]
        for order in "<>":
            for _, kind, count, value in struct.iter_unpack(order + "HHII", whole):
                if kind not in SIZES:
                    continue
                if kind in _POINTERS and count == 1:
                    # the first byte of a directory
                    yield value + 1
                elif SIZES[kind] * count > 4:
                    yield value + SIZES[kind] * count
