"""Camera RAW to a photo: through the preview within, where it is as large as a screen, else through the RAW data."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from iqscore.exif import fill, get_orientation, read_exif, read_taken, read_tiff_header
from iqscore.limits import GivenUp, holding
from iqscore.photo import Photo, to_photo, turn
from iqscore.picture import VIEW_LONG_SIDE, check_size, get_camera_colours, plan_size, shrink
from iqscore.raw import Raw, Size, open_raw
from iqscore.records import DecodedFrom

_COPIES = 3
"""How often four bytes a pixel are in memory while a mosaic is developed."""


def decode_raw(path: str, file: BinaryIO, hold: Callable[[int], None]) -> Photo:
    """Return the photo in a camera RAW file; `hold` waits for memory, in pixels, and keeps it after this returns."""
    file.seek(0)
    header = read_tiff_header(file)
    taken, exif = read_taken(header), read_exif(header)
    origin: DecodedFrom = "preview"
    with open_raw(path) as raw:
        size = raw.size
        preview = _decode_preview(path, raw.find_preview(), size)
        if preview:
            pixels, facts = preview.pixels, (preview.taken, preview.exif)
        else:
            pixels, origin = _develop(path, raw, hold), "raw"
            facts = raw.read_facts()
    more = fill(exif, facts[1])
    return Photo(path, pixels, size.width, size.height, "RAW", taken or facts[0], more, decoded_from=origin)


def _develop(path: str, raw: Raw, hold: Callable[[int], None]) -> NDArray[np.uint8]:
    pixels = raw.size.width * raw.size.height
    # twice: whether it is a mosaic, or has three colours a pixel, is known only in the midst of it
    hold(2 * check_size(path, pixels, pixels, _COPIES))
    if raw.unpack():
        check_size(path, pixels, pixels, 2 * _COPIES)
    return np.ascontiguousarray(np.asarray(shrink(Image.fromarray(raw.develop()))))


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
    fitting = [
        way for way in (*said, size.orientation, 1) if _is_wide(turn(full, way)) == _is_wide((size.width, size.height))
    ]
    orientation = fitting[0] if fitting else size.orientation
    # not to be held while the RAW data may be waited for
    with holding(plan_size(path, image)):
        return to_photo(path, image, shrink(image), full, orientation, get_camera_colours(exif))


def _is_wide(size: tuple[int, int]) -> bool:
    return size[0] > size[1]
