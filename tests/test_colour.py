"""Colours: every kind of pixel becomes 8-bit sRGB."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.decoding import decode_bytes, distance
from tests.pictures import (
    make_pixels,
    make_srgb_profile,
    make_swapped_profile,
    to_bytes,
)

# decode silences these itself, yet pytest sets its own filters for each test
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")


def test_wide_grey_is_scaled_not_clipped(tmp_path: Path) -> None:
    ramp = np.linspace(0, 65535, 40 * 20).reshape(20, 40)
    expected = np.repeat((ramp / 257)[..., None], 3, axis=2).astype(np.uint8)
    files = [
        to_bytes(Image.fromarray(ramp.astype("<u2")), "PNG"),
        to_bytes(Image.fromarray(ramp.astype("<u2")), "TIFF"),
        to_bytes(Image.fromarray(ramp.astype(">u2")), "TIFF"),
        to_bytes(Image.fromarray(ramp.astype("<i4")), "TIFF"),
        to_bytes(Image.fromarray((ramp / 65535).astype("<f4")), "TIFF"),
        to_bytes(Image.fromarray((ramp / 257).astype("<f4")), "TIFF"),
    ]
    for data in files:
        assert distance(decode_bytes(tmp_path, data), expected) <= 1


def test_float_white_is_one_even_where_light_is_brighter(tmp_path: Path) -> None:
    values = np.array([[0.0, 0.5, 1.0, 1.4, np.nan]], dtype="<f4")
    photo = decode_bytes(tmp_path, to_bytes(Image.fromarray(values), "TIFF"))
    assert photo.pixels[0, :, 0].tolist() == [0, 128, 255, 255, 0]


def test_alpha_lies_on_white(tmp_path: Path) -> None:
    colour = Image.new("RGBA", (4, 1), (200, 0, 0, 0))
    colour.putpixel((1, 0), (200, 0, 0, 255))
    grey = Image.new("LA", (4, 1), (10, 0))
    grey.putpixel((1, 0), (10, 255))
    keyed = Image.new("RGB", (4, 1), (9, 9, 9))
    palette = colour.convert("RGBA").quantize(4)
    for image, options, opaque in [
        (colour, {}, [200, 0, 0]),
        (grey, {}, [10, 10, 10]),
        (palette, {}, [200, 0, 0]),
        (keyed, {"transparency": (9, 9, 9)}, [255, 255, 255]),
    ]:
        photo = decode_bytes(tmp_path, to_bytes(image, "PNG", **options))
        assert photo.pixels[0, 0].tolist() == [255, 255, 255]
        assert np.abs(photo.pixels[0, 1].astype(int) - opaque).max() <= 2


def test_one_bit_palette_and_cmyk(tmp_path: Path) -> None:
    checker = Image.new("1", (3200, 2))
    checker.paste(1, (1600, 0, 3200, 2))
    assert decode_bytes(tmp_path, to_bytes(checker, "PNG")).pixels[0, [0, -1], 0].tolist() == [0, 255]
    palette = Image.fromarray(make_pixels(40, 30)).quantize(200)
    assert distance(decode_bytes(tmp_path, to_bytes(palette, "PNG")), make_pixels(40, 30)) < 12
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    assert np.abs(decode_bytes(tmp_path, to_bytes(cyan, "JPEG")).pixels - [0, 255, 255.0]).max() < 6


@pytest.mark.parametrize("picture_format", ["PNG", "JPEG", "WEBP", "TIFF", "AVIF"])
def test_icc_profile_is_applied(tmp_path: Path, picture_format: str) -> None:
    red = Image.new("RGB", (16, 16), (255, 0, 0))
    photo = decode_bytes(tmp_path, to_bytes(red, picture_format, icc_profile=make_swapped_profile()))
    assert np.abs(photo.pixels - [0.0, 0, 255]).max() < 10


@pytest.mark.parametrize("profile", [make_srgb_profile(), b"garbage" * 40, make_swapped_profile()[:300]])
def test_srgb_and_broken_profiles_change_nothing(tmp_path: Path, profile: bytes) -> None:
    pixels = make_pixels(40, 30)
    data = to_bytes(pixels, "PNG", icc_profile=profile)
    assert np.array_equal(decode_bytes(tmp_path, data).pixels, pixels)


def test_profile_of_another_colour_space_is_ignored(tmp_path: Path) -> None:
    cyan = Image.new("CMYK", (16, 16), (255, 0, 0, 0))
    photo = decode_bytes(tmp_path, to_bytes(cyan, "JPEG", icc_profile=make_swapped_profile()))
    assert np.abs(photo.pixels - [0, 255, 255.0]).max() < 6
