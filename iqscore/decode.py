"""The only reader of image files: from a path to upright sRGB pixels at view scale.

Pillow decodes, with a library for each kind of photo that it does not know; everything that they raise on a bad file
is translated here to PhotoError.
"""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError, features

from iqscore import codepoints
from iqscore.codepoints import Nclx
from iqscore.decode_errors import to_photo_error, to_unreadable
from iqscore.errors import PhotoError
from iqscore.exif import fill, get_orientation, read_exif, read_taken, read_tiff_header
from iqscore.formats import HEAD_BYTES, to_plugin_kind
from iqscore.limits import GivenUp, holding
from iqscore.picture import (
    VIEW_LONG_SIDE,
    check_size,
    finish,
    get_camera_colours,
    shrink,
    shrink_in_turn,
)
from iqscore.readers import is_installed
from iqscore.records import DecodedFrom, Exif

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iqscore.raw import Size

# MPO comes in through JPEG
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
_DNG_VERSION, _SUBFILE_TYPE = 50706, 254
_THUMBNAILS = {1, 3}
_COLOURS = ExifTags.Base.PhotometricInterpretation
_RAW_COLOURS = {32803, 34892}
"""Of a mosaic of colour filters, and of RAW data that are one no more."""
_BEGINNING = 1 << 18
"""Bytes of a file, in which it says what its colours and its size are."""
_RAW_COPIES = 3
"""How often four bytes a pixel are in memory while a mosaic is developed."""
_TURNED = {5, 6, 7, 8}

# limits.MAX_PIXELS rules instead, and per photo; both are set once here, as neither can be set for one thread alone
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"PIL\.|pillow_jxl")


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
    """Pillow's name of the format: JPEG, PNG, HEIF, …; RAW for camera RAW."""
    taken: str | None
    """When the camera says it was taken, "YYYY-MM-DDTHH:MM:SS", or None."""
    exif: Exif = field(default_factory=Exif)
    decoded_from: DecodedFrom | None = None
    """See PhotoScore."""
    hdr: bool = False


def list_formats() -> list[str]:
    """Return the formats that Pillow itself can read here; WebP and AVIF depend on how it was built."""
    return [name for name in _FORMATS if name not in {"AVIF", "WEBP"} or features.check(name.lower())]


def describe(kind: str) -> str:
    """Return the name and version of what decodes an installed kind of readers.READERS, or what is wrong with it."""
    try:
        if kind == "HEIC":
            from iqscore.heif import get_library
        elif kind == "JPEG XL":
            from iqscore.jxl import get_library
        else:
            from iqscore.raw import get_library
        return get_library()
    except ImportError as error:
        return f"cannot be loaded: {error}"


def decode_photo(path: str) -> Photo:
    """Decode the first picture of a file; raises PhotoError for all that is wrong with it; thread-safe."""
    head = b""
    try:
        _check_file(path)
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
            return _decode(path, file, to_plugin_kind(path, head))
    except (PhotoError, GivenUp):
        raise
    except Exception as error:  # Pillow raises some ten types on bad files, none of them promised
        raise to_photo_error(path, error, head) from error


def _check_file(path: str) -> None:
    # before it is opened: opening a FIFO waits for ever
    status = Path(path).stat()
    if not stat.S_ISREG(status.st_mode):
        raise PhotoError(path, "not_a_file", "not a regular file; name a photo")
    if status.st_size == 0:
        raise PhotoError(path, "empty", "the file is empty; copy or export it again")


def _decode(path: str, file: BinaryIO, kind: str | None) -> Photo:
    if kind and not is_installed(kind):
        raise to_unreadable(path, kind)
    if kind == "camera RAW":
        return _decode_raw(path, file)
    if kind == "JPEG XL":
        return _decode_jxl(path, file)
    if kind == "HEIC":
        return _decode_heic(path, file)
    with _open_plain(file) as image:
        if image and not _is_raw_inside(image):
            return _decode_plain(path, file, image)
    return _decode(path, file, "camera RAW")


@contextmanager
def _open_plain(file: BinaryIO) -> Iterator[Image.Image | None]:
    """Yield the image in a file of Pillow's own formats, None where there is RAW data in the place of one."""
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        file.seek(0)
        tags = read_tiff_header(file)
        if _DNG_VERSION not in tags and tags.get(_COLOURS) not in _RAW_COLOURS:
            raise
        yield None
    else:
        with image:
            yield image


