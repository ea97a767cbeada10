"""Which TIFF files are beyond Pillow, and how those become photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from PIL import ExifTags, TiffImagePlugin

from iqscore.colour import is_linear_profile
from iqscore.exif import get_orientation, read_exif, read_taken, read_tiff_header
from iqscore.photo import Photo, turn
from iqscore.picture import check_size, finish, shrink

Tags = TiffImagePlugin.ImageFileDirectory_v2

KIND = "TIFF of 32 bits"
"""A key of readers.READERS."""

_PLANES, _WHITE_IS_ZERO = 2, 0
_PACKED_OTHERWISE = {34712, 34887, 50000, 50001, 50002}
"""JPEG 2000, LERC, Zstandard, WebP and JPEG XL, which libtiff as it comes with Pillow does not open."""
_ICC = 34675
_DNG_VERSION = 50706
_BIG = {b"II+\0", b"MM\0+"}
"""BigTIFF, whose directories Pillow's reader of EXIF does not know."""


def is_beyond_pillow(tags: Tags) -> bool:
    """Tell whether Pillow would show other pixels than those of a TIFF with these tags, or none."""
    said = tags.get(ExifTags.Base.BitsPerSample, 8)
    bits = max(said) if isinstance(said, tuple) and said else said
    if tags.get(ExifTags.Base.Compression) in _PACKED_OTHERWISE:
        return True
    many = tags.get(ExifTags.Base.SamplesPerPixel, 1) > 1
    in_planes = many and tags.get(ExifTags.Base.PlanarConfiguration) == _PLANES
    is_white_zero = tags.get(ExifTags.Base.PhotometricInterpretation) == _WHITE_IS_ZERO
    return isinstance(bits, int) and bits > 8 and (in_planes or is_white_zero)


def is_picture(file: BinaryIO) -> bool:
    """Tell whether the first directory of a TIFF file, read from here, speaks of a picture."""
    if file.read(4) in _BIG:
        return True
    file.seek(0)
    tags = read_tiff_header(file)
    where = {ExifTags.Base.StripOffsets, ExifTags.Base.TileOffsets, _DNG_VERSION}
    return ExifTags.Base.ImageWidth in tags and not where.isdisjoint(tags.keys())


def decode_tiff(path: str, file: BinaryIO, hold: Callable[[int], None]) -> Photo:
    """Return the photo in a TIFF file that Pillow does not read; `hold` waits for memory, in pixels of four bytes."""
    from iqscore import tiff

    file.seek(0)
    header = read_tiff_header(file)
    said = header.get(_ICC)
    profile = said if isinstance(said, bytes) else None
    linear = is_linear_profile(profile)

    def check(pixels: int, copies: float) -> None:
        hold(check_size(path, pixels, int(pixels * copies), 1))

    file.seek(0)
    image = tiff.read_image(path, file, check, linear=linear)
    orientation = get_orientation(header)
    pixels, _ = finish(shrink(image), orientation, None if linear else profile, None)
    width, height = turn(image.size, orientation)
    return Photo(path, pixels, width, height, "TIFF", read_taken(header), read_exif(header))
