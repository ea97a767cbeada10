"""When the camera says a photo was taken, from the few bytes that tell it: EXIF in JPEG, camera RAW and HEIC.

No picture is opened and nothing is decoded, so that two files of one photo can be told while folders are listed.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO

_ORDERS = {b"II": "<", b"MM": ">"}
# in HEIC the word alone stands in a list of what there is
_EXIF = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")
_HEAD_BYTES = 1 << 16
_BOXES_BYTES = 1 << 18
"""How far into a HEIC or CR3 file EXIF is looked for."""
_RAF, _RAF_PREVIEW = b"FUJIFILMCCD-RAW", 84
_INNER, _ORIGINAL, _ASCII = 0x8769, 0x9003, 2
_ENTRY = 12
_MOST_ENTRIES = 1000
_MOST_BLOCKS = 4
_DATE = re.compile(rb"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)")
_UNSET = b"0000"


def read_taken(path: str) -> str | None:
    """Return the EXIF DateTimeOriginal, "YYYY-MM-DDTHH:MM:SS", or None where the file tells none or cannot be read."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - Path costs more than the call
            times = (_read_block(file, start) for start in _find_blocks(file))
            return next((taken for taken in times if taken), None)
    except (OSError, ValueError):
        return None


def _find_blocks(file: BinaryIO) -> Iterator[int]:
    """Yield where TIFF blocks may begin: the file itself, or EXIF within it."""
    head = file.read(_HEAD_BYTES)
    if head[:2] in _ORDERS:
        yield 0
    elif head.startswith(b"\xff\xd8"):
        yield from _find_exif(head, 0)
    elif head.startswith(_RAF) and len(head) >= _RAF_PREVIEW + 4:
        preview = int.from_bytes(head[_RAF_PREVIEW : _RAF_PREVIEW + 4], "big")
        file.seek(preview)
        yield from _find_exif(file.read(_HEAD_BYTES), preview)
    elif head[4:8] == b"ftyp":
        boxes = head + file.read(_BOXES_BYTES - len(head))
        # CR3 keeps the inner directory of EXIF in a box of its own
        at = boxes.find(b"CMT2")
        yield from [at + 4] if at >= 0 else _find_exif(boxes, 0)


def _find_exif(data: bytes, base: int) -> Iterator[int]:
    yield from (base + match.end() for match in islice(_EXIF.finditer(data), _MOST_BLOCKS))


def _read_block(file: BinaryIO, start: int) -> str | None:
    """Return the time that a TIFF block tells, in its first directory or in the inner one of EXIF."""
    header = _read(file, start, 8)
    order = _ORDERS.get(header[:2])
    if order is None or len(header) < 8:
        return None
    first = _read_directory(file, start, struct.unpack_from(order + "I", header, 4)[0], order)
    inner = _read_directory(file, start, first[_INNER][1], order) if _INNER in first else {}
    for directory in (inner, first):
        count, offset = directory.get(_ORIGINAL, (0, 0))
        if count >= 19:
            return _to_iso(_read(file, start + offset, 19))
    return None


def _read_directory(file: BinaryIO, start: int, offset: int, order: str) -> dict[int, tuple[int, int]]:
    """Return count and value (or where that is) of the two tags that matter."""
    head = _read(file, start + offset, 2)
    if len(head) < 2:
        return {}
    count = min(struct.unpack(order + "H", head)[0], _MOST_ENTRIES)
    entries = _read(file, start + offset + 2, _ENTRY * count)
    found: dict[int, tuple[int, int]] = {}
    for at in range(0, len(entries) - _ENTRY + 1, _ENTRY):
        tag, kind, number, value = struct.unpack_from(order + "HHII", entries, at)
        if tag == _INNER or (tag == _ORIGINAL and kind == _ASCII):
            found.setdefault(tag, (number, value))
    return found


def _read(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(at)
    return file.read(length)


def _to_iso(text: bytes) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None or match[1] == _UNSET:
        return None
    year, month, day, hour, minute, second = (part.decode("ascii") for part in match.groups())
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}"
