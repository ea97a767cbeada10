"""Camera RAW through rawpy (LibRaw), the only file that knows it: the camera's preview, else the RAW data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray

from iqscore.errors import PhotoError
from iqscore.exif import to_exif
from iqscore.records import Exif

_TO_EXIF_ORIENTATION = {3: 3, 5: 8, 6: 6}
"""From LibRaw's flip: 180°, 90° against the clock, 90° with it."""
_EMPTY = 1 / 16
"""The most rows, as a share, that may be of one value."""
_SRGB_GAMMA = (2.4, 12.92)
_TURNED = {5, 6, 7, 8}


@dataclass(frozen=True, slots=True)
class Size:
    """How large a RAW photo is, upright, and how it has to be turned for that."""

    width: int
    height: int
    orientation: int
    """As in EXIF."""


class Raw:
    """An open RAW photo."""

    def __init__(self, raw: rawpy.RawPy, path: str) -> None:
        self._raw = raw
        self._path = path
        sizes = raw.sizes
        orientation = _TO_EXIF_ORIENTATION.get(sizes.flip, 1)
        sides = (sizes.width, sizes.height)
        width, height = reversed(sides) if orientation in _TURNED else sides
        self.size = Size(width, height, orientation)

    def find_preview(self) -> bytes | NDArray[np.uint8] | None:
        """Return the largest preview within, a JPEG file or pixels (height, width, 3), None where there is none."""
        with suppress(rawpy.LibRawNonFatalError, rawpy.LibRawFatalError, rawpy.NotSupportedError, ValueError):
            preview = self._raw.extract_thumb()
            if preview.format in (rawpy.ThumbFormat.JPEG, rawpy.ThumbFormat.BITMAP):
                # pixels lie in memory of LibRaw's, which goes with the file
                return preview.data if isinstance(preview.data, bytes) else np.array(preview.data)
        return None

    def unpack(self) -> bool:
        """Decode the RAW data; tell whether it has all colours in each pixel, which takes more memory than a mosaic."""
        with translated(self._path):
            self._raw.unpack()
            if self._ends_early():
                raise PhotoError(self._path, "truncated", "the RAW data end too early; copy it again")
            return bool(self._raw.raw_type == rawpy.RawType.Stack)

    def _ends_early(self) -> bool:
        """Tell whether many rows are of one value, as LibRaw makes them of nothing; sensors have noise in the dark."""
        pixels = self._raw.raw_image_visible
        if pixels is None:
            return False
        across = tuple(range(1, pixels.ndim))
        low, high = pixels.min(axis=across), pixels.max(axis=across)
        # a blown sky is of one value, too
        return bool(np.mean((low == high) & (high < self._raw.white_level)) > _EMPTY)

    def develop(self) -> NDArray[np.uint8]:
        """Return the RAW data at half the size, upright, in sRGB, by the camera's white balance (height, width, 3)."""
        with translated(self._path):
            pixels: NDArray[np.uint8] = self._raw.postprocess(
                half_size=True,
                use_camera_wb=True,
                # brightness must not depend on what is in the photo, which would hide that it is too dark
                no_auto_bright=True,
                adjust_maximum_thr=0.0,
                gamma=_SRGB_GAMMA,
                output_bps=8,
            )
            return pixels

    def read_facts(self) -> tuple[str | None, Exif]:
        """Return when the photo was taken, and with what, as LibRaw says after `develop`."""
        with suppress(Exception):
            other, lens = self._raw.other, self._raw.lens
            exif = to_exif(
                lens=lens.model,
                iso=other.iso_speed,
                shutter=other.shutter_speed,
                aperture=other.aperture,
                focal=other.focal_length,
            )
            # 0, the beginning of 1970, is LibRaw's word for unknown
            return (other.timestamp.isoformat() if other.timestamp.year > 1970 else None), exif
        return None, Exif()


@contextmanager
def open_raw(path: str) -> Iterator[Raw]:
    """Yield a RAW photo with what its header says; PhotoError where LibRaw cannot read it."""
    with rawpy.RawPy() as raw:
        with translated(path):
            _open(raw, path)
        yield Raw(raw, path)


def _open(raw: rawpy.RawPy, path: str) -> None:
    # LibRaw writes the name of a damaged file to standard error as it is; rawpy takes no name that is not UTF-8
    if path.isprintable():
        raw.open_file(path)
    else:
        with Path(path).open("rb") as file:
            raw.open_buffer(file)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Tell what LibRaw complains of as a PhotoError."""
    try:
        yield
    except rawpy.LibRawFileUnsupportedError as error:
        words = f"no camera RAW that {get_library()} reads; export a JPEG and score that"
        raise PhotoError(path, "unsupported", words) from error
    except (rawpy.LibRawUnsufficientMemoryError, rawpy.LibRawTooBigError, MemoryError) as error:
        raise PhotoError(path, "too_large", "not enough memory to decode it; score a smaller copy") from error
    except rawpy.LibRawIOError as error:
        raise PhotoError(path, "truncated", "the file ends too early; copy it again") from error
    except rawpy.LibRawError as error:
        raise PhotoError(path, "corrupt", "the RAW data is damaged; copy it again") from error


def get_library() -> str:
    """Return what decodes, with its version."""
    return f"LibRaw {'.'.join(map(str, rawpy.libraw_version))}"
