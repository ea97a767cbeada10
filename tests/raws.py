"""Camera RAW of all kinds, as far as what tells when it was taken: headers and directories, no picture."""

from __future__ import annotations

import struct

ORIGINAL = 0x9003
TAKEN = "2026:05:04 10:20:30"


def make_block(order: str, taken: str | None, *, magic: int = 42, inner: bool = True, tag: int = ORIGINAL) -> bytes:
    """Return a TIFF block that tells a time, in the inner directory of EXIF or in the first."""
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", magic, 8)
    text = b"" if taken is None else taken.encode() + b"\0"

    def directory(at: int, entries: list[tuple[int, int, int, int]]) -> bytes:
        table = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
        return struct.pack(f"{order}H", len(entries)) + table + bytes(4)

    told = [] if taken is None else [(tag, 2, len(text), 8 + 2 * 18)]
    if not inner:
        return head + directory(8, told).ljust(36, b"\0") + text
    return head + directory(8, [(0x8769, 4, 1, 26)]) + directory(26, told).ljust(18, b"\0") + text


def make_jpeg_head(taken: str | None) -> bytes:
    """Return the beginning of a JPEG with EXIF."""
    block = b"Exif\0\0" + make_block(">", taken)
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + b"\xff\xda"


def make_raf(taken: str | None) -> bytes:
    """Return a Fujifilm RAW: a header that leads to a JPEG."""
    return b"FUJIFILMCCD-RAW 0201".ljust(84, b"\0") + struct.pack(">I", 200) + bytes(112) + make_jpeg_head(taken)


def make_cr3(taken: str | None) -> bytes:
    """Return a Canon RAW of boxes; the time is in a directory of its own."""
    block = make_block("<", taken, inner=False)
    boxes = struct.pack(">I", 24) + b"ftypcrx \0\0\0\1crx isom" + bytes(16)
    return boxes + struct.pack(">I", len(block) + 8) + b"CMT2" + block


def make_heic(taken: str | None) -> bytes:
    """Return what of a HEIC matters: boxes with EXIF in them."""
    boxes = struct.pack(">I", 24) + b"ftypheic" + bytes(12) + b"infeExif" + bytes(60)
    return boxes + b"Exif\0\0" + make_block(">", taken)


RAWS = {
    "nef": make_block(">", TAKEN),
    "arw": make_block("<", TAKEN),
    "dng": make_block("<", TAKEN, inner=False),
    "orf": make_block("<", TAKEN, magic=0x4F52),
    "rw2": make_block("<", TAKEN, magic=0x55),
    "raf": make_raf(TAKEN),
    "cr3": make_cr3(TAKEN),
    "heic": make_heic(TAKEN),
    "jpg": make_jpeg_head(TAKEN),
}
