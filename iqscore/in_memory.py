"""Photos that are in memory: the bytes of a file, a Pillow image or a NumPy array, made ready to be scored."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.decode import read_colours
from iqscore.errors import PhotoError
from iqscore.exif import get_orientation
from iqscore.limits import holding
from iqscore.photo import Photo
from iqscore.photo import to_photo as to_photo_of
from iqscore.picture import check_size, count_copies, shrink

_COPIES = 3
"""How often four bytes a pixel are in memory at once while an array is made ready."""
_ROWS = 256
"""Rows that are brought to 8 bits at a time."""
_WHITE = {np.dtype(np.uint16): 65535.0}


@contextmanager
def open_file_of(data: bytes) -> Iterator[str]:
    """Yield the path of a file with these bytes, which is gone when this is left: decoders know files."""
    descriptor, path = tempfile.mkstemp(prefix="iqscore-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        yield path
    finally:
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108


def to_photo(image: Image.Image | NDArray[Any], name: str) -> Photo:
    """Return a photo of an image, upright and in sRGB as a file's would be; the image stays as it is.

    Arrays are (height, width), (height, width, 3) or with a fourth channel of transparency, sRGB, of 8 or 16 bits or of
    floats from 0 to 1. What it takes counts among the photos in the works. Raises PhotoError where an image cannot be
    read or is too large, TypeError or ValueError for other arrays.
    """
    if not isinstance(image, Image.Image):
        _check_array(image)
        height, width = image.shape[:2]
        with holding(check_size(name, height * width, height * width, _COPIES)):
            return _to_photo(_to_image(image), name, "array")
    with holding(check_size(name, image.width * image.height, image.width * image.height, count_copies(image))):
        return _to_photo(image, name, image.format or "image")


def _to_photo(image: Image.Image, name: str, format: str) -> Photo:
    try:
        # only a file that was not loaded yet can be asked
        colours = read_colours(getattr(image, "fp", None), image)
        shrunk = shrink(image)
    except Exception as error:
        code = "truncated" if "truncated" in str(error) else "corrupt"
        raise PhotoError(name, code, f"the image cannot be loaded ({error})") from error
    # of JPEG XL libjxl has done it
    is_upright = image.format == "JXL" and not getattr(image, "jpeg", False)
    photo = to_photo_of(name, image, shrunk, image.size, 1 if is_upright else _read_orientation(image), colours)
    return photo if image.format else replace(photo, format=format)


def _read_orientation(image: Image.Image) -> int:
    try:
        return get_orientation(image.getexif())
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse a photo
        return 1


def _check_array(array: NDArray[Any]) -> None:
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ValueError(f"not the shape of an image: {array.shape}; (height, width), or with 3 or 4 channels")


def _to_image(array: NDArray[Any]) -> Image.Image:
    """Return an 8-bit image of an array."""
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(_to_bytes(array)))


def _to_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    white = 1.0 if np.issubdtype(array.dtype, np.floating) else _WHITE.get(array.dtype)
    if white is None:
        raise TypeError(f"not the numbers of an image: {array.dtype}; uint8, uint16, or floats from 0 to 1")
    pixels = np.empty(array.shape, np.uint8)
    for top in range(0, len(array), _ROWS):
        values = np.nan_to_num(array[top : top + _ROWS].astype(np.float64), nan=0.0, posinf=white, neginf=0.0)
        pixels[top : top + _ROWS] = np.rint(np.clip(values / white, 0.0, 1.0) * 255.0)
    return pixels
