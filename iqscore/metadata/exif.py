"""EXIF blocks: Rating (0x4746) and RatingPercent (0x4749) in the first directory, with nothing else moved.

A directory that lacks them is written anew at the block's end, and the header points there; what the header said before
stands behind it, so that the block can be cut back to what it was. Of a block that is too damaged to tell, nothing is
changed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

import piexif

from iqscore.metadata.values import to_percent

RATING, PERCENT = 0x4746, 0x4749
_TAGS = (RATING, PERCENT)
Density = tuple[int, int, int]
"""Pixels a unit across and down, and the unit: 2 inches, 3 centimetres."""
DEFAULT_DENSITY: Density = (72, 72, 2)

_MARK = b"iqscore\0"
"""Behind a directory of ours, followed by the header's earlier pointer."""
_ENTRY = 12
_SHORT = 3
_KINDS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i"}
"""Whole numbers, by the number of their type."""
_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}


@dataclass(frozen=True, slots=True)
class _Directory:
    """The first directory of a block."""

    order: str
    start: int
    entries: tuple[bytes, ...]

    @property
    def end(self) -> int:
        """Where the pointer to the next directory ends."""
        return self.start + 2 + _ENTRY * len(self.entries) + 4

    def get_tag(self, entry: bytes) -> int:
        tag: int = struct.unpack_from(self.order + "H", entry)[0]
        return tag

    def find(self, tag: int) -> int | None:
        """Return the number of the first entry of a tag."""
        return next((number for number, entry in enumerate(self.entries) if self.get_tag(entry) == tag), None)

    def locate(self, number: int) -> int:
        """Return where an entry stands in the block."""
        return self.start + 2 + _ENTRY * number


def make_exif(stars: int, density: Density = DEFAULT_DENSITY) -> bytes:
    """Return a block for a photo that has none, with the tags that no block may lack beside the rating."""
    across, down, unit = density
    directory = {
        piexif.ImageIFD.XResolution: (across, 1),
        piexif.ImageIFD.YResolution: (down, 1),
        piexif.ImageIFD.ResolutionUnit: unit,
        piexif.ImageIFD.YCbCrPositioning: 1,
        piexif.ImageIFD.Rating: stars,
        piexif.ImageIFD.RatingPercent: to_percent(stars),
    }
    # without the header of a JPEG segment
    return bytes(piexif.dump({"0th": directory}))[6:]


def merge_exif(
    block: bytes | None, stars: int, *, create: bool = True, density: Density = DEFAULT_DENSITY
) -> bytes | None:
    """Return a block that says `stars`, itself where it does already; None where there is none and none is needed.

    -1 has no form in EXIF: it makes 0 of a rating that is there. Without `create`, only such a rating is changed.
    """
    if block is None:
        return make_exif(stars, density) if create and stars >= 0 else None
    return write_values(block, max(stars, 0), to_percent(max(stars, 0)), create=create and stars >= 0)


def write_values(block: bytes, rating: int | None, percent: int | None, *, create: bool = True) -> bytes:
    """Return a block with these values: in place where both tags are there or may not be created, else moved."""
    directory = _read_directory(block)
    if directory is None:
        return block
    wanted = {tag: value for tag, value in ((RATING, rating), (PERCENT, percent)) if value is not None}
    if create and any(directory.find(tag) is None for tag in wanted):
        return _append(block, directory, wanted)
    changed = bytearray(block)
    for tag, value in wanted.items():
        number = directory.find(tag)
        if number is not None and _get_value(directory, tag) != value:
            at = directory.locate(number)
            changed[at : at + _ENTRY] = _change_entry(directory, number, value)
    return bytes(changed)


def restore_exif(block: bytes, rating: int | None, percent: int | None) -> bytes | None:
    """Return a block that says what it said before we wrote into it, None where there was no block."""
    if rating is None and percent is None and _is_fresh(block):
        return None
    cut = _cut_back(block)
    if cut != block and read_exif(cut) == (rating, percent):
        return cut
    gone = {tag for tag, value in ((RATING, rating), (PERCENT, percent)) if value is None}
    return write_values(_remove(block, gone), rating, percent)


def strip_exif(block: bytes) -> bytes:
    """Return a block as it would be had nobody ever rated it; nothing is left of one that we made."""
    if _is_fresh(block):
        return b""
    cut = block
    while (shorter := _cut_back(cut)) != cut:
        cut = shorter
    return _remove(cut, set(_TAGS))


