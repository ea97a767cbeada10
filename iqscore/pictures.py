"""Photos that are in memory: the bytes of a file, a Pillow image or a NumPy array, made ready to be scored."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from iqscore.colour import flatten, to_8_bits, to_shrinkable, to_srgb, to_upright
from iqscore.decode import Photo
from iqscore.errors import PhotoError
from iqscore.picture import VIEW_LONG_SIDE

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
    floats from 0 to 1. Raises PhotoError where an image cannot be read, TypeError or ValueError for other arrays.
    """
    if not isinstance(image, Image.Image):
        return _to_photo(_to_image(image), name, "array", orientation=1)
    try:
        # a copy has its own state: what is lazily loaded, and at which scale, stays the caller's
        copy = image.copy()
    except Exception as error:
        raise PhotoError(name, "corrupt", f"the image cannot be loaded ({error})") from error
    return _to_photo(copy, name, image.format or "image", orientation=_read_orientation(image))


def _to_photo(image: Image.Image, name: str, format: str, *, orientation: object) -> Photo:
    step = max(image.size) // VIEW_LONG_SIDE
    shrinkable = to_shrinkable(image)
    shrunk = shrinkable.reduce(step) if step > 1 else shrinkable
    upright = to_upright(to_8_bits(shrunk), orientation)
    pixels = np.asarray(to_srgb(flatten(upright), image.info.get("icc_profile")))
    width, height = reversed(image.size) if orientation in {5, 6, 7, 8} else image.size
    return Photo(
        path=name, pixels=np.ascontiguousarray(pixels), width=width, height=height, format=format, taken=None
    )  # fmt: skip


def _read_orientation(image: Image.Image) -> object:
    with suppress(Exception):  # broken metadata is no reason to refuse a photo
        return image.getexif().get(ExifTags.Base.Orientation)
    return 1


def _to_image(array: NDArray[Any]) -> Image.Image:
    """Return an 8-bit image of an array."""
    if array.ndim not in (2, 3) or 0 in array.shape or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ValueError(f"not the shape of an image: {array.shape}; (height, width), or with 3 or 4 channels")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(_to_bytes(array)))


def _to_bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.uint8:
        return array
    white = 1.0 if np.issubdtype(array.dtype, np.floating) else _WHITE.get(array.dtype)
    if white is None:
        raise TypeError(f"not the numbers of an image: {array.dtype}; uint8, uint16, or floats from 0 to 1")
    values = np.nan_to_num(array.astype(np.float64), nan=0.0, posinf=white, neginf=0.0)
    return np.rint(np.clip(values / white, 0.0, 1.0) * 255.0).astype(np.uint8)
