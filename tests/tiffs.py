"""TIFF files of kinds that Pillow does not write, camera RAW (DNG) among them."""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.pictures import Pixels

Value = bytes | str | int | Sequence[int] | Sequence[Fraction]
BYTE, ASCII, SHORT, LONG, RATIONAL, SRATIONAL = 1, 2, 3, 4, 5, 10
NEUTRAL = (0.5, 1.0, 0.625)
"""What white is to the made-up camera."""
_FORMS = {BYTE: "B", SHORT: "H", LONG: "I"}

# XYZ at D65 to linear sRGB: the made-up camera sees in sRGB
_MATRIX = (3.2405, -1.5371, -0.4985, -0.9693, 1.8760, 0.0416, 0.0556, -0.2040, 1.0572)

Tags = dict[int, tuple[int, Value]]
"""By tag: type and value."""


def make_tiff(tags: Tags, *blocks: tuple[Mapping[int, tuple[int, Value]], int, bytes]) -> bytes:
    """Return a little-endian TIFF file of one directory, and of one for each (tags, pointer to it, what it holds).

    The pointer is a tag of the first directory, or 0 for none. What a directory holds stands where its StripOffsets
    or JPEGInterchangeFormat, of any value, says after.
    """
    directories: list[dict[int, tuple[int, Value]]] = [dict(tags), *[dict(block[0]) for block in blocks]]
    held = [b"", *[block[2] for block in blocks]]
    at = 8
    places = []
    for number, directory in enumerate(directories):
        if number == 0:
            directory.update({pointer: (LONG, 0) for _, pointer, _ in blocks if pointer})
        places.append(at)
        at += len(_pack(directory, at)) + len(held[number])
    for (_, pointer, _), place in zip(blocks, places[1:], strict=True):
        if pointer:
            directories[0][pointer] = (LONG, place)
    out = struct.pack("<2sHI", b"II", 42, 8)
    for place, directory, data in zip(places, directories, held, strict=True):
        start = place + len(_pack(directory, place))
        if data:
            directory[0x0111] = (LONG, start)
            directory[0x0117] = (LONG, len(data))
        out += _pack(directory, place) + data
    return out


def _pack(directory: Mapping[int, tuple[int, Value]], at: int) -> bytes:
    rest_at = at + 2 + 12 * len(directory) + 4
    entries, rest = b"", b""
    for tag, (kind, value) in sorted(directory.items()):
        data, count = _encode(kind, value)
        if len(data) > 4:
            entries += struct.pack("<HHII", tag, kind, count, rest_at + len(rest))
            rest += data + b"\0" * (len(data) % 2)
        else:
            entries += struct.pack("<HHI", tag, kind, count) + data.ljust(4, b"\0")
    return struct.pack("<H", len(directory)) + entries + bytes(4) + rest


def _encode(kind: int, value: Value) -> tuple[bytes, int]:
    if isinstance(value, str):
        value = value.encode() + b"\0"
    if isinstance(value, bytes):
        return value, len(value)
    values: list[Fraction] = [Fraction(one) for one in ([value] if isinstance(value, int) else value)]
    if kind in (RATIONAL, SRATIONAL):
        form = "<II" if kind == RATIONAL else "<ii"
        return b"".join(struct.pack(form, v.numerator, v.denominator) for v in values), len(values)
    return struct.pack(f"<{len(values)}{_FORMS[kind]}", *map(int, values)), len(values)


def make_rgb_tiff(values: NDArray[np.generic]) -> bytes:
    """Return a TIFF of (height, width, 3) whole numbers or floats of any width, as they are."""
    height, width = values.shape[:2]
    bits = values.dtype.itemsize * 8
    tags: Tags = {
        0x0100: (SHORT, width),
        0x0101: (SHORT, height),
        0x0102: (SHORT, [bits] * 3),
        0x0103: (SHORT, 1),
        0x0106: (SHORT, 2),
        0x0115: (SHORT, 3),
        0x0116: (SHORT, height),
        0x0153: (SHORT, [3 if values.dtype.kind == "f" else 1] * 3),
        0x0111: (LONG, 0),
        0x0117: (LONG, values.nbytes),
    }
    start = 8 + len(_pack(tags, 8))
    tags[0x0111] = (LONG, start)
    data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    return make_tiff(tags) + data


