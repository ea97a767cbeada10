"""A decoded photo, and how it is made of an image and what that was shrunk to."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.codepoints import Nclx
from iqscore.exif import read_exif, read_taken
from iqscore.picture import finish
from iqscore.records import DecodedFrom, Exif

_TURNED = {5, 6, 7, 8}


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


def to_photo(
    path: str, image: Image.Image, shrunk: Image.Image, full: tuple[int, int], orientation: int, colours: Nclx | None
) -> Photo:
    """Return a photo of its full size before it is turned, of its image and what that was shrunk to."""
    exif = image.getexif()
    pixels, is_hdr = finish(shrunk, orientation, image.info.get("icc_profile"), colours)
    width, height = turn(full, orientation)
    name = "JPEG" if image.format == "MPO" else str(image.format)
    return Photo(path, pixels, width, height, name, read_taken(exif), read_exif(exif), hdr=is_hdr)


def turn(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return (width, height) as they are after a turn to upright."""
    return (size[1], size[0]) if orientation in _TURNED else size
