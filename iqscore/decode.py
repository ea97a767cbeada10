"""The only reader of image files: from a path to upright sRGB pixels at view scale.

Pillow decodes, with a library for each kind of photo that it does not know; everything that they raise on a bad file
is translated here to PhotoError.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, TiffImagePlugin, UnidentifiedImageError, features

from iqscore import codepoints, decode_tiff, webp
from iqscore.codepoints import Nclx
from iqscore.decode_errors import to_photo_error, to_unreadable
from iqscore.errors import PhotoError
from iqscore.exif import get_orientation, read_tiff_header
from iqscore.formats import HEAD_BYTES, to_format, to_plugin_kind
from iqscore.limits import GivenUp, holding
from iqscore.photo import Photo, to_photo
from iqscore.picture import (
    WEBP_COPIES,
    check_size,
    get_camera_colours,
    plan_size,
    shrink,
)
from iqscore.readers import is_installed

# MPO comes in through JPEG
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
_DNG_VERSION, _SUBFILE_TYPE = 50706, 254
_THUMBNAILS = {1, 3}
_COLOURS = ExifTags.Base.PhotometricInterpretation
_RAW_COLOURS = {32803, 34892}
"""Of a mosaic of colour filters, and of RAW data that are one no more."""
_BEGINNING = 1 << 18
"""Bytes of a file, in which it says what its colours and its size are."""

__all__ = ["Photo", "decode_photo", "describe", "list_formats", "read_colours"]

# limits.MAX_PIXELS rules instead, and per photo; both are set once here, as neither can be set for one thread alone
Image.MAX_IMAGE_PIXELS = None
warnings.filterwarnings("ignore", module=r"PIL\.|pillow_jxl")


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
        elif kind == decode_tiff.KIND:
            from iqscore.tiff import get_library
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
        # the memory is given back when nothing holds the decoded picture any more
        with Path(path).open("rb") as file, ExitStack() as memory:
            head = file.read(HEAD_BYTES)
            return _check_pixels(path, _Decoder(path, file, memory).decode(to_plugin_kind(path, head)))
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


def _check_pixels(path: str, photo: Photo) -> Photo:
    # damaged tags of a TIFF give a picture without height
    if not photo.pixels.size:
        raise PhotoError(path, "corrupt", "the picture is damaged; copy or export it again")
    return photo


class _Decoder:
    """Decodes one file; what memory that takes is held until `memory` is left."""

    def __init__(self, path: str, file: BinaryIO, memory: ExitStack) -> None:
        self._path = path
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self._memory = memory

    def decode(self, kind: str | None) -> Photo:
        """Return the photo of a kind of readers.READERS, or of Pillow's own where that is None."""
        if kind and not is_installed(kind):
            raise to_unreadable(self._path, kind)
        if kind == "camera RAW":
            return self._decode_raw()
        if kind == "JPEG XL":
            return self._decode_jxl()
        if kind == "HEIC":
            return self._decode_heic()
        if kind == decode_tiff.KIND:
            return decode_tiff.decode_tiff(self._path, self._file, self._hold)
        return self._decode_plain() or self._decode_beyond_pillow()

    def _decode_beyond_pillow(self) -> Photo:
        """Return the photo in a TIFF file that Pillow shows wrongly, as a thumbnail or not at all."""
        self._file.seek(0)
        tags = read_tiff_header(self._file)
        if _DNG_VERSION in tags or tags.get(_COLOURS) in _RAW_COLOURS:
            return self.decode("camera RAW")
        if tags.get(_SUBFILE_TYPE) in _THUMBNAILS:
            # of a RAW photo, as a rule
            try:
                return self.decode("camera RAW")
            except PhotoError as error:
                if error.code != "unsupported" or not is_installed("camera RAW"):
                    raise
        return self.decode(decode_tiff.KIND)

    def _hold(self, cost: int) -> None:
        self._memory.enter_context(holding(cost))

    def _decode_plain(self) -> Photo | None:
        """Return a photo of Pillow's own formats, None where the file is camera RAW."""
        header = self._read_webp()
        if header:
            pixels = header.width * header.height
            copies = WEBP_COPIES + header.takes_more
            self._hold(check_size(self._path, pixels, pixels, copies, self._size))
        with _open_plain(self._file) as image:
            if image is None or _is_beyond(image):
                return None
            colours, full = read_colours(self._file, image), image.size
            if not header:
                self._hold(plan_size(self._path, image, self._size))
            shrunk = shrink(image)
            # only now: a PNG may carry its EXIF behind the pixels, and a TIFF turns itself upright while loading
            return to_photo(self._path, image, shrunk, full, get_orientation(image.getexif()), colours)

    def _read_webp(self) -> webp.Header | None:
        self._file.seek(0)
        head = self._file.read(HEAD_BYTES)
        return webp.read_header(head) if to_format(head) == "WEBP" else None

    def _decode_heic(self) -> Photo:
        from iqscore import heif

        with Image.open(self._file, formats=(heif.FORMAT,)) as image:
            colours, full = read_colours(None, image), image.size
            self._hold(plan_size(self._path, image, self._size))
            return to_photo(self._path, image, shrink(image), full, 1, colours)

    def _decode_jxl(self) -> Photo:
        from iqscore import jxl

        self._file.seek(0)
        size = jxl.read_size(self._file.read(_BEGINNING))
        if size is None:
            raise PhotoError(self._path, "corrupt", "the picture is damaged; copy or export it again")
        pixels = size[0] * size[1]
        self._hold(check_size(self._path, pixels, pixels, jxl.COPIES, self._size))
        with Image.open(self._file, formats=(jxl.FORMAT,)) as image:
            full, shrunk = image.size, shrink(image)
            orientation = 1 if jxl.is_upright(image) else get_orientation(image.getexif())
            return to_photo(self._path, image, shrunk, full, orientation, None)

    def _decode_raw(self) -> Photo:
        from iqscore.decode_raw import decode_raw

        return decode_raw(self._path, self._file, self._hold)


@contextmanager
def _open_plain(file: BinaryIO) -> Iterator[Image.Image | None]:
    """Yield the image in a file of Pillow's own formats, None where there is a picture of another kind in a TIFF."""
    try:
        image = Image.open(file, formats=_FORMATS)
    except UnidentifiedImageError:
        file.seek(0)
        if not decode_tiff.is_picture(file):
            raise
        yield None
    else:
        with image:
            yield image


def _is_beyond(image: Image.Image) -> bool:
    """Tell whether a TIFF opens with a thumbnail, as RAW photos of any name do, or is one that Pillow misreads."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return False
    tags = image.tag_v2
    is_raw = _DNG_VERSION in tags or tags.get(_SUBFILE_TYPE) in _THUMBNAILS
    return is_raw or decode_tiff.is_beyond_pillow(tags)


def read_colours(file: BinaryIO | None, image: Image.Image) -> Nclx | None:
    """Return the colours of an opened image by code points, None where it does not say; `file` is where it is from."""
    if image.format in {"JPEG", "MPO"}:
        return get_camera_colours(image.getexif())
    if image.format == "HEIF":
        from iqscore import heif

        return heif.get_nclx(image)
    read = {"AVIF": codepoints.read_avif, "PNG": codepoints.read_png}.get(str(image.format))
    if read is None or file is None or file.closed:
        return None
    at = file.tell()
    file.seek(0)
    beginning = file.read(_BEGINNING)
    file.seek(at)
    return read(beginning)
