"""Decoding: the right pixels from good files, at the right size and upright."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore.decode import decode_photo
from iqscore.picture import VIEW_LONG_SIDE
from tests.decoding import decode_bytes, distance
from tests.pictures import (
    Pixels,
    make_pixels,
    make_swapped_profile,
    to_bytes,
    to_exif,
)

FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"]
ORIENTATION, DATE_TIME, DATE_TIME_ORIGINAL = 0x0112, 0x0132, 0x9003
UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored.swapaxes(0, 1), 2),
    8: lambda stored: np.rot90(stored, 1),
}


# decode silences these itself, yet pytest sets its own filters for each test
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")


@pytest.mark.parametrize("picture_format", FORMATS)
def test_each_format_by_content_whatever_the_suffix(tmp_path: Path, picture_format: str) -> None:
    pixels = make_pixels(60, 40)
    photo = decode_bytes(tmp_path, to_bytes(pixels, picture_format), "photo.txt")
    assert (photo.width, photo.height, photo.format) == (60, 40, picture_format)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.flags.c_contiguous
    assert distance(photo, pixels) < (12 if picture_format == "GIF" else 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_orientation(tmp_path: Path, picture_format: str, orientation: int) -> None:
    stored = make_pixels(56, 24)
    exif = to_exif({ORIENTATION: orientation})
    photo = decode_bytes(tmp_path, to_bytes(stored, picture_format, exif=exif))
    expected = UPRIGHT[orientation](stored)
    assert (photo.height, photo.width) == expected.shape[:2]
    assert distance(photo, expected) < 4


def test_orientation_of_a_shrunk_photo(tmp_path: Path) -> None:
    exif = to_exif({ORIENTATION: 6})
    photo = decode_bytes(tmp_path, to_bytes(make_pixels(3100, 100), "JPEG", exif=exif))
    assert (photo.width, photo.height) == (100, 3100)
    assert photo.pixels.shape == (1550, 50, 3)


@pytest.mark.parametrize("picture_format", ["JPEG", "TIFF", "PNG"])
@pytest.mark.parametrize("value", [0, 9, 77])
def test_orientation_out_of_range_is_none(tmp_path: Path, picture_format: str, value: int) -> None:
    pixels = make_pixels(30, 20)
    photo = decode_bytes(tmp_path, to_bytes(pixels, picture_format, exif=to_exif({ORIENTATION: value})))
    assert distance(photo, pixels) < 3


def test_broken_exif_survives(tmp_path: Path) -> None:
    pixels = make_pixels(30, 20)
    exif = b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + bytes(range(200))
    photo = decode_bytes(tmp_path, to_bytes(pixels, "JPEG", exif=exif))
    assert distance(photo, pixels) < 3
    assert photo.taken is None


@pytest.mark.parametrize(
    ("tags", "inner", "taken"),
    [
        ({DATE_TIME: "2023:04:05 06:07:08"}, {}, "2023-04-05T06:07:08"),
        (
            {DATE_TIME: "2023:04:05 06:07:08"},
            {DATE_TIME_ORIGINAL: "2020:01:02 03:04:05"},
            "2020-01-02T03:04:05",
        ),
        (
            {DATE_TIME: "2023:04:05 06:07:08"},
            {DATE_TIME_ORIGINAL: "0000:00:00 00:00:00"},
            "2023-04-05T06:07:08",
        ),
        ({}, {DATE_TIME_ORIGINAL: "0000:00:00 00:00:00"}, None),
        ({}, {DATE_TIME_ORIGINAL: "2020:02:31 03:04:05"}, None),
        ({}, {DATE_TIME_ORIGINAL: "    :  :     :  :  "}, None),
        ({}, {}, None),
    ],
)
@pytest.mark.parametrize("picture_format", ["JPEG", "TIFF", "PNG"])
def test_taken(
    tmp_path: Path, picture_format: str, tags: dict[int, Any], inner: dict[int, Any], taken: str | None
) -> None:
    data = to_bytes(make_pixels(8, 8), picture_format, exif=to_exif(tags, inner))
    assert decode_bytes(tmp_path, data).taken == taken


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(width=st.integers(1, 400), height=st.integers(1, 400), seed=st.integers(0, 99))
def test_png_keeps_size_and_pixels(tmp_path: Path, width: int, height: int, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3)).astype(np.uint8)
    photo = decode_bytes(tmp_path, to_bytes(pixels, "PNG", compress_level=0))
    assert (photo.width, photo.height) == (width, height)
    assert np.array_equal(photo.pixels, pixels)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG"])
@pytest.mark.parametrize(
    ("width", "height"),
    [
        *[(1, 1), (1, 2000), (1499, 9), (1500, 99), (2999, 9), (3000, 7), (3001, 17), (5999, 40), (6000, 3)],
        *[(50, 7501), (12100, 242), (24001, 1), (65000, 2)],
    ],
)
def test_long_side_at_view_scale(tmp_path: Path, picture_format: str, width: int, height: int) -> None:
    photo = decode_bytes(tmp_path, to_bytes(make_pixels(width, height), picture_format))
    assert (photo.width, photo.height) == (width, height)
    if max(width, height) < VIEW_LONG_SIDE:
        assert photo.pixels.shape == (height, width, 3)
    else:
        assert VIEW_LONG_SIDE <= max(photo.pixels.shape) < 2 * VIEW_LONG_SIDE
    exact = min(width, height) * max(photo.pixels.shape[:2]) / max(width, height)
    assert abs(min(photo.pixels.shape[:2]) - exact) <= 1


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_shrinking_keeps_the_picture(tmp_path: Path, picture_format: str) -> None:
    photo = decode_bytes(tmp_path, to_bytes(make_pixels(3200, 400), picture_format))
    assert distance(photo, make_pixels(1600, 200)) < 3


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "TIFF", "MPO"])
def test_first_frame_of_many(tmp_path: Path, picture_format: str) -> None:
    first, second = Image.new("RGB", (30, 20), (250, 0, 0)), Image.new("RGB", (30, 20), (0, 0, 250))
    data = to_bytes(first, picture_format, save_all=True, append_images=[second])
    photo = decode_bytes(tmp_path, data)
    assert np.abs(photo.pixels - [250.0, 0, 0]).max() < 8
    assert photo.format == ("JPEG" if picture_format == "MPO" else picture_format)


@pytest.mark.parametrize("name", ["new\nline.png", os.fsdecode(b"latin\xe9.png"), "-rf.png", "ünï.png"])
def test_odd_names(tmp_path: Path, name: str) -> None:
    photo = decode_bytes(tmp_path, to_bytes(make_pixels(9, 5), "PNG"), name)
    assert photo.path == f"{tmp_path}/{name}"
    assert photo.width == 9


def test_threads_agree_with_one_after_the_other(tmp_path: Path) -> None:
    paths = []
    for number, picture_format in enumerate(["PNG", "JPEG", "WEBP", "TIFF"] * 3):
        path = tmp_path / f"{number}"
        path.write_bytes(to_bytes(make_pixels(90 + number, 60), picture_format, icc_profile=make_swapped_profile()))
        paths.append(str(path))
    serial = [decode_photo(path).pixels for path in paths]
    with ThreadPoolExecutor(4) as pool:
        threaded = [photo.pixels for photo in pool.map(decode_photo, paths)]
    assert all(np.array_equal(one, other) for one, other in zip(serial, threaded, strict=True))
