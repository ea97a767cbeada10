"""Decoding: a PhotoError and nothing else from bad files, in bounded memory."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore import decode, limits, picture, readers
from iqscore.decode import decode_photo
from iqscore.errors import PhotoError
from tests.decoding import code_of, decode_bytes
from tests.pictures import (
    make_pixels,
    make_png_header,
    to_bytes,
    to_exif,
)

FORMATS = ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"]
ORIENTATION, DATE_TIME, DATE_TIME_ORIGINAL = 0x0112, 0x0132, 0x9003

# decode silences these itself, yet pytest sets its own filters for each test
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")

hostile = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)


def test_pixel_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = make_pixels(3200, 800)
    baseline, progressive = to_bytes(pixels, "JPEG"), to_bytes(pixels, "JPEG", progressive=True)
    monkeypatch.setattr(limits, "MAX_PIXELS", 1_000_000)
    assert decode_bytes(tmp_path, baseline).width == 3200
    assert code_of(tmp_path, progressive) == "too_large"
    assert code_of(tmp_path, to_bytes(pixels, "PNG")) == "too_large"
    monkeypatch.setattr(limits, "MAX_FULL_PIXELS", 2_000_000)
    assert code_of(tmp_path, baseline) == "too_large"


def test_what_is_held_twice_counts_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 15_000)
    rgb = Image.fromarray(make_pixels(100, 100))
    assert decode_bytes(tmp_path, to_bytes(rgb, "PNG")).width == 100
    grey = np.full((100, 100), 40_000)
    assert decode_bytes(tmp_path, to_bytes(Image.fromarray(grey.astype(np.uint16)), "PNG")).width == 100
    for data in (
        to_bytes(rgb.convert("RGBA"), "PNG"),
        to_bytes(rgb.convert("LA"), "PNG"),
        to_bytes(rgb.quantize(), "PNG", transparency=0),
        to_bytes(Image.fromarray(grey.astype(np.float32)), "TIFF"),
        to_bytes(rgb, "WEBP"),
    ):
        assert code_of(tmp_path, data) == "too_large"


def test_a_strip_that_is_the_whole_photo_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 15_000)
    picture_of_10_000 = Image.fromarray(make_pixels(100, 100))
    for strip, code in [(100 * 3 * 10, None), (1 << 20, "too_large")]:
        monkeypatch.setattr("PIL.TiffImagePlugin.STRIP_SIZE", strip)
        data = to_bytes(picture_of_10_000, "TIFF", compression="tiff_lzw")
        if code:
            assert code_of(tmp_path, data) == code
        else:
            assert decode_bytes(tmp_path, data).width == 100


def test_a_file_that_is_held_whole_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 100_000)
    data = to_bytes(make_pixels(100, 100), "AVIF")
    assert decode_bytes(tmp_path, data).width == 100
    assert code_of(tmp_path, data + b"\0\1\0\0free" + bytes(300_000)) == "too_large"


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


def test_each_kind_goes_to_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told by content, of RAW by the name too; the advice says how to get a library that is missing."""
    tiny = to_bytes(make_pixels(8, 8), "TIFF")
    dng = to_bytes(make_pixels(8, 8), "TIFF", tiffinfo={50706: b"\x01\x04\0\0"})
    thumbnail = to_bytes(make_pixels(8, 8), "TIFF", tiffinfo={254: 1})
    monkeypatch.setattr(decode, "is_installed", lambda kind: False)
    for data, name, kind in [
        (make_ftyp(b"heic", b"mif1", b"heic"), "a.jpg", "HEIC"),
        (make_ftyp(b"mif1", b"mif1", b"heic"), "a.heic", "HEIC"),
        (make_ftyp(b"crx ", b"crx ", b"isom"), "a.jpg", "camera RAW"),
        (b"\xff\x0a" + bytes(20), "a.jxl", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20), "a.jpg", "JPEG XL"),
        (b"FUJIFILMCCD-RAW 0201", "a.jpg", "camera RAW"),
        (tiny, "a.NEF", "camera RAW"),
        (dng, "a.tif", "camera RAW"),
        (thumbnail, "a.tif", "camera RAW"),
        (b"HEAPCCDR" + bytes(40), "a.crw", "camera RAW"),
    ]:
        with pytest.raises(PhotoError) as caught:
            decode_bytes(tmp_path, data, name)
        reader = readers.READERS[kind]
        words = f"{kind} needs {reader.package}, which is not installed; {reader.advice}"
        assert (caught.value.code, caught.value.message) == ("unsupported", words), (name, data[:16])
    assert decode_bytes(tmp_path, tiny, "a.tif").format == "TIFF"
    assert decode_bytes(tmp_path, to_bytes(make_pixels(8, 8), "JPEG"), "a.dng").format == "JPEG"


def test_junk_in_the_guise_of_a_kind(tmp_path: Path) -> None:
    for data, name, code in [
        (make_ftyp(b"heic", b"mif1", b"heic"), "a.heic", "corrupt"),
        (b"\xff\x0a" + bytes(20), "a.jxl", "corrupt"),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(20), "a.jxl", "corrupt"),
        (to_bytes(make_pixels(8, 8), "TIFF"), "a.nef", "unsupported"),
        (b"Dear diary, this is not a photo.\n" * 9, "a.cr2", "unsupported"),
        (make_ftyp(b"heic", b"mif1", b"heic")[:-64] + b"\0\0\x10\0mdat", "a.heic", "truncated"),
    ]:
        assert code_of(tmp_path, data, name) == code, (name, data[:16])


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

    monkeypatch.setattr("iqscore.decode._Decoder.decode", fail_to_read)
    assert code_of(tmp_path, b"x") == "unreadable"
    monkeypatch.setattr(decode, "_check_file", fail_to_open)
    assert code_of(tmp_path, b"x") == "unreadable"


def test_out_of_memory_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("iqscore.decode._Decoder.decode", fail)
    assert code_of(tmp_path, to_bytes(make_pixels(8, 8), "PNG")) == "too_large"


def test_photos_in_the_works_share_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of photos that take 100 of 250 pixels each, two are decoded at a time."""
    monkeypatch.setattr(limits, "MAX_PIXELS", 250)
    monkeypatch.setattr(limits._memory, "free", 250)
    at_once, peak, shrink = 0, 0, picture.shrink

    def watch(image: Image.Image) -> Image.Image:
        nonlocal at_once, peak
        at_once += 1
        peak = max(peak, at_once)
        time.sleep(0.02)
        at_once -= 1
        return shrink(image)

    monkeypatch.setattr(decode, "shrink", watch)
    path = tmp_path / "large.png"
    path.write_bytes(to_bytes(make_pixels(10, 10), "PNG"))
    with ThreadPoolExecutor(4) as pool:
        assert len(list(pool.map(decode_photo, [str(path)] * 12))) == 12
    assert peak == 2
    assert limits._memory.free == 250


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


def test_a_picture_without_height_is_corrupt(tmp_path: Path) -> None:
    damaged = bytearray(to_bytes(make_pixels(24, 16), "TIFF"))
    at = damaged.index(b"\x01\x01\x04\0\x01\0\0\0\x10")
    damaged[at + 6] = 1
    assert judge(tmp_path, bytes(damaged)) == "corrupt"
