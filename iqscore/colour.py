"""From whatever pixels a file holds to upright 8-bit sRGB, one step a function."""

from __future__ import annotations

import io
import re

import numpy as np
from PIL import Image, ImageCms

_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ICC_MODES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_HDR = re.compile(r"PQ|PeQ|HLG|ST ?2084")
_RANGES = {
    "I": ((255.0, 255.0), (65535.0, 65535.0)),
    # light brighter than white is usual in float photos
    "F": ((16.0, 1.0), (510.0, 255.0), (65535.0, 65535.0)),
}
"""Of modes with no fixed white: (highest peak, white that it speaks for)."""


def to_shrinkable(image: Image.Image) -> Image.Image:
    """Return the image in a mode whose pixels can be averaged."""
    mode = image.mode
    if mode.startswith("I;16"):
        # convert("L") would clip everything above 255 to white
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    if mode in {"I", "F", "LA", "RGBA"}:
        return image
    if image.has_transparency_data:
        return image.convert("RGBA")
    if mode in {"L", "RGB", "CMYK", "LAB"}:
        return image
    return image.convert("L" if mode == "1" else "RGB")


def to_8_bits(image: Image.Image) -> Image.Image:
    """Scale grey values whose white no file states to 8 bits, by the usual range that fits their peak."""
    ranges = _RANGES.get(image.mode)
    if ranges is None:
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(values.max())
    white = next((white for highest, white in ranges if peak <= highest), peak)
    return Image.fromarray(np.rint(np.clip(values / white, 0.0, 1.0) * 255.0).astype(np.uint8))


def to_upright(image: Image.Image, orientation: object) -> Image.Image:
    """Turn an image as its EXIF orientation says, 1 to 8; anything else is taken for 1."""
    transpose = _TRANSPOSES.get(orientation) if isinstance(orientation, int) else None
    return image if transpose is None else image.transpose(transpose)


def flatten(image: Image.Image) -> Image.Image:
    """Lay an image with alpha on white."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    mode = "L" if image.mode == "LA" else "RGB"
    paper = Image.new(mode, image.size, "white")
    paper.paste(image.convert(mode), mask=image.getchannel("A"))
    return paper


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return an RGB image in sRGB, from the colours of its ICC profile, or as it is where that is of no use."""
    try:
        return _apply_profile(image, profile)
    except Exception:  # noqa: BLE001 - a broken profile is no reason to refuse a photo
        return image.convert("RGB")


def _apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    if image.mode == "LAB":
        return _transform(image, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if not profile:
        return image.convert("RGB")
    source = ImageCms.getOpenProfile(io.BytesIO(profile))
    mode = _ICC_MODES.get(source.profile.xcolor_space)
    if image.mode == "L" and mode == "RGB":
        image = image.convert("RGB")
    if image.mode != mode or _is_srgb(source):
        return image.convert("RGB")
    return _transform(image, source)


def is_hdr_profile(profile: bytes | None) -> bool:
    """Tell whether an ICC profile is by its name one of high dynamic range (PQ, which libjxl calls PeQ, or HLG)."""
    return _HDR.search(_read_name(profile)) is not None


def is_linear_profile(profile: bytes | None) -> bool:
    """Tell whether an ICC profile is by its name one of light itself, as editors give to floating point."""
    return "linear" in _read_name(profile).lower()


def _read_name(profile: bytes | None) -> str:
    try:
        return ImageCms.getProfileDescription(ImageCms.getOpenProfile(io.BytesIO(profile))) if profile else ""
    except Exception:  # noqa: BLE001 - a broken profile has none
        return ""


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    name = ImageCms.getProfileDescription(profile).strip().lower()
    return name.startswith("srgb") and "linear" not in name


def _transform(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    # both profiles are made anew for each photo: LittleCMS handles are not shared between threads
    target = ImageCms.createProfile("sRGB")
    intent, flags = ImageCms.Intent.PERCEPTUAL, ImageCms.Flags.NONE
    if image.mode == "CMYK":
        # as editors make CMYK: what is in reach stays as it is, and the darkest ink is black
        intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    transform = ImageCms.buildTransform(source, target, image.mode, "RGB", intent, flags)
    return ImageCms.applyTransform(image, transform) or image
