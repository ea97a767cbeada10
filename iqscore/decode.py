"""The only reader of image files: from a path to upright sRGB pixels at view scale.

Pillow decodes; everything that it raises on a bad file is translated here to PhotoError.
"""

from __future__ import annotations

import errno
import io
import re
import stat
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# every plugin by name: Pillow would otherwise import all of its forty the first time it meets AVIF
from PIL import (  # noqa: F401
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    ImageCms,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
    features,
)

from iqscore.errors import PhotoError
from iqscore.formats import HEAD_BYTES, is_cut_short, to_format, to_unread_kind

VIEW_LONG_SIDE = 1500
"""Pixels: a larger photo is shrunk by whole steps to a long side from here to just under twice as much."""
MAX_PIXELS = 200_000_000
"""The most pixels that are decoded of one photo; a JPEG is decoded at a fraction of its size."""
MAX_FULL_PIXELS = 2_000_000_000
"""The most pixels that a photo may have at full size."""

# MPO comes in through JPEG
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
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
_RANGES = {
    "I": ((255.0, 255.0), (65535.0, 65535.0)),
    # light brighter than white is usual in float photos
    "F": ((16.0, 1.0), (510.0, 255.0), (65535.0, 65535.0)),
}
"""Of modes with no fixed white: (highest peak, white that it speaks for)."""
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_DEVICE_ERRORS = {errno.EIO, errno.ENXIO, errno.ETIMEDOUT}
_DNG_VERSION, _SUBFILE_TYPE = 50706, 254
_THUMBNAILS = {1, 3}

# MAX_PIXELS rules instead, and per photo; both are set once here, as neither can be set for one thread alone
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo as a viewer shows it on a screen, with what its file says about it."""

    path: str
    pixels: NDArray[np.uint8]
    """(height, width, 3), sRGB, upright, contiguous, read-only; at view scale, never enlarged."""
    width: int
    """Pixels of the full photo, upright."""
    height: int
    format: str
    """Pillow's name of the format: JPEG, PNG, …"""
    taken: str | None
    """When the camera says it was taken, "YYYY-MM-DDTHH:MM:SS", or None."""


def list_formats() -> list[str]:
    """Return the formats that can be read here; WebP and AVIF depend on how Pillow was built."""
    return [name for name in _FORMATS if name not in {"AVIF", "WEBP"} or features.check(name.lower())]


def decode_photo(path: str) -> Photo:
    """Decode the first picture of a file; raises PhotoError for all that is wrong with it; thread-safe."""
    head = b""
    try:
        _check_file(path)
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
            _check_kind(path, head)
            with Image.open(file, formats=_FORMATS) as image:
                return _decode(path, image)
    except PhotoError:
        raise
    except Exception as error:  # Pillow raises some ten types on bad files, none of them promised
        raise _to_photo_error(path, error, head) from error


def _check_file(path: str) -> None:
    # before it is opened: opening a FIFO waits for ever
    status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError(path, "not_a_file", "not a regular file; name a photo")
    if status.st_size == 0:
        raise PhotoError(path, "empty", "the file is empty; copy or export it again")


def _check_kind(path: str, head: bytes) -> None:
    kind = to_unread_kind(path, head)
    if kind:
        raise _to_unsupported(path, kind)


def _to_unsupported(path: str, kind: str) -> PhotoError:
    return PhotoError(path, "unsupported", f"{kind} photos are not read yet; export a JPEG and score that")


def _decode(path: str, image: Image.Image) -> Photo:
    if _is_raw_inside(image):
        raise _to_unsupported(path, "camera RAW")
    full = image.size
    _plan_size(path, image)
    image.load()
    # only now: a PNG may carry its EXIF behind the pixels, and a TIFF turns itself upright while loading
    orientation = _read_tag(image, ExifTags.Base.Orientation)
    upright = _to_upright(_to_8_bits(_shrink(_to_shrinkable(image))), orientation)
    pixels = np.asarray(_to_srgb(_flatten(upright), image.info.get("icc_profile")))
    width, height = reversed(full) if orientation in {5, 6, 7, 8} else full
    name = "JPEG" if image.format == "MPO" else str(image.format)
    return Photo(path, np.ascontiguousarray(pixels), width, height, name, _read_taken(image))