def read_exif(block: bytes) -> tuple[int | None, int | None]:
    """Return the rating and the percent that a block holds, None for each that it does not, or that is damaged."""
    directory = _read_directory(block)
    if directory is None:
        return None, None
    return _get_value(directory, RATING), _get_value(directory, PERCENT)


def is_block(block: bytes) -> bool:
    """Tell whether a block starts as EXIF does."""
    return block[:4] in _ORDERS


def is_whole(block: bytes) -> bool:
    """Tell whether a block has a whole first directory."""
    return _read_directory(block) is not None


def _read_directory(block: bytes) -> _Directory | None:
    order = _ORDERS.get(block[:4])
    if order is None or len(block) < 8:
        return None
    start: int = struct.unpack_from(order + "I", block, 4)[0]
    if start < 8 or start + 2 > len(block):
        return None
    count: int = struct.unpack_from(order + "H", block, start)[0]
    end = start + 2 + _ENTRY * count
    if end + 4 > len(block):
        return None
    return _Directory(order, start, tuple(block[at : at + _ENTRY] for at in range(start + 2, end, _ENTRY)))


def _get_value(directory: _Directory, tag: int) -> int | None:
    number = directory.find(tag)
    if number is None:
        return None
    entry = directory.entries[number]
    kind, count = struct.unpack_from(directory.order + "HI", entry, 2)
    letter = _KINDS.get(kind)
    if letter is None or count != 1:
        return None
    value: int = struct.unpack_from(directory.order + letter, entry, 8)[0]
    return value


def _change_entry(directory: _Directory, number: int, value: int) -> bytes:
    """Return an entry with another value, in its own type where that is one of a whole number."""
    entry = directory.entries[number]
    tag, kind, count = struct.unpack_from(directory.order + "HHI", entry)
    if kind not in _KINDS or count != 1:
        return _to_entry(directory.order, tag, value)
    packed = struct.pack(directory.order + _KINDS[kind], value)
    return entry[:8] + packed + entry[8 + len(packed) :]


def _to_entry(order: str, tag: int, value: int) -> bytes:
    return struct.pack(order + "HHIHH", tag, _SHORT, 1, value, 0)


def _append(block: bytes, directory: _Directory, values: dict[int, int]) -> bytes:
    """Return a block with a new first directory at its end."""
    order = directory.order
    kept = [entry for entry in directory.entries if directory.get_tag(entry) not in values]
    entries = sorted([*kept, *(_to_entry(order, tag, value) for tag, value in values.items())], key=directory.get_tag)
    following = block[directory.end - 4 : directory.end]
    pad = b"\0" * (len(block) % 2)
    start = len(block) + len(pad)
    moved = struct.pack(order + "H", len(entries)) + b"".join(entries) + following
    header = block[:4] + struct.pack(order + "I", start)
    mark = _MARK + struct.pack(order + "II", directory.start, len(block))
    return header + block[8:] + pad + moved + mark


def _cut_back(block: bytes) -> bytes:
    """Return a block without the directory that we appended, or itself where there is none, or more behind it."""
    directory = _read_directory(block)
    if directory is None or block[directory.end : directory.end + len(_MARK)] != _MARK:
        return block
    if len(block) != directory.end + len(_MARK) + 8:
        return block
    start, length = struct.unpack_from(directory.order + "II", block, directory.end + len(_MARK))
    if not 8 <= start < length <= directory.start or directory.start - length > 1:
        return block
    return block[:4] + struct.pack(directory.order + "I", start) + block[8:length]


def _remove(block: bytes, tags: set[int]) -> bytes:
    """Return a block whose first directory lacks some tags; the entries behind them move up, and nothing else."""
    directory = _read_directory(block)
    if directory is None:
        return block
    kept = [entry for entry in directory.entries if directory.get_tag(entry) not in tags]
    if len(kept) == len(directory.entries):
        return block
    table = struct.pack(directory.order + "H", len(kept)) + b"".join(kept)
    table += block[directory.end - 4 : directory.end]
    table += bytes(directory.end - directory.start - len(table))
    return block[: directory.start] + table + block[directory.end :]


def _is_fresh(block: bytes) -> bool:
    """Tell whether a block is, to the byte, one that we made."""
    directory = _read_directory(block)
    stars = read_exif(block)[0]
    if directory is None or stars is None or stars not in range(6):
        return False
    if len(directory.entries) != 6 or len(block) != directory.end + 16:
        return False
    # both resolutions stand behind the directory
    across, _, down = struct.unpack_from(directory.order + "3I", block, directory.end)
    unit: int = struct.unpack_from(directory.order + "H", directory.entries[2], 8)[0]
    return block == make_exif(stars, (across, down, unit))
