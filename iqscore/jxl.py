"""JPEG XL through pillow-jxl-plugin (libjxl), the only file that knows it.

The plugin decodes all of a photo when it is opened: its size has to be known before.
"""

from __future__ import annotations

import struct

from PIL import Image
from pillow_jxl import JpegXLImagePlugin

FORMAT = "JXL"
"""Pillow's name of the format."""

COPIES = 4
"""How often four bytes a pixel are in memory at once while one is decoded."""

# photos are decoded side by side
JpegXLImagePlugin.DECODE_THREADS = 0

_CONTAINER = b"\0\0\0\x0cJXL "
_CODESTREAM = b"\xff\x0a"
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
_SIZES = (9, 13, 18, 30)
"""Bits of a side, by its selector (ISO/IEC 18181-1, SizeHeader)."""


def is_upright(image: Image.Image) -> bool:
    """Tell whether the EXIF orientation of a photo is done with: libjxl turns, but not a JPEG that it restores."""
    return not getattr(image, "jpeg", False)


def read_size(data: bytes) -> tuple[int, int] | None:
    """Return (width, height) as the header of a file says, not yet turned; None where there is no header."""
    stream = _find_codestream(data) if data.startswith(_CONTAINER) else data
    if stream is None or not stream.startswith(_CODESTREAM):
        return None
    bits = _Bits(stream[2:16])
    small = bits.read(1)
    height = _read_side(bits, small)
    ratio = bits.read(3)
    if ratio:
        wide, high = _RATIOS[ratio]
        return height * wide // high, height
    return _read_side(bits, small), height


def _read_side(bits: _Bits, small: int) -> int:
    if small:
        return (bits.read(5) + 1) * 8
    return bits.read(_SIZES[bits.read(2)]) + 1


def _find_codestream(data: bytes) -> bytes | None:
    """Return the beginning of the codestream within a container."""
    at = 0
    while at + 16 <= len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        if name in (b"jxlc", b"jxlp"):
            # parts are numbered
            start += 4 * (name == b"jxlp")
            return data[start : start + 64]
        if size < 8:
            return None
        at += size
    return None


class _Bits:
    """Numbers of any width, lowest bit first; zeros beyond the end."""

    def __init__(self, data: bytes) -> None:
        self._rest = int.from_bytes(data, "little")

    def read(self, count: int) -> int:
        value = self._rest & ((1 << count) - 1)
        self._rest >>= count
        return value


def get_library() -> str:
    """Return what decodes; the version of libjxl within is not told."""
    return "libjxl"