def _is_raw_inside(image: Image.Image) -> bool:
    """Tell whether a TIFF opens with the thumbnail of a RAW photo, whatever the name of the file."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    return _DNG_VERSION in image.tag_v2 or image.tag_v2.get(_SUBFILE_TYPE) in _THUMBNAILS


def _plan_size(path: str, image: Image.Image) -> None:
    """Set a JPEG to be decoded at a fraction of its size; raises PhotoError if what remains is too large."""
    full = cost = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        step = max(1, max(image.size) // VIEW_LONG_SIDE)
        image.draft(None, (max(1, image.width // step), max(1, image.height // step)))
        # libjpeg keeps the coefficients of a whole progressive photo, whatever the size asked for
        cost = full if "progressive" in image.info else image.width * image.height
    if cost > MAX_PIXELS or full > MAX_FULL_PIXELS:
        cap = MAX_PIXELS if cost > MAX_PIXELS else MAX_FULL_PIXELS
        raise _to_too_large(path, f"{full // 1_000_000} megapixels; at most {cap // 1_000_000} are read")


def _to_too_large(path: str, what: str) -> PhotoError:
    return PhotoError(path, "too_large", f"{what}; score a smaller copy")


def _to_shrinkable(image: Image.Image) -> Image.Image:
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


def _shrink(image: Image.Image) -> Image.Image:
    step = max(image.size) // VIEW_LONG_SIDE
    return image.reduce(step) if step > 1 else image


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale grey values whose white no file states to 8 bits, by the usual range that fits their peak."""
    ranges = _RANGES.get(image.mode)
    if ranges is None:
        return image
    values = np.nan_to_num(np.asarray(image, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    peak = float(values.max())
    white = next((white for highest, white in ranges if peak <= highest), peak)
    return Image.fromarray(np.rint(np.clip(values / white, 0.0, 1.0) * 255.0).astype(np.uint8))


def _to_upright(image: Image.Image, orientation: object) -> Image.Image:
    transpose = _TRANSPOSES.get(orientation) if isinstance(orientation, int) else None
    return image if transpose is None else image.transpose(transpose)


def _flatten(image: Image.Image) -> Image.Image:
    """Lay an image with alpha on white."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    mode = "L" if image.mode == "LA" else "RGB"
    paper = Image.new(mode, image.size, "white")
    paper.paste(image.convert(mode), mask=image.getchannel("A"))
    return paper


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
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


def _is_srgb(profile: ImageCms.ImageCmsProfile) -> bool:
    name = ImageCms.getProfileDescription(profile).strip().lower()
    return name.startswith("srgb") and "linear" not in name


def _transform(image: Image.Image, source: ImageCms.ImageCmsProfile) -> Image.Image:
    # both profiles are made anew for each photo: LittleCMS handles are not shared between threads
    target = ImageCms.createProfile("sRGB")
    transform = ImageCms.buildTransform(source, target, image.mode, "RGB", ImageCms.Intent.PERCEPTUAL)
    return ImageCms.applyTransform(image, transform) or image


def _read_taken(image: Image.Image) -> str | None:
    original = _read_tag(image, ExifTags.Base.DateTimeOriginal, ExifTags.IFD.Exif)
    return _to_iso(original) or _to_iso(_read_tag(image, ExifTags.Base.DateTime))


def _read_tag(image: Image.Image, tag: int, group: int | None = None) -> object:
    try:
        exif = image.getexif()
        return (exif.get_ifd(group) if group else exif).get(tag)
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse a photo
        return None


def _to_iso(text: object) -> str | None:
    match = _DATE.match(text.strip()) if isinstance(text, str) else None
    try:
        return datetime(*map(int, match.groups())).isoformat() if match else None  # type: ignore[arg-type]
    except ValueError:
        return None


def _to_photo_error(path: str, error: Exception, head: bytes) -> PhotoError:
    if isinstance(error, MemoryError):
        return _to_too_large(path, "not enough memory to decode it")
    if not head or (isinstance(error, OSError) and error.errno in _DEVICE_ERRORS):
        return _to_file_error(path, error)
    promised = to_format(head)
    if isinstance(error, UnidentifiedImageError) and promised is None:
        return PhotoError(path, "unrecognised", "not a picture that iqscore knows")
    if promised in {"AVIF", "WEBP"} and not features.check(promised.lower()):
        return _to_unsupported(path, promised)
    if isinstance(error, EOFError) or "truncated" in str(error).lower() or is_cut_short(path):
        return PhotoError(path, "truncated", "the file ends too early; copy or export it again")
    return PhotoError(path, "corrupt", "the picture is damaged; copy or export it again")


def _to_file_error(path: str, error: Exception) -> PhotoError:
    # a NUL within a path is a ValueError: no file can have that name
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return PhotoError(path, "not_found", "no such file; check the spelling")
    if isinstance(error, PermissionError):
        return PhotoError(path, "unreadable", "no permission to read it; check its owner and mode")
    reason = getattr(error, "strerror", None) or "unknown error"
    return PhotoError(path, "unreadable", f"cannot be read: {reason}")
