"""The only reader of image files: from a path to upright sRGB pixels at view scale.

Pillow decodes; everything that it raises on a bad file is translated here to PhotoError.
"""

from __future__ import annotations

import errno
import re
import stat
import warnings
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

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
    UnidentifiedImageError,
    WebPImagePlugin,
    features,
)

from iqscore.colour import flatten, to_8_bits, to_shrinkable, to_srgb, to_upright
from iqscore.errors import PhotoError
from iqscore.formats import HEAD_BYTES, is_cut_short, to_format, to_unread_kind

VIEW_LONG_SIDE = 1500
"""Pixels: a larger photo is shrunk by whole steps to a long side from here to just under twice as much."""
MAX_PIXELS = 200_000_000
"""The most pixels, of four bytes, that are decoded of one photo; a JPEG is decoded at a fraction of its size."""
LARGE_PIXELS = 50_000_000
"""Photos of which more pixels than this are decoded take turns, so that memory stays bounded."""
MAX_FULL_PIXELS = 2_000_000_000
"""The most pixels that a photo may have at full size."""

# MPO comes in through JPEG
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_DEVICE_ERRORS = {errno.EIO, errno.ENXIO, errno.ETIMEDOUT}
_DNG_VERSION, _SUBFILE_TYPE = 50706, 254
_THUMBNAILS = {1, 3}

_large = Lock()

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
    cost = _plan_size(path, image)
    with _large if cost > LARGE_PIXELS else nullcontext():
        image.load()
        shrunk = _shrink(to_shrinkable(image))
    # only now: a PNG may carry its EXIF behind the pixels, and a TIFF turns itself upright while loading
    orientation = _read_tag(image, ExifTags.Base.Orientation)
    upright = to_upright(to_8_bits(shrunk), orientation)
    pixels = np.asarray(to_srgb(flatten(upright), image.info.get("icc_profile")))
    width, height = reversed(full) if orientation in {5, 6, 7, 8} else full
    name = "JPEG" if image.format == "MPO" else str(image.format)
    return Photo(path, np.ascontiguousarray(pixels), width, height, name, _read_taken(image))


def _is_raw_inside(image: Image.Image) -> bool:
    """Tell whether a TIFF opens with the thumbnail of a RAW photo, whatever the name of the file."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    return _DNG_VERSION in image.tag_v2 or image.tag_v2.get(_SUBFILE_TYPE) in _THUMBNAILS


def _plan_size(path: str, image: Image.Image) -> int:
    """Set a JPEG to be decoded at a fraction of its size; return the pixels that remain, PhotoError if too many."""
    full = cost = image.width * image.height
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        step = max(1, max(image.size) // VIEW_LONG_SIDE)
        image.draft(None, (max(1, image.width // step), max(1, image.height // step)))
        # libjpeg keeps the coefficients of a whole progressive photo, whatever the size asked for
        cost = full if "progressive" in image.info else image.width * image.height
    copies = _count_copies(image)
    if cost * copies > MAX_PIXELS or full > MAX_FULL_PIXELS:
        cap = MAX_PIXELS // copies if cost * copies > MAX_PIXELS else MAX_FULL_PIXELS
        raise _to_too_large(path, f"{full // 1_000_000} megapixels; at most {cap // 1_000_000} of its kind are read")
    return cost * copies


def _count_copies(image: Image.Image) -> int:
    """Return how often a photo's decoded pixels, of four bytes, are in memory at once before they are shrunk."""
    if image.format == "WEBP":
        return 3
    # alpha is multiplied in to shrink; of AVIF there is the whole first
    return 2 if image.has_transparency_data or image.mode in {"I", "F"} or image.format == "AVIF" else 1


def _to_too_large(path: str, what: str) -> PhotoError:
    return PhotoError(path, "too_large", f"{what}; score a smaller copy")


def _shrink(image: Image.Image) -> Image.Image:
    step = max(image.size) // VIEW_LONG_SIDE
    return image.reduce(step) if step > 1 else image


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
