"""TIFF that Pillow does not read, or reads wrongly, through tifffile, the only file that knows it.

That is: floating point, 32 bits, colours of more than 8 bits in planes of their own, grey with alpha, Lab of 16 bits.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib.util import find_spec
from itertools import islice
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from iqscore.errors import PhotoError
from iqscore.readers import get_version

_ODD = "TIFF of a kind that iqscore does not read; export it with 8 or 16 bits"
_UNPACKED = "TIFF packed in this way needs imagecodecs, which is not installed; pip install 'iqscore[tiff]'"
_MOST_PAGES = 8
_ROWS = 256
"""Rows that are brought to 8 bits at a time."""
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _INKS, _LAB = 0, 1, 2, 5, 8
_MODES = {
    (_WHITE_IS_ZERO, 1): "L",
    (_BLACK_IS_ZERO, 1): "L",
    (_BLACK_IS_ZERO, 2): "LA",
    (_RGB, 3): "RGB",
    (_RGB, 4): "RGBA",
    (_INKS, 4): "CMYK",
    (_LAB, 3): "LAB",
}
"""By what the numbers mean, and how many there are in a pixel."""
_ALPHAS = {1, 2}
_WHITES = ((16.0, 1.0), (510.0, 255.0), (65535.0, 65535.0))
"""Of floating point: (highest peak, white that it speaks for); light brighter than white is usual."""

Array = NDArray[Any]

# it tells what is odd in a file; whether that matters is seen here
logging.getLogger("tifffile").setLevel(logging.CRITICAL + 1)


def read_image(path: str, file: BinaryIO, check: Callable[[int, float], None], *, linear: bool) -> Image.Image:
    """Return the first picture of a file that is no thumbnail, in 8 bits; PhotoError where it is of another kind.

    `check` is told, before they are read, of how many pixels there are and how often four bytes each are held. With
    `linear`, numbers in floating point stand for light and are brought to those of sRGB.
    """
    with tifffile.TiffFile(file) as tiff:
        page = _choose(tiff)
        mode, count = _find_mode(page) if page else (None, 0)
        if page is None or page.dtype is None or mode is None:
            raise PhotoError(path, "unsupported", _ODD)
        size = (page.imagewidth, page.imagelength)
        if page.compression != 1 and not _has_codecs():
            raise PhotoError(path, "unsupported", _UNPACKED)
        # a whole strip, packed, and what it unpacks to may be there beside all of the picture
        held = page.samplesperpixel * page.dtype.itemsize * (1 if page.compression == 1 else 3)
        check(size[0] * size[1], (held + count + 4) / 4)
        _check_length(page, tiff.filehandle.size)
        values = page.asarray(maxworkers=1)
    planes = values if values.ndim == 3 else values[None]
    if values.ndim == 3 and page.planarconfig == 1:
        planes = np.moveaxis(values, 2, 0)
    return Image.frombuffer(mode, size, _to_8_bits(planes[:count], page, linear=linear), "raw", mode, 0, 1)


def _choose(tiff: tifffile.TiffFile) -> tifffile.TiffPage | None:
    pages = (page for page in islice(tiff.pages, _MOST_PAGES) if isinstance(page, tifffile.TiffPage))
    return next((page for page in pages if not page.is_reduced), None)


def _check_length(page: tifffile.TiffPage, size: int) -> None:
    """Raise EOFError where parts of a picture are beyond the end of its file, or were never written."""
    ends = [at + count if count else size + 1 for at, count in zip(page.dataoffsets, page.databytecounts, strict=True)]
    if not ends or max(ends) > size:
        raise EOFError


def _find_mode(page: tifffile.TiffPage) -> tuple[str | None, int]:
    """Return Pillow's mode of what is in a page, None for no such, and how many numbers a pixel has in it."""
    has_alpha = bool(page.extrasamples) and int(page.extrasamples[0]) in _ALPHAS
    count = page.samplesperpixel - len(page.extrasamples) + has_alpha
    is_plain = page.dtype is not None and page.dtype.kind in "uf" and page.imagedepth == 1
    mode = _MODES.get((int(page.photometric), count)) if is_plain else None
    return (None if mode == "LAB" and page.dtype != np.uint16 else mode), count


def _to_8_bits(planes: Array, page: tifffile.TiffPage, *, linear: bool) -> NDArray[np.uint8]:
    """Return planes (count, height, width) as pixels (height, width, count)."""
    white, is_lab = _find_white(planes, page), page.photometric == _LAB
    pixels = np.empty((*planes.shape[1:], len(planes)), np.uint8)
    for top in range(0, planes.shape[1], _ROWS):
        rows = planes[:, top : top + _ROWS]
        if is_lab:
            done = (rows >> 8).astype(np.uint8)
        else:
            shares = np.clip(np.nan_to_num(rows.astype(np.float64) / white, nan=0.0), 0.0, 1.0)
            colours = slice(None, -1 if page.extrasamples and len(planes) in (2, 4) else None)
            shares[colours] = _from_light(shares[colours]) if linear and rows.dtype.kind == "f" else shares[colours]
            shares = 1.0 - shares if page.photometric == _WHITE_IS_ZERO else shares
            done = np.rint(shares * 255.0).astype(np.uint8)
        pixels[top : top + _ROWS] = np.moveaxis(done, 0, 2)
    return pixels


def _find_white(planes: Array, page: tifffile.TiffPage) -> float:
    if planes.dtype.kind == "u":
        return float((1 << page.bitspersample) - 1)
    peak = float(np.max(planes, initial=0.0, where=np.isfinite(planes)))
    return next((white for highest, white in _WHITES if peak <= highest), peak)


def _from_light(light: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def _has_codecs() -> bool:
    # without them tifffile unpacks ZIP by itself, to whatever size that comes
    return find_spec("imagecodecs") is not None


def get_library() -> str:
    """Return what opens packed files."""
    return f"imagecodecs {get_version('imagecodecs')}" if _has_codecs() else "none that is packed"
