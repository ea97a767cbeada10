"""From an image that Pillow has opened to upright sRGB pixels at view scale, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# every plugin by name: Pillow would otherwise import all of its forty the first time it meets AVIF
from PIL import (  # noqa: F401
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from iqscore import limits, nclx
from iqscore.codepoints import Nclx
from iqscore.colour import flatten, is_hdr_profile, to_8_bits, to_shrinkable, to_srgb, to_upright
from iqscore.errors import PhotoError

VIEW_LONG_SIDE = 1500
"""Pixels: a larger photo is shrunk by whole steps to a long side from here to just under twice as much."""

WEBP_COPIES = 4
_COPIES = {"AVIF": 2, "HEIF": 2}
"""How often four bytes a pixel are in memory at once while a format is decoded, where it is more than once."""
_WHOLE_FILE = {"AVIF", "HEIF"}
"""Formats of which the whole file is held in memory."""
_ADOBE_RGB = "R03"

Pixels = NDArray[np.uint8]


def plan_size(path: str, image: Image.Image, file_size: int = 0) -> int:
    """Set a JPEG to be decoded at a fraction of its size; return what decoding costs, in pixels of four bytes.

    Raises PhotoError where that is too much.
    """
    full = cost = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        step = max(1, max(image.size) // VIEW_LONG_SIDE)
        image.draft(None, (max(1, image.width // step), max(1, image.height // step)))
        # libjpeg keeps the coefficients of a whole progressive photo, two bytes each, whatever the size asked for
        cost = image.width * image.height
        cost += full * len(image.getbands()) // 2 if "progressive" in image.info else 0
    beside = _measure_strip(image) + file_size * (image.format in _WHOLE_FILE)
    return check_size(path, full, cost, count_copies(image), beside)


def check_size(path: str, full: int, cost: int, copies: int, beside: int = 0) -> int:
    """Return what `copies` of `cost` pixels and bytes beside them cost; PhotoError where that is too much."""
    total = cost * copies + beside // 4
    if beside // 4 > limits.MAX_PIXELS // 2:
        raise to_too_large(path, f"{beside // 1_000_000} MB are needed to decode it, beside its pixels")
    if total > limits.MAX_PIXELS or full > limits.MAX_FULL_PIXELS:
        cap = full * limits.MAX_PIXELS // total if total > limits.MAX_PIXELS else limits.MAX_FULL_PIXELS
        raise to_too_large(path, f"{full // 1_000_000} megapixels; at most {cap // 1_000_000} of its kind are read")
    return total


def _measure_strip(image: Image.Image) -> int:
    """Return the bytes of the strip or tile by which a packed TIFF is decoded; hostile ones have all in one."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile) or not image.tile or image.tile[0].codec_name != "libtiff":
        return 0
    tags = image.tag_v2
    rows = min(tags.get(ExifTags.Base.RowsPerStrip, image.height), image.height)
    width, height = tags.get(ExifTags.Base.TileWidth, image.width), tags.get(ExifTags.Base.TileLength, rows)
    said = tags.get(ExifTags.Base.BitsPerSample, 8)
    bits = max(said) if isinstance(said, tuple) else said
    return int(width * height * tags.get(ExifTags.Base.SamplesPerPixel, 1) * bits // 8)


def count_copies(image: Image.Image) -> int:
    """Return how often four bytes a pixel are in memory at once while an image is decoded and shrunk."""
    # alpha is multiplied in to shrink
    has_more = image.has_transparency_data or image.mode in {"I", "F"}
    return _COPIES.get(str(image.format), 1) + has_more


def to_too_large(path: str, what: str) -> PhotoError:
    """Return the PhotoError of a photo that is too large."""
    return PhotoError(path, "too_large", f"{what}; score a smaller copy")


def shrink(image: Image.Image) -> Image.Image:
    """Return a decoded image at view scale."""
    image.load()
    shrinkable = to_shrinkable(image)
    step = max(shrinkable.size) // VIEW_LONG_SIDE
    return shrinkable.reduce(step) if step > 1 else shrinkable


def finish(image: Image.Image, orientation: int, profile: bytes | None, colours: Nclx | None) -> tuple[Pixels, bool]:
    """Return the pixels (height, width, 3) of an image in sRGB and upright, and whether it is of high dynamic range.

    `profile` is its ICC profile; code points are believed where there is none, or where they are of HDR.
    """
    upright = flatten(to_upright(to_8_bits(image), orientation))
    if colours and (nclx.is_hdr(colours.transfer) or not profile) and upright.mode in {"RGB", "L"}:
        done = nclx.to_srgb(upright.convert("RGB"), colours.primaries, colours.transfer)
        is_hdr = nclx.is_hdr(colours.transfer)
    else:
        done, is_hdr = to_srgb(upright, profile), is_hdr_profile(profile)
    return np.ascontiguousarray(np.asarray(done)), is_hdr


def get_camera_colours(exif: Image.Exif) -> Nclx | None:
    """Return Adobe RGB where the camera says so, as it does beside no profile; None where it does not."""
    try:
        interop = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.IFD.Interop)
        index = exif.get_ifd(ExifTags.IFD.Interop).get(1) if interop is not None else None
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse a photo
        return None
    return Nclx(nclx.ADOBE, nclx.ADOBE) if isinstance(index, str) and index.startswith(_ADOBE_RGB) else None
