"""What cameras say: each fact from where it may stand, and nothing of what makes no sense."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore.exif import fill, get_orientation, read_exif, read_taken, read_tiff_header, to_exif
from iqscore.records import Exif
from tests.decoding import decode_bytes
from tests.pictures import make_pixels, to_bytes
from tests.pictures import to_exif as make_exif
from tests.tiffs import FACTS, make_tiff

MAKE, MODEL, LENS = 0x010F, 0x0110, 0xA434
ISO, SHUTTER, APERTURE, FOCAL = 0x8827, 0x829A, 0x829D, 0x920A
SHUTTER_APEX, APERTURE_APEX = 0x9201, 0x9202
FIRST = {MAKE: "Canon", MODEL: "Canon EOS R5"}
INNER = {0x9003: "2026:05:04 10:20:30", LENS: "RF50mm", ISO: 400, SHUTTER: 0.004, APERTURE: 2.8, FOCAL: 50.0}
# decode silences these itself, yet pytest sets its own filters for each test
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")

SAID = Exif("Canon EOS R5", "RF50mm", 400, 0.004, 2.8, 50.0)


def read(first: dict[int, Any], inner: dict[int, Any] | None = None) -> Exif:
    exif = Image.Exif()
    exif.load(make_exif(first, inner or {}))
    return read_exif(exif)


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF", "JXL"])
def test_of_each_format(tmp_path: Path, picture_format: str) -> None:
    import pillow_heif
    import pillow_jxl

    assert pillow_jxl
    pillow_heif.register_heif_opener()
    data = to_bytes(make_pixels(32, 32), picture_format, exif=make_exif(FIRST, INNER))
    photo = decode_bytes(tmp_path, data)
    assert (photo.taken, photo.exif) == ("2026-05-04T10:20:30", SAID)


@pytest.mark.parametrize(
    ("first", "camera"),
    [
        ({MAKE: "NIKON CORPORATION", MODEL: "NIKON D850"}, "NIKON D850"),
        ({MAKE: "Apple", MODEL: "iPhone 13 Pro"}, "Apple iPhone 13 Pro"),
        ({MODEL: "iPhone"}, "iPhone"),
        ({MAKE: "Apple"}, "Apple"),
        ({MAKE: "  ", MODEL: " D \0junk"}, "D"),
        ({MODEL: "\x1b[31mred\r\nline\x07"}, "[31mredline"),
        ({MODEL: "x" * 5000}, "x" * 100),
        ({}, None),
    ],
)
def test_camera(first: dict[int, Any], camera: str | None) -> None:
    assert read(first).camera == camera


@pytest.mark.parametrize(
    ("inner", "field", "value"),
    [
        ({SHUTTER: 1 / 3}, "shutter", 0.333333),
        ({SHUTTER: 0.0}, "shutter", None),
        ({SHUTTER_APEX: 8.0}, "shutter", 0.00390625),
        ({SHUTTER_APEX: 8.0, SHUTTER: 0.004}, "shutter", 0.004),
        ({APERTURE_APEX: 4.0}, "aperture", 4.0),
        ({APERTURE_APEX: 900.0}, "aperture", None),
        ({ISO: (200, 200)}, "iso", 200),
        ({ISO: 0}, "iso", None),
        ({FOCAL: 4.25}, "focal", 4.25),
    ],
)
def test_numbers(inner: dict[int, Any], field: str, value: float | None) -> None:
    assert getattr(read({}, inner), field) == value


def test_what_tiff_ep_has_in_the_first_directory() -> None:
    exif = Image.Exif()
    exif.update({SHUTTER: 0.5, APERTURE: 8.0, FOCAL: 35.0, ISO: 100})
    assert read_exif(exif) == Exif(None, None, 100, 0.5, 8.0, 35.0)


def test_orientation_is_one_of_eight() -> None:
    for value, expected in [(1, 1), (6, 6), (8, 8), (0, 1), (9, 1), ("6", 1), (None, 1)]:
        exif = Image.Exif()
        exif[0x0112] = value
        assert get_orientation(exif) == expected


def test_what_is_lacking_is_filled() -> None:
    more = to_exif(lens="EF", iso=200.0, shutter=0.0, aperture=4.0, focal=float("nan"))
    assert more == Exif(lens="EF", iso=200, aperture=4.0)
    assert fill(Exif(camera="A", iso=100), more) == Exif(camera="A", lens="EF", iso=100, aperture=4.0)


@pytest.mark.parametrize("magic", [b"II*\0", b"IIRO", b"IIU\0"])
def test_of_files_that_are_tiff_inside(magic: bytes) -> None:
    block = make_tiff({MAKE: (2, "Canon"), MODEL: (2, "Canon EOS R5"), 0x8769: (4, 0)}, (FACTS, 0x8769, b""))
    exif = read_tiff_header(io.BytesIO(magic + block[4:]))
    assert read_taken(exif) == "2026-05-04T10:20:30"
    assert read_exif(exif) == Exif("Canon EOS R5", "RF50mm F1.8 STM", 400, 0.004, 2.8, 50.0)


@settings(max_examples=60, deadline=None, database=None)
@given(data=st.binary(max_size=300), flips=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8))
def test_whatever_the_bytes(data: bytes, flips: list[tuple[int, int]]) -> None:
    block = bytearray(make_exif(FIRST, INNER).removeprefix(b"Exif\0\0"))
    for at, value in flips:
        block[at % len(block)] = value
    for start in (bytes(block), b"II*\0\x08\0\0\0" + data):
        said = read_exif(read_tiff_header(io.BytesIO(start)))
        assert said.camera is None or said.camera.isprintable()
        assert said.iso is None or said.iso > 0
        for number in (said.shutter, said.aperture, said.focal):
            assert number is None or 0 < number < float("inf")
