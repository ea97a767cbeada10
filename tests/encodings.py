"""One picture in every encoding that photographers have, each with how far its pixels may be off."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401 - registers JPEG XL with Pillow
import tifffile
from PIL import Image, ImageCms

from tests.pictures import Pixels, make_png_of, to_bytes
from tests.profiles import SPACES, convert, make_profile, make_xyb_profile, to_xyb
from tests.tiffs import make_dng, make_rgb_tiff

pillow_heif.register_heif_opener()

Encode = Callable[[Image.Image], bytes]


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture is stored."""

    name: str
    encode: Encode
    tolerance: float
    """Mean difference in levels, of 255."""
    is_grey: bool = False
    is_half: bool = False
    """Whether it comes back at half the size."""


def _as(picture_format: str, mode: str = "RGB", **options: Any) -> Encode:
    return lambda image: to_bytes(image.convert(mode), picture_format, **options)


def _with_profile(picture_format: str, space: str, **options: Any) -> Encode:
    return lambda image: to_bytes(convert(image, space), picture_format, icc_profile=make_profile(space), **options)


# fine enough that the loss of encoders is not what is measured
_FINE_JPEG: dict[str, Any] = {"quality": 98, "subsampling": 0}
_FINE_AVIF: dict[str, Any] = {"quality": 97, "subsampling": "4:4:4"}
_FINE_HEIC: dict[str, Any] = {"quality": 97, "chroma": 444}


def _as_xyb(image: Image.Image) -> bytes:
    return to_bytes(to_xyb(image), "JPEG", quality=98, keep_rgb=True, icc_profile=make_xyb_profile())


def _as_grey_with_profile(image: Image.Image) -> bytes:
    return to_bytes(image.convert("L"), "JPEG", quality=95, icc_profile=make_profile("Grey"))


def _with_alpha(picture_format: str, mode: str, **options: Any) -> Encode:
    def encode(image: Image.Image) -> bytes:
        picture = image.convert(mode)
        picture.putalpha(255)
        return to_bytes(picture, picture_format, **options)

    return encode


def _to_array(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"))


def _as_rgb_16(image: Image.Image) -> bytes:
    return make_rgb_tiff(_to_array(image).astype(np.uint16) * 257)


def _as_tiff(scale: Callable[[Pixels], Any], **options: Any) -> Encode:
    def encode(image: Image.Image) -> bytes:
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, scale(_to_array(image)), photometric="rgb", **options)
        return buffer.getvalue()

    return encode


def _as_png_16(image: Image.Image) -> bytes:
    values = (_to_array(image).astype(np.uint16) * 257).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    header = struct.pack(">IIBBBBB", *image.size, 16, 2, 0, 0, 0)
    return make_png_of((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))


def _as_heic_10(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    values = (_to_array(image).astype(np.uint16) * 257).tobytes()
    pillow_heif.encode("RGB;16", image.size, values, buffer, quality=97, chroma=444)
    return buffer.getvalue()


def _as_grey(picture_format: str, scale: Callable[[Any], Any]) -> Encode:
    return lambda image: to_bytes(Image.fromarray(scale(np.asarray(image.convert("L")))), picture_format)


def _as_palette(picture_format: str) -> Encode:
    return lambda image: to_bytes(image.quantize(256), picture_format)


def _as_adobe_rgb_of_a_camera(image: Image.Image) -> bytes:
    """A camera set to Adobe RGB puts no profile in, and says so in a corner of EXIF."""
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0xA001] = 0xFFFF
    exif.get_ifd(0x8769)[0xA005] = {1: "R03"}
    return to_bytes(convert(image, "Adobe RGB (1998)"), "JPEG", exif=exif.tobytes(), **_FINE_JPEG)


def _as_lab(image: Image.Image) -> bytes:
    lab = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    return to_bytes(lab, "TIFF")


