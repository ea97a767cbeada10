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


# of libjxl: from linear light to what cones see, its bias, and how far jpegli spreads XYB over eight bits
_CONES = np.array([[0.30, 0.622, 0.078], [0.23, 0.692, 0.078], [0.243422689, 0.204767444, 0.551809867]])
_BIAS = 0.0037930732552754493
_XYB_OFFSET, _XYB_SCALE = np.array([0.015386134, 0.0, 0.27770459]), np.array([22.995788804, 1.183000077, 1.502141333])
_SRGB_TO_XYZ = np.array([[0.4361, 0.3851, 0.1431], [0.2225, 0.7169, 0.0606], [0.0139, 0.0971, 0.7141]])
_GRID = 33


def to_xyb(image: Image.Image) -> Image.Image:
    """Return the XYB of an sRGB image, as JPEGs of jpegli hold it in place of red, green and blue."""
    encoded = np.asarray(image, np.float64) / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    cones = np.cbrt(light @ _CONES.T + _BIAS) - np.cbrt(_BIAS)
    y = (cones[..., 0] + cones[..., 1]) / 2
    xyb = np.stack([(cones[..., 0] - cones[..., 1]) / 2, y, cones[..., 2] - y], -1)
    return Image.fromarray(np.rint(255 * ((xyb + _XYB_OFFSET) * _XYB_SCALE).clip(0, 1)).astype(np.uint8))


def make_xyb_profile() -> bytes:
    """Return a profile of `to_xyb`: not a matrix as other spaces have, but a table of XYZ (`mft2`)."""
    steps = np.linspace(0, 1, _GRID)
    x, y, b = np.moveaxis(
        np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1) / _XYB_SCALE - _XYB_OFFSET, -1, 0
    )
    cones = (np.stack([y + x, y - x, y + b], -1) + np.cbrt(_BIAS)) ** 3 - _BIAS
    xyz = cones @ np.linalg.inv(_CONES).T @ _SRGB_TO_XYZ.T
    table = np.rint(32768 * xyz).clip(0, 65535).astype(">u2").tobytes()
    line = struct.pack(">6H", *(3 * (0, 65535)))
    identity = struct.pack(">9i", *np.eye(3, dtype=int).ravel() * 65536)
    lut = b"mft2" + bytes(4) + bytes([3, 3, _GRID, 0]) + identity + struct.pack(">2H", 2, 2) + line + table + line
    text = b"XYB\0"
    tags = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": _to_xyz(_WHITE),
        b"A2B0": lut,
    }
    return _pack(tags, b"RGB ")
