"""Decoding what a test made, and how far off it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from iqscore.decode import Photo, decode_photo
from iqscore.errors import PhotoError
from tests.pictures import (
    Pixels,
)


def decode_bytes(folder: Path, data: bytes, name: str = "photo.jpg") -> Photo:
    path = folder / name
    path.write_bytes(data)
    return decode_photo(str(path))


def code_of(folder: Path, data: bytes, name: str = "photo.jpg") -> str:
    with pytest.raises(PhotoError) as caught:
        decode_bytes(folder, data, name)
    assert caught.value.path == str(folder / name)
    assert caught.value.message
    assert "\n" not in caught.value.message
    return caught.value.code


def distance(photo: Photo, expected: Pixels) -> float:
    """Return the mean difference in levels."""
    assert photo.pixels.shape == expected.shape
    return float(np.abs(photo.pixels.astype(float) - expected).mean())