def _is_raw_inside(image: Image.Image) -> bool:
    """Tell whether a TIFF opens with the thumbnail of a RAW photo, whatever the name of the file."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    return _DNG_VERSION in image.tag_v2 or image.tag_v2.get(_SUBFILE_TYPE) in _THUMBNAILS


def _decode_plain(path: str, file: BinaryIO, image: Image.Image) -> Photo:
    colours = _read_codepoints(file, image)
    full = image.size
    shrunk = shrink_in_turn(path, image, os.fstat(file.fileno()).st_size)
    # only now: a PNG may carry its EXIF behind the pixels, and a TIFF turns itself upright while loading
    return _to_photo(path, image, shrunk, full, get_orientation(image.getexif()), colours)


def _decode_heic(path: str, file: BinaryIO) -> Photo:
    from iqscore import heif

    with Image.open(file, formats=(heif.FORMAT,)) as image:
        colours, full = heif.get_nclx(image), image.size
        shrunk = shrink_in_turn(path, image, os.fstat(file.fileno()).st_size)
        return _to_photo(path, image, shrunk, full, 1, colours)


def _decode_jxl(path: str, file: BinaryIO) -> Photo:
    from iqscore import jxl

    file.seek(0)
    size = jxl.read_size(file.read(_BEGINNING))
    if size is None:
        raise PhotoError(path, "corrupt", "the picture is damaged; copy or export it again")
    pixels = size[0] * size[1]
    cost = check_size(path, pixels, pixels, jxl.COPIES, os.fstat(file.fileno()).st_size)
    with holding(cost), Image.open(file, formats=(jxl.FORMAT,)) as image:
        full, shrunk = image.size, shrink(image)
        orientation = 1 if jxl.is_upright(image) else get_orientation(image.getexif())
    return _to_photo(path, image, shrunk, full, orientation, None)


def _read_codepoints(file: BinaryIO, image: Image.Image) -> Nclx | None:
    read = {"AVIF": codepoints.read_avif, "PNG": codepoints.read_png}.get(str(image.format))
    if read is None:
        return get_camera_colours(image.getexif()) if image.format in {"JPEG", "MPO"} else None
    at = file.tell()
    file.seek(0)
    beginning = file.read(_BEGINNING)
    file.seek(at)
    return read(beginning)


def _to_photo(
    path: str, image: Image.Image, shrunk: Image.Image, full: tuple[int, int], orientation: int, colours: Nclx | None
) -> Photo:
    """Return a photo of its full size before it is turned, of its image and what that was shrunk to."""
    exif = image.getexif()
    pixels, is_hdr = finish(shrunk, orientation, image.info.get("icc_profile"), colours)
    width, height = reversed(full) if orientation in _TURNED else full
    name = "JPEG" if image.format == "MPO" else str(image.format)
    return Photo(path, pixels, width, height, name, read_taken(exif), read_exif(exif), hdr=is_hdr)


def _decode_raw(path: str, file: BinaryIO) -> Photo:
    from iqscore.raw import open_raw

    file.seek(0)
    header = read_tiff_header(file)
    taken, exif = read_taken(header), read_exif(header)
    origin: DecodedFrom = "preview"
    with open_raw(path) as raw:
        size = raw.size
        embedded = raw.find_preview()
        preview = _decode_preview(path, embedded, size)
        if preview:
            facts = preview.taken, preview.exif
            pixels = preview.pixels
        else:
            count = size.width * size.height
            # twice: whether it is a mosaic, or has three colours a pixel, is known only in the midst of it
            with holding(2 * check_size(path, count, count, _RAW_COPIES)):
                if raw.unpack():
                    check_size(path, count, count, 2 * _RAW_COPIES)
                shrunk = shrink(Image.fromarray(raw.develop()))
            pixels, origin = np.ascontiguousarray(np.asarray(shrunk)), "raw"
            facts = raw.read_facts()
    return Photo(
        path, pixels, size.width, size.height, "RAW", taken or facts[0], fill(exif, facts[1]), decoded_from=origin
    )


def _decode_preview(path: str, preview: bytes | NDArray[np.uint8] | None, size: Size) -> Photo | None:
    """Return the preview within a RAW photo as a photo, None where it is missing, damaged or below view scale."""
    try:
        if isinstance(preview, bytes):
            with Image.open(io.BytesIO(preview), formats=("JPEG",)) as image:
                return _turn_preview(path, image, size)
        return None if preview is None else _turn_preview(path, Image.fromarray(preview), size)
    except GivenUp:
        raise
    except Exception:  # noqa: BLE001 - there is the RAW data still
        return None


def _turn_preview(path: str, image: Image.Image, size: Size) -> Photo | None:
    full = image.size
    if max(full) < VIEW_LONG_SIDE:
        return None
    exif = image.getexif()
    # some have been turned already, and some cameras say nothing or the wrong thing in them
    said = [get_orientation(exif)] if ExifTags.Base.Orientation in exif else []
    fitting = [turn for turn in (*said, size.orientation, 1) if _is_wide(full, turn) == (size.width > size.height)]
    orientation = fitting[0] if fitting else size.orientation
    shrunk = shrink_in_turn(path, image)
    return _to_photo(path, image, shrunk, full, orientation, get_camera_colours(exif))


def _is_wide(size: tuple[int, int], orientation: int) -> bool:
    width, height = reversed(size) if orientation in _TURNED else size
    return width > height
