"""ICC profiles of colour spaces that photographers use, made of their numbers."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image, ImageCms

# red, green and blue as XYZ at D50, and gamma
SPACES = {
    "Display P3": (((0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)), 2.2),
    "Adobe RGB (1998)": (((0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)), 563 / 256),
    "ProPhoto RGB": (((0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249)), 1.8),
}
_WHITE = (0.9642, 1.0, 0.8249)


def make_profile(name: str) -> bytes:
    """Return the ICC profile of one of SPACES, or "Grey", with a gamma of 2.2."""
    curve = (
        b"curv" + bytes(4) + struct.pack(">IH", 1, round((SPACES[name][1] if name in SPACES else 2.2) * 256)) + b"\0\0"
    )
    text = name.encode("ascii") + b"\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": _to_xyz(_WHITE),
    }
    if name in SPACES:
        for letter, colour in zip((b"r", b"g", b"b"), SPACES[name][0], strict=True):
            tags |= {letter + b"XYZ": _to_xyz(colour), letter + b"TRC": curve}
    else:
        tags[b"kTRC"] = curve
    return _pack(tags, b"RGB " if name in SPACES else b"GRAY")


def _to_xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *[round(value * 65536) for value in values])


def _pack(tags: dict[bytes, bytes], space: bytes) -> bytes:
    at, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, value in tags.items():
        padded = value + bytes(-len(value) % 4)
        table += name + struct.pack(">II", at + len(data), len(value))
        data += padded
    body = struct.pack(">I", len(tags)) + table + data
    header = struct.pack(">I4sI4s4s4s", 128 + len(body), b"none", 0x02400000, b"mntr", space, b"XYZ ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", *[round(value * 65536) for value in _WHITE])
    return header.ljust(128, b"\0") + body


def convert(image: Image.Image, name: str) -> Image.Image:
    """Return an sRGB image in the colours of one of SPACES, told by no profile."""
    target = ImageCms.ImageCmsProfile(io.BytesIO(make_profile(name)))
    converted = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), target)
    assert converted is not None
    return Image.fromarray(np.asarray(converted))
