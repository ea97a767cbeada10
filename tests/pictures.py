"""Small pictures for tests, made on the spot; `python -m tests.pictures DIR` writes a folder of them."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageFilter

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float64]


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
    return make_png_of((b"IHDR", header), (b"IDAT", row))


def make_png_of(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of chunks, each a name and its data."""
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


def make_scene(seed: int, width: int, height: int) -> Image.Image:
    """Return a landscape with balls and boxes in it, much like a photo; the same for the same seed and size.

    The old generator of NumPy is used because its numbers never change.
    """
    random = np.random.RandomState(seed)
    y, x = np.mgrid[0:height, 0:width] / float(max(width, height))
    scene = _paint_sky(random, x, y)
    _paint_hills(random, scene, x, y)
    for _ in range(random.randint(3, 6)):
        _paint_ball(random, scene, x, y)
    for _ in range(random.randint(1, 4)):
        _paint_box(random, scene, x, y)
    grain = random.normal(0, 0.006, scene.shape)
    return Image.fromarray(np.rint(np.clip(scene + grain, 0, 1) * 255).astype(np.uint8))


def _paint_sky(random: np.random.RandomState, x: Plane, y: Plane) -> Plane:
    zenith = random.uniform([0.15, 0.3, 0.55], [0.35, 0.5, 0.9])
    horizon = random.uniform([0.7, 0.65, 0.5], [1, 0.9, 0.85])
    scene: Plane = zenith + (horizon - zenith) * (y / y.max())[..., None]
    clouds = np.clip(_make_texture(random, x.shape, 5) * 2 - 0.9, 0, 1)[..., None] * 0.7
    sun = np.exp(-((x - random.uniform(0.1, 0.9)) ** 2 + (y - 0.12) ** 2) * 60)[..., None] * 0.5
    scene += clouds * (0.95 - scene) + sun * np.array([1, 0.9, 0.6])
    return scene


def _paint_hills(random: np.random.RandomState, scene: Plane, x: Plane, y: Plane) -> None:
    far = np.array([0.45, 0.55, 0.6])
    near = random.uniform([0.1, 0.25, 0.05], [0.4, 0.45, 0.2])
    for step in range(4):
        ridge = (0.45 + 0.14 * step) * y.max()
        for wave in (3, 7, 19, 41):
            ridge = ridge + 0.12 / wave * np.sin(x * wave + random.uniform(0, 6.3))
        colour = far + (near - far) * step / 3
        texture = 0.6 + 0.8 * _make_texture(random, x.shape, 6 + step)
        ground = y > ridge
        scene[ground] = (colour * texture[..., None])[ground]


def _paint_ball(random: np.random.RandomState, scene: Plane, x: Plane, y: Plane) -> None:
    radius = random.uniform(0.03, 0.1)
    dx, dy = (x - random.uniform(0.1, 0.9) * x.max()) / radius, (y - random.uniform(0.5, 0.9) * y.max()) / radius
    inside = dx**2 + dy**2
    light = 0.25 + 0.75 * np.clip(np.sqrt(np.clip(1 - inside, 0, 1)) - 0.5 * dx - 0.5 * dy, 0, 1.4)
    shade = 0.85 + 0.3 * _make_texture(random, x.shape, 7)
    cover = np.clip((1 - inside) * radius * max(x.shape) / 2, 0, 1)[..., None]
    scene += cover * (random.uniform(0.15, 0.9, 3) * (light * shade)[..., None] - scene)


def _paint_box(random: np.random.RandomState, scene: Plane, x: Plane, y: Plane) -> None:
    left, top = random.uniform(0.05, 0.75) * x.max(), random.uniform(0.4, 0.7) * y.max()
    wide, tall = random.uniform(0.08, 0.2), random.uniform(0.1, 0.25)
    inside = (x > left) & (x < left + wide) & (y > top) & (y < top + tall)
    bricks = 0.8 + 0.2 * (((x - left) * 60 % 1 > 0.12) & ((y - top) * 90 % 1 > 0.16))
    shade = bricks * (1.1 - 0.5 * (x - left) / wide) * (0.85 + 0.3 * _make_texture(random, x.shape, 8))
    scene[inside] = (random.uniform(0.3, 0.9, 3) * shade[..., None])[inside]


def _make_texture(random: np.random.RandomState, shape: Sequence[int], octaves: int) -> Plane:
    """Return a plane of clouds, 0 to 1, with details down to 1 / 2 ** octaves of its size."""
    total = np.zeros(shape)
    for octave in range(1, octaves + 1):
        grid = random.uniform(0, 1, (2**octave + 1, 2**octave + 1)).astype(np.float32)
        total += np.asarray(Image.fromarray(grid).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)) / 2**octave
    return np.clip(total, 0, 1)


def write_pictures(folder: Path) -> None:
    """Write eight pictures as a camera, a scanner or the web might leave them, some of them spoilt."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = to_exif({}, {0x9003: "2026:05:04 10:20:30"})
    make_scene(1, 1800, 1200).save(folder / "sharp.jpg", quality=92, exif=taken)
    make_scene(2, 1200, 1600).save(folder / "tall.jpg", quality=88)
    make_scene(3, 1500, 1000).save(folder / "sketch.png")
    make_scene(4, 1280, 720).save(folder / "web.webp", quality=80)
    make_scene(5, 900, 600).filter(ImageFilter.GaussianBlur(6)).save(folder / "soft.jpg", quality=90)
    make_scene(6, 900, 600).point(lambda level: level * 0.2).save(folder / "dark.png")
    make_scene(7, 640, 480).save(folder / "blocks.jpg", quality=6)
    make_scene(8, 320, 240).save(folder / "small.webp", lossless=True)


if __name__ == "__main__":
    write_pictures(Path(sys.argv[1]))
