"""EXIF blocks: Rating (0x4746) and RatingPercent (0x4749) in the first directory, with nothing else moved.

A directory that lacks them is written anew at the block's end, and the header points there; what the header said before
stands behind it, so that the block can be cut back to what it was. A block that is damaged does not grow: what leads to
behind its end must not come to lead into what we write.
"""

from __future__ import annotations

import struct

import piexif

from iqscore.metadata.makernotes import leads_behind
from iqscore.metadata.tiff import ENTRY, Directory, is_sound, read_directory
from iqscore.metadata.values import to_percent

RATING, PERCENT = 0x4746, 0x4749
_TAGS = (RATING, PERCENT)
Density = tuple[int, int, int]
"""Pixels a unit across and down, and the unit: 2 inches, 3 centimetres."""
DEFAULT_DENSITY: Density = (72, 72, 2)

_MARK = b"iqscore\0"
"""Behind a directory of ours, followed by the header's earlier pointer."""


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


def write_values(block: bytes, rating: int | None, percent: int | None, *, create: bool) -> bytes:
    """Return a block with these values: in place where both tags are there, or `create` and a sound block are not.

    A tag that holds no whole number counts as none: what cannot be read could not be given back.
    """
    directory = read_directory(block)
    if directory is None:
        return block
    wanted = {tag: value for tag, value in ((RATING, rating), (PERCENT, percent)) if value is not None}
    if create and is_sound(block) and any(directory.get_value(tag) is None for tag in wanted):
        grown = _append(block, directory, wanted)
        if not leads_behind(block, len(grown)):
            return grown
    changed = bytearray(block)
    for tag, value in wanted.items():
        number = directory.find(tag)
        if number is not None and directory.get_value(tag) not in (None, value):
            at = directory.locate(number)
            changed[at : at + ENTRY] = directory.change(number, value)
    return bytes(changed)


def restore_exif(block: bytes, rating: int | None, percent: int | None) -> bytes | None:
    """Return a block that says what it said before we wrote into it, None where there was no block.

    A rating that another program has taken out since does not come back.
    """
    if _is_fresh(block) and rating is None and percent is None:
        return None
    cut = _cut_back(block)
    if cut != block and read_exif(cut) == (rating, percent):
        return cut
    # an entry that cannot be read is none of ours
    values = zip(_TAGS, (rating, percent), read_exif(block), strict=True)
    gone = {tag for tag, before, now in values if before is None and now is not None}
    return write_values(_remove(block, gone), rating, percent, create=False)


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
    directory = read_directory(block)
    if directory is None:
        return None, None
    return directory.get_value(RATING), directory.get_value(PERCENT)


def _append(block: bytes, directory: Directory, values: dict[int, int]) -> bytes:
    """Return a block with a new first directory at its end."""
    order = directory.order
    kept = [entry for entry in directory.entries if directory.get_tag(entry) not in values]
    entries = list(kept)
    for tag, value in values.items():
        # in order of tags, but nothing that is there moves, should it be in another
        after = [number for number, entry in enumerate(entries, 1) if directory.get_tag(entry) < tag]
        entries.insert(max(after, default=0), directory.make(tag, value))
    following = block[directory.end - 4 : directory.end]
    pad = b"\0" * (len(block) % 2)
    start = len(block) + len(pad)
    moved = struct.pack(order + "H", len(entries)) + b"".join(entries) + following
    header = block[:4] + struct.pack(order + "I", start)
    mark = _MARK + struct.pack(order + "II", directory.start, len(block))
    tail = (moved + mark).ljust(_measure_next(block, following, order), b"\0")
    return header + block[8:] + pad + tail


def _measure_next(block: bytes, following: bytes, order: str) -> int:
    """Return the length of the directory that follows the first; exiftool wants as much room behind the first."""
    directory = read_directory(block, int(struct.unpack(order + "I", following)[0]))
    return 0 if directory is None else directory.end - directory.start


def _cut_back(block: bytes) -> bytes:
    """Return a block without the directory that we appended, or itself where there is none, or more behind it."""
    directory = read_directory(block)
    if directory is None or block[directory.end : directory.end + len(_MARK)] != _MARK:
        return block
    if len(block) < directory.end + len(_MARK) + 8 or any(block[directory.end + len(_MARK) + 8 :]):
        return block
    start, length = struct.unpack_from(directory.order + "II", block, directory.end + len(_MARK))
    if not 8 <= start < length <= directory.start or directory.start - length > 1:
        return block
    return block[:4] + struct.pack(directory.order + "I", start) + block[8:length]


def _remove(block: bytes, tags: set[int]) -> bytes:
    """Return a block whose first directory lacks some tags; the entries behind them move up, and nothing else."""
    directory = read_directory(block)
    if directory is None:
        return block
    kept = [entry for entry in directory.entries if directory.get_tag(entry) not in tags]
    if len(kept) == len(directory.entries):
        return block
    table = struct.pack(directory.order + "H", len(kept)) + b"".join(kept)
    table += block[directory.end - 4 : directory.end]
    table += bytes(min(directory.end, len(block)) - directory.start - len(table))
    return block[: directory.start] + table + block[directory.end :]


def _is_fresh(block: bytes) -> bool:
    """Tell whether a block is, to the byte, one that we made."""
    directory = read_directory(block)
    stars = read_exif(block)[0]
    if directory is None or stars is None or stars not in range(6):
        return False
    if len(directory.entries) != 6 or len(block) != directory.end + 16:
        return False
    # both resolutions stand behind the directory
    across, _, down = struct.unpack_from(directory.order + "3I", block, directory.end)
    unit: int = struct.unpack_from(directory.order + "H", directory.entries[2], 8)[0]
    return block == make_exif(stars, (across, down, unit))
