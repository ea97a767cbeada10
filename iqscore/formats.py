"""Which files are photos, by name and by their first bytes, and of which kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

HEAD_BYTES = 64
"""How much of a file's beginning tells its format."""

_PLAIN = "jpg jpeg jpe jfif jif mpo png apng webp tif tiff bmp dib gif avif avifs"
_RAW = """
3fr ari arw cap cr2 cr3 crw dcr dcs dng erf fff gpr iiq k25 kdc mef mos mrw nef nrw orf pef ptx r3d raf raw
rw2 rwl sr2 srf srw x3f
"""
RAW_SUFFIXES = frozenset(_RAW.split())
_PLUGIN_KINDS = {
    **dict.fromkeys(["heic", "heif", "heics", "heifs", "hif"], "HEIC"),
    **dict.fromkeys(RAW_SUFFIXES, "camera RAW"),
    "jxl": "JPEG XL",
}
PHOTO_SUFFIXES = frozenset([*_PLAIN.split(), *_PLUGIN_KINDS])
"""Suffixes, lower case and without the dot, that make a found file a photo."""

_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
}
_RAW_MAGIC = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM")
_JPEG_XL_MAGIC = (b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")
_AVIF_BRANDS = frozenset([b"avif", b"avis"])
_HEVC_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"])
_HEIF_BRANDS = _HEVC_BRANDS | {b"mif1", b"msf1", b"mif2"}


def to_suffix(name: str) -> str:
    """Return what follows the last dot of a name or path, lower case; "" without a dot."""
    _, dot, suffix = name.rpartition(".")
    return suffix.lower() if dot else ""


def is_photo_name(name: str) -> bool:
    """Tell whether a file of this name is taken for a photo when it is found in a folder."""
    return to_suffix(name) in PHOTO_SUFFIXES


def guess_plugin_kind(name: str) -> str | None:
    """Return the kind of photo beyond Pillow's own that files of this name as a rule are, None for Pillow's own."""
    return _PLUGIN_KINDS.get(to_suffix(name))


def to_format(head: bytes) -> str | None:
    """Return Pillow's name of the format that a file's first bytes promise, None for RAW and what is no photo."""
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return "BMP"
    if head.startswith(_JPEG_XL_MAGIC):
        return "JXL"
    if _is_avif(head):
        return "AVIF"
    return "HEIF" if _HEIF_BRANDS & set(_to_brands(head)) else None


def to_plugin_kind(name: str, head: bytes) -> str | None:
    """Return the kind of a photo beyond Pillow's own, by name and first bytes: a key of readers.READERS, or None."""
    if _is_raw(name, head):
        return "camera RAW"
    return {"JXL": "JPEG XL", "HEIF": "HEIC"}.get(to_format(head) or "")


def is_cut_short(path: str) -> bool:
    """Tell whether a WebP, TIFF, AVIF, HEIC or JPEG XL file says of itself that it goes on past its end."""
    try:
        with Path(path).open("rb") as file:
            return _promises_more(file)
    except OSError:
        return False


def _promises_more(file: BinaryIO) -> bool:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    kind = to_format(head)
    if kind == "WEBP":
        return int.from_bytes(head[4:8], "little") + 8 > size
    if kind == "TIFF":
        return int.from_bytes(head[4:8], "little" if head.startswith(b"II") else "big") >= size
    is_boxes = kind in {"AVIF", "HEIF", "JXL"} and not head.startswith(b"\xff")
    return is_boxes and _get_box_end(file, size) > size


def _get_box_end(file: BinaryIO, size: int) -> int:
    """Return where the last of the boxes of an ISO base media file ends, in bytes."""
    at = 0
    while at < size:
        file.seek(at)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == 1:
            length = int.from_bytes(header[8:16], "big")
        if length < 8:
            return size
        at += length
    return at


def _is_raw(name: str, head: bytes) -> bool:
    if head.startswith(_RAW_MAGIC) or head[8:10] == b"CR" or head[4:12] == b"ftypcrx ":
        return True
    # most RAW files are TIFF inside: only the name tells a NEF from a scan
    return to_suffix(name) in RAW_SUFFIXES and to_format(head) in {None, "TIFF"}


def _is_avif(head: bytes) -> bool:
    brands = _to_brands(head)
    return not _AVIF_BRANDS.isdisjoint(brands) and brands[0] not in _HEVC_BRANDS


def _to_brands(head: bytes) -> list[bytes]:
    if head[4:8] != b"ftyp":
        return []
    end = min(int.from_bytes(head[:4], "big"), len(head))
    # the four bytes after the major brand are its version
    return [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