def make_dng(pixels: Pixels, *, preview: Pixels | None = None, orientation: int = 1, facts: bool = True) -> bytes:
    """Return a camera RAW photo (Bayer RGGB, 16 bits) of what is sRGB, with an embedded JPEG where one is given.

    The preview is stored as it is, unturned like the RAW data, both to be turned as `orientation` says.
    """
    height, width = pixels.shape[:2]
    mosaic = to_mosaic(pixels).astype("<u2").tobytes()
    camera: Tags = {
        0x010F: (ASCII, "Canon"),
        0x0110: (ASCII, "Canon Pretend"),
        0x0112: (SHORT, orientation),
        0xC612: (BYTE, b"\x01\x04\0\0"),
        0xC614: (ASCII, "Canon Pretend"),
        0xC621: (SRATIONAL, [Fraction(v).limit_denominator(10000) for v in _MATRIX]),
        0xC628: (RATIONAL, [Fraction(v) for v in NEUTRAL]),
        0xC65A: (SHORT, 21),
    }
    raw: Tags = {
        0x00FE: (LONG, 0),
        0x0100: (SHORT, width),
        0x0101: (SHORT, height),
        0x0102: (SHORT, 16),
        0x0103: (SHORT, 1),
        0x0106: (SHORT, 32803),
        0x0111: (LONG, 0),
        0x0115: (SHORT, 1),
        0x0116: (SHORT, height),
        0x0117: (LONG, len(mosaic)),
        0x828D: (SHORT, [2, 2]),
        0x828E: (BYTE, bytes([0, 1, 1, 2])),
        0xC61D: (SHORT, 65535),
    }
    exif: list[tuple[Mapping[int, tuple[int, Value]], int, bytes]] = [(FACTS, 0x8769, b"")] if facts else []
    if preview is None:
        # the first directory is that of the RAW data, which stands behind all directories
        tags = camera | raw
        for _, pointer, _ in exif:
            tags[pointer] = (LONG, 0)
        head = len(make_tiff(tags, *exif))
        return make_tiff(tags | {0x0111: (LONG, head)}, *exif) + mosaic
    jpeg = io.BytesIO()
    Image.fromarray(preview).save(jpeg, "JPEG", quality=95)
    small: Tags = {
        0x00FE: (LONG, 1),
        0x0100: (SHORT, preview.shape[1]),
        0x0101: (SHORT, preview.shape[0]),
        0x0102: (SHORT, [8, 8, 8]),
        0x0103: (SHORT, 7),
        0x0106: (SHORT, 6),
        0x0115: (SHORT, 3),
        0x0116: (SHORT, preview.shape[0]),
        0x0111: (LONG, 0),
        0x0117: (LONG, len(jpeg.getvalue())),
    }
    tags = camera | small | {0x014A: (LONG, 0)}
    blocks = [*exif, (raw, 0x014A, mosaic)]
    for _, pointer, _ in exif:
        tags[pointer] = (LONG, 0)
    head = len(make_tiff(tags, *blocks))
    return make_tiff(tags | {0x0111: (LONG, head)}, *blocks) + jpeg.getvalue()


FACTS: Tags = {
    0x829A: (RATIONAL, [Fraction(1, 250)]),
    0x829D: (RATIONAL, [Fraction(28, 10)]),
    0x8827: (SHORT, 400),
    0x9003: (ASCII, "2026:05:04 10:20:30"),
    0x920A: (RATIONAL, [Fraction(50)]),
    0xA434: (ASCII, "RF50mm F1.8 STM"),
}
"""The Exif directory of such a photo."""


def to_mosaic(pixels: Pixels) -> NDArray[np.uint16]:
    """Return what the sensor of the made-up camera sees of an sRGB picture of even sides."""
    values = pixels / 255.0
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4) * NEUTRAL
    mosaic = linear[:, :, 1].copy()
    mosaic[::2, ::2] = linear[::2, ::2, 0]
    mosaic[1::2, 1::2] = linear[1::2, 1::2, 2]
    return np.rint(mosaic * 65535).astype(np.uint16)