ENCODINGS = [
    Encoding("JPEG", _as("JPEG", quality=95), 3),
    Encoding("JPEG 4:4:4", _as("JPEG", **_FINE_JPEG), 2),
    Encoding("JPEG progressive", _as("JPEG", quality=95, progressive=True), 3),
    Encoding("JPEG grey", _as("JPEG", "L", quality=95), 2, is_grey=True),
    Encoding("JPEG CMYK, inverted as Adobe does", _as("JPEG", "CMYK", **_FINE_JPEG), 3),
    Encoding("JPEG grey with a profile", _as_grey_with_profile, 3, is_grey=True),
    Encoding("JPEG of a camera set to Adobe RGB", _as_adobe_rgb_of_a_camera, 4),
    *[Encoding(f"JPEG {space}", _with_profile("JPEG", space, **_FINE_JPEG), 4) for space in SPACES],
    Encoding("JPEG XYB", _as_xyb, 4),
    Encoding("PNG", _as("PNG"), 0),
    Encoding("PNG 16 bits", _as_png_16, 0),
    Encoding("PNG grey", _as("PNG", "L"), 1, is_grey=True),
    Encoding("PNG 16 bits grey", _as_grey("PNG", lambda grey: grey.astype(np.uint16) * 257), 1, is_grey=True),
    Encoding("PNG palette", _as_palette("PNG"), 9),
    Encoding("PNG alpha", _with_alpha("PNG", "RGBA"), 0),
    Encoding("PNG grey alpha", _with_alpha("PNG", "LA"), 1, is_grey=True),
    Encoding("PNG Display P3", _with_profile("PNG", "Display P3"), 3),
    Encoding("WebP", _as("WEBP", quality=95), 3),
    Encoding("WebP lossless", _as("WEBP", lossless=True), 0),
    Encoding("WebP alpha", _with_alpha("WEBP", "RGBA", lossless=True), 0),
    Encoding("WebP Display P3", _with_profile("WEBP", "Display P3", quality=97), 4),
    Encoding("TIFF", _as("TIFF"), 0),
    Encoding("TIFF LZW", _as("TIFF", compression="tiff_lzw"), 0),
    Encoding("TIFF CMYK", _as("TIFF", "CMYK"), 1),
    Encoding("TIFF Lab", _as_lab, 3),
    Encoding("TIFF 16 bits", _as_rgb_16, 0),
    Encoding("TIFF 16 bits LZW", _as_tiff(lambda rgb: rgb.astype("u2") * 257, compression="lzw", predictor=True), 0),
    Encoding(
        "TIFF 16 bits in planes", _as_tiff(lambda rgb: np.moveaxis(rgb.astype("u2") * 257, 2, 0), planarconfig=2), 0
    ),
    Encoding("TIFF 32 bits", _as_tiff(lambda rgb: rgb.astype("u4") * 16843009), 0),
    Encoding("TIFF float", _as_tiff(lambda rgb: (rgb / 255).astype("f4"), compression="zlib", predictor=True), 0),
    Encoding("TIFF half floats", _as_tiff(lambda rgb: (rgb / 255).astype("f2")), 1),
    Encoding("TIFF 16 bits grey", _as_grey("TIFF", lambda grey: grey.astype(np.uint16) * 257), 1, is_grey=True),
    Encoding("TIFF float grey", _as_grey("TIFF", lambda grey: (grey / 255).astype(np.float32)), 1, is_grey=True),
    Encoding("TIFF ProPhoto", _with_profile("TIFF", "ProPhoto RGB"), 4),
    Encoding("BMP", _as("BMP"), 0),
    Encoding("GIF", _as_palette("GIF"), 9),
    Encoding("AVIF", _as("AVIF", **_FINE_AVIF), 3),
    Encoding("AVIF alpha", _with_alpha("AVIF", "RGBA", **_FINE_AVIF), 3),
    Encoding("AVIF Display P3", _with_profile("AVIF", "Display P3", **_FINE_AVIF), 4),
    Encoding("HEIC", _as("HEIF", **_FINE_HEIC), 3),
    Encoding("HEIC 10 bits", _as_heic_10, 3),
    Encoding("HEIC grey", _as("HEIF", "L", quality=90), 3, is_grey=True),
    Encoding("HEIC alpha", _with_alpha("HEIF", "RGBA", **_FINE_HEIC), 3),
    Encoding("HEIC Display P3", _with_profile("HEIF", "Display P3", **_FINE_HEIC), 4),
    Encoding("JPEG XL", _as("JXL", quality=95), 3),
    Encoding("JPEG XL lossless", _as("JXL", lossless=True), 0),
    Encoding("JPEG XL grey", _as("JXL", "L", quality=95), 3, is_grey=True),
    Encoding("JPEG XL alpha", _with_alpha("JXL", "RGBA", lossless=True), 0),
    Encoding("RAW (DNG)", lambda image: make_dng(_to_array(image)), 4, is_half=True),
    Encoding("RAW (DNG) with a preview", lambda image: make_dng(_to_array(image), preview=_to_array(image)), 4),
]
