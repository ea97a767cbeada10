"""Small pictures for tests, made on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Pixels = NDArray[np.uint8]


def make_pixels(width: int, height: int) -> Pixels:
    """Return a smooth picture (height, width, 3) that is different in every corner."""
    x = np.linspace(0, 255, width)[None, :]
    y = np.linspace(0, 255, height)[:, None]
    return np.stack([x + 0 * y, 0 * x + y, (x + 2 * y) / 3], axis=-1).astype(np.uint8)


def to_bytes(image: Image.Image | Pixels, picture_format: str, **options: Any) -> bytes:
    """Return an image as a file of Pillow's format."""
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    buffer = io.BytesIO()
    picture.save(buffer, picture_format, **options)
    return buffer.getvalue()


def to_exif(tags: dict[int, Any], inner: dict[int, Any] | None = None) -> bytes:
    """Return an EXIF block with tags in its first directory and, where given, in its Exif directory."""
    exif = Image.Exif()
    exif.update(tags)
    exif.get_ifd(0x8769).update(inner or {})
    return exif.tobytes()


def make_png_header(width: int, height: int) -> bytes:
    """Return an RGB PNG that promises width x height pixels and ends after one row."""
    packer = zlib.compressobj()
    row = packer.compress(bytes(1 + 3 * width)) + packer.flush(zlib.Z_SYNC_FLUSH)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", row)]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_to_chunk(name, data) for name, data in chunks)


def _to_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def make_srgb_profile() -> bytes:
    """Return the ICC profile of sRGB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def make_swapped_profile() -> bytes:
    """Return an ICC profile like sRGB with red and blue exchanged and another name."""
    profile = bytearray(make_srgb_profile().replace("sRGB".encode("utf-16-be"), "Test".encode("utf-16-be")))
    red, blue = profile.index(b"rXYZ"), profile.index(b"bXYZ")
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    return bytes(profile)
