"""Decoding: the right pixels from good files, a PhotoError and nothing else from bad ones."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore import decode
from iqscore.decode import VIEW_LONG_SIDE, Photo, decode_photo
from iqscore.errors import PhotoError
from tests.pictures import (
    Pixels,
    make_pixels,
    make_png_header,
    make_srgb_profile,
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

hostile = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
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


@pytest.mark.parametrize("picture_format", ["GIF", "WEBP", "TIFF", "MPO"])
def test_first_frame_of_many(tmp_path: Path, picture_format: str) -> None:
    first, second = Image.new("RGB", (30, 20), (250, 0, 0)), Image.new("RGB", (30, 20), (0, 0, 250))
    data = to_bytes(first, picture_format, save_all=True, append_images=[second])
    photo = decode_bytes(tmp_path, data)
    assert np.abs(photo.pixels - [250.0, 0, 0]).max() < 8
    assert photo.format == ("JPEG" if picture_format == "MPO" else picture_format)


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


def test_pixel_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = make_pixels(3200, 800)
    baseline, progressive = to_bytes(pixels, "JPEG"), to_bytes(pixels, "JPEG", progressive=True)
    monkeypatch.setattr(decode, "MAX_PIXELS", 1_000_000)
    assert decode_bytes(tmp_path, baseline).width == 3200
    assert code_of(tmp_path, progressive) == "too_large"
    assert code_of(tmp_path, to_bytes(pixels, "PNG")) == "too_large"
    monkeypatch.setattr(decode, "MAX_FULL_PIXELS", 2_000_000)
    assert code_of(tmp_path, baseline) == "too_large"


def test_bomb_is_refused_before_its_pixels(tmp_path: Path) -> None:
    # were it decoded, it would end as truncated
    assert code_of(tmp_path, make_png_header(30_000, 30_000)) == "too_large"
    assert code_of(tmp_path, make_png_header(3_000, 3_000)) == "truncated"


@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_truncated(tmp_path: Path, picture_format: str, share: float) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    options = {"compression": "tiff_lzw"} if picture_format == "TIFF" else {}
    data = to_bytes(noise, picture_format, **options)
    assert code_of(tmp_path, data[: int(len(data) * share)]) == "truncated"


def test_damaged(tmp_path: Path) -> None:
    data = bytearray(to_bytes(make_pixels(64, 64), "PNG"))
    at = data.index(b"IDAT") + 30
    data[at : at + 8] = bytes(8)
    assert code_of(tmp_path, bytes(data)) == "corrupt"
    assert code_of(tmp_path, b"\x89PNG\r\n\x1a\n" + bytes(100)) == "corrupt"


def test_not_pictures(tmp_path: Path) -> None:
    assert code_of(tmp_path, b"") == "empty"
    assert code_of(tmp_path, b"Dear diary,\n") == "unrecognised"
    assert code_of(tmp_path, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n") == "unrecognised"
    assert code_of(tmp_path, to_bytes(make_pixels(8, 8), "PPM")) == "unrecognised"
    assert code_of(tmp_path, b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + bytes(64), "clip.mp4") == "unrecognised"


def make_ftyp(*brands: bytes) -> bytes:
    body = b"ftyp" + brands[0] + bytes(4) + b"".join(brands[1:])
    return struct.pack(">I", 4 + len(body)) + body + bytes(64)


def test_known_but_not_read(tmp_path: Path) -> None:
    tiny = to_bytes(make_pixels(8, 8), "TIFF")
    dng = to_bytes(make_pixels(8, 8), "TIFF", tiffinfo={50706: b"\x01\x04\0\0"})
    thumbnail = to_bytes(make_pixels(8, 8), "TIFF", tiffinfo={254: 1})
    for data, name in [
        (make_ftyp(b"heic", b"mif1", b"heic"), "a.jpg"),
        (make_ftyp(b"mif1", b"mif1", b"heic"), "a.heic"),
        (make_ftyp(b"crx ", b"crx ", b"isom"), "a.jpg"),
        (b"\xff\x0a" + bytes(20), "a.jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20), "a.jpg"),
        (b"FUJIFILMCCD-RAW 0201", "a.jpg"),
        (tiny, "a.NEF"),
        (dng, "a.tif"),
        (thumbnail, "a.tif"),
        (b"HEAPCCDR" + bytes(40), "a.crw"),
    ]:
        assert code_of(tmp_path, data, name) == "unsupported", (name, data[:16])
    assert decode_bytes(tmp_path, tiny, "a.tif").format == "TIFF"
    assert decode_bytes(tmp_path, to_bytes(make_pixels(8, 8), "JPEG"), "a.dng").format == "JPEG"


def test_message_names_the_kind(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"^HEIC photos are not read yet; "):
        decode_bytes(tmp_path, make_ftyp(b"heic", b"heic"))


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    for name, code in [
        ("pipe.jpg", "not_a_file"),
        ("", "not_a_file"),
        ("none.jpg", "not_found"),
        ("a\0b", "not_found"),
    ]:
        with pytest.raises(PhotoError) as caught:
            decode_photo(f"{tmp_path}/{name}")
        assert caught.value.code == code


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(PhotoError) as caught:
        decode_photo(str(path))
    assert caught.value.code == "unreadable"


def test_unreadable_by_the_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_to_read(*_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    def fail_to_open(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(decode, "_check_kind", fail_to_read)
    assert code_of(tmp_path, b"x") == "unreadable"
    monkeypatch.setattr(decode, "_check_file", fail_to_open)
    assert code_of(tmp_path, b"x") == "unreadable"


def test_out_of_memory_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(decode, "_decode", fail)
    assert code_of(tmp_path, to_bytes(make_pixels(8, 8), "PNG")) == "too_large"


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


def test_nothing_on_stderr(tmp_path: Path) -> None:
    exif = b"Exif\0\0II*\0\x08\0\0\0\x09\0" + bytes(30)
    (tmp_path / "exif.jpg").write_bytes(to_bytes(make_pixels(20, 20), "JPEG", exif=exif))
    (tmp_path / "cut.tif").write_bytes(to_bytes(make_pixels(99, 99), "TIFF", compression="tiff_lzw")[:900])
    program = (
        "import sys, warnings; warnings.simplefilter('always')\n"
        "from iqscore.decode import decode_photo\n"
        "for path in sys.argv[1:]:\n"
        "    try: decode_photo(path)\n"
        "    except Exception as error: print(error.code)\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "exif.jpg"), str(tmp_path / "cut.tif")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ended.stdout, ended.stderr) == ("truncated\n", "")


MAGIC = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"GIF89a",
]
MAGIC += [b"BM", b"RIFF\x40\0\0\0WEBPVP8 ", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", b"II+\0\x08\0\0\0"]


def judge(folder: Path, data: bytes) -> str:
    """Return "photo" or the code of the PhotoError; anything else is raised."""
    try:
        photo = decode_bytes(folder, data)
    except PhotoError as error:
        return error.code
    return "photo" if photo.pixels.shape[2] == 3 and photo.pixels.size else "no pixels"


VERDICTS = {"photo", "empty", "unrecognised", "unsupported", "truncated", "corrupt", "too_large"}


@hostile
@given(magic=st.sampled_from(MAGIC), rest=st.binary(max_size=300))
def test_random_bytes_give_a_photo_or_a_photo_error(tmp_path: Path, magic: bytes, rest: bytes) -> None:
    assert judge(tmp_path, magic + rest) in VERDICTS


EXIF = to_exif({ORIENTATION: 6, DATE_TIME: "2023:04:05 06:07:08"}, {DATE_TIME_ORIGINAL: "2020:01:02 03:04:05"})
GOOD = [to_bytes(make_pixels(24, 16), name, **({} if name in {"GIF", "BMP"} else {"exif": EXIF})) for name in FORMATS]


@hostile
@given(
    data=st.sampled_from(GOOD),
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 7)), min_size=1, max_size=9),
)
def test_flipped_bits_give_a_photo_or_a_photo_error(
    tmp_path: Path, data: bytes, flips: list[tuple[float, int]]
) -> None:
    damaged = bytearray(data)
    for share, bit in flips:
        # the square puts half of the flips into the first quarter, where the structure is
        damaged[int(share**2 * (len(data) - 1))] ^= 1 << bit
    assert judge(tmp_path, bytes(damaged)) in VERDICTS - {"empty"}
