"""TIFF that Pillow shows wrongly or not at all: floating point, 32 bits, planes, thumbnails in front."""

from __future__ import annotations

import io
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms

from iqscore import decode, limits
from iqscore.errors import PhotoError
from tests.decoding import code_of, decode_bytes, distance
from tests.pictures import Pixels, make_pixels
from tests.profiles import convert, make_profile
from tests.tiffs import LONG, SHORT, make_rgb_tiff, make_tiff

# decode silences these itself, yet pytest sets its own filters for each test
pytestmark = pytest.mark.filterwarnings(r"ignore::UserWarning:PIL\..*")

PICTURE: Pixels = make_pixels(60, 40)
WIDE = PICTURE.astype(np.uint16) * 257
GREY: Pixels = PICTURE[..., 0]
GREYS: Pixels = np.repeat(GREY[..., None], 3, axis=2)
FOUR = np.dstack([PICTURE / 255, GREY * 0.0]).astype(np.float32)
RGB: dict[str, Any] = {"photometric": "rgb"}


def write(values: NDArray[Any], **options: Any) -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, values, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    "values",
    [
        PICTURE.astype(np.uint32) * 16843009,
        (PICTURE / 255).astype(np.float16),
        (PICTURE / 255).astype(np.float32),
        PICTURE / 255,
        PICTURE.astype(np.float32),
    ],
    ids=["32 bits", "half", "float", "double", "up to 255"],
)
@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zlib"}, {"compression": "lzw", "predictor": True}, {"tile": (16, 16)}, {"bigtiff": True}],
    ids=["plain", "zip", "lzw", "tiles", "bigtiff"],
)
def test_colours_of_more_than_16_bits(
    values: NDArray[Any], order: Literal["<", ">"], options: dict[str, Any], tmp_path: Path
) -> None:
    if options.get("predictor") and values.dtype == np.float64:
        options = {"compression": "lzw"}
    data = write(values.astype(values.dtype.newbyteorder(order)), byteorder=order, **RGB, **options)
    photo = decode_bytes(tmp_path, data)
    assert (photo.width, photo.height, photo.format, photo.hdr) == (60, 40, "TIFF", False)
    assert distance(photo, PICTURE) < 0.3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (write(np.moveaxis(WIDE, 2, 0), planarconfig="separate", **RGB), PICTURE),
        (write(np.moveaxis(PICTURE, 2, 0), planarconfig="separate", **RGB), PICTURE),
        (write(65535 - WIDE[..., 0], photometric="miniswhite"), GREYS),
        (write(255 - GREY, photometric="miniswhite"), GREYS),
        (write(np.dstack([GREY, GREY * 0 + 255]).astype(np.uint16) * 257, extrasamples=["unassalpha"]), GREYS),
        (
            write(np.dstack([PICTURE / 255, GREY * 0.0]).astype("f4"), extrasamples=["unassalpha"], **RGB),
            GREYS * 0 + 255,
        ),
        (write(np.dstack([PICTURE / 255, GREY * 0.0]).astype("f4"), extrasamples=["unspecified"], **RGB), PICTURE),
    ],
    ids=["planes of 16", "planes of 8", "white 0, 16", "white 0, 8", "grey alpha", "clear", "an extra channel"],
)
def test_other_ways_to_store(data: bytes, expected: Pixels, tmp_path: Path) -> None:
    assert distance(decode_bytes(tmp_path, data), expected) < 0.3


def test_lab_of_16_bits(tmp_path: Path) -> None:
    lab = ImageCms.profileToProfile(
        Image.fromarray(PICTURE), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    stored = np.asarray(lab).astype(np.uint16) << 8
    assert distance(decode_bytes(tmp_path, write(stored, photometric="cielab")), PICTURE) < 3


def test_a_thumbnail_in_front_is_not_the_photo(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with tifffile.TiffWriter(buffer) as tiff:
        tiff.write(PICTURE[::4, ::4], subfiletype=1, **RGB)
        tiff.write(PICTURE, **RGB)
    assert distance(decode_bytes(tmp_path, buffer.getvalue()), PICTURE) < 0.3
    alone = write(PICTURE[::4, ::4], subfiletype=1, **RGB)
    assert code_of(tmp_path, alone) == "unsupported"


def test_light_brighter_than_white_and_what_is_no_number(tmp_path: Path) -> None:
    values = np.array([[[0.0, 0.5, 1.0], [3.0, np.nan, np.inf], [-1.0, -np.inf, 0.2]]], np.float32)
    assert decode_bytes(tmp_path, make_rgb_tiff(values)).pixels.tolist() == [[[0, 128, 255], [255, 0, 255], [0, 0, 51]]]


def test_profiles_and_turns_count(tmp_path: Path) -> None:
    adobe = np.asarray(convert(Image.fromarray(PICTURE), "Adobe RGB (1998)"))
    data = write((adobe / 255).astype("f4"), iccprofile=make_profile("Adobe RGB (1998)"), extratags=[TURNED], **RGB)
    photo = decode_bytes(tmp_path, data)
    assert (photo.width, photo.height) == (40, 60)
    assert distance(photo, np.rot90(PICTURE, -1)) < 2


TURNED = (0x0112, "H", 1, 6, True)


def test_numbers_that_stand_for_light_are_shown_as_such(tmp_path: Path) -> None:
    profile = make_profile("Display P3").replace(b"Display P3\0", b"RGB linear\0")
    share = PICTURE / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4).astype(np.float32)
    assert distance(decode_bytes(tmp_path, write(light, iccprofile=profile, **RGB)), PICTURE) < 0.3


@pytest.mark.parametrize("share", [0.3, 0.9])
@pytest.mark.parametrize("compression", [None, "zlib"])
def test_cut_short(share: float, compression: str | None, tmp_path: Path) -> None:
    data = write((PICTURE / 255).astype("f4"), compression=compression, **RGB)
    assert code_of(tmp_path, data[: int(len(data) * share)]) == "truncated"


def test_damaged(tmp_path: Path) -> None:
    data = write((PICTURE / 255).astype("f4"), compression="zlib", **RGB)
    assert code_of(tmp_path, data[:-400] + bytes(400)) == "corrupt"


def test_too_large_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # three floats, three bytes and four of an image for each pixel
    monkeypatch.setattr(limits, "MAX_PIXELS", 60 * 40 * 19 // 4)
    data = make_rgb_tiff((PICTURE / 255).astype("f4"))
    assert decode_bytes(tmp_path, data).width == 60
    monkeypatch.setattr(limits, "MAX_PIXELS", 60 * 40 * 19 // 4 - 1)
    assert code_of(tmp_path, data) == "too_large"


def test_a_strip_that_unpacks_to_more_than_it_says_is_damaged(tmp_path: Path) -> None:
    packed = zlib.compress(bytes(1 << 24))
    tags: Any = {
        **{0x0100: (SHORT, 10), 0x0101: (SHORT, 10), 0x0102: (SHORT, [32] * 3), 0x0103: (SHORT, 8), 0x0106: (SHORT, 2)},
        **{0x0115: (SHORT, 3), 0x0116: (SHORT, 10), 0x0153: (SHORT, [3] * 3), 0x0111: (LONG, 0)},
        0x0117: (LONG, len(packed)),
    }
    start = len(make_tiff(tags))
    assert code_of(tmp_path, make_tiff(tags | {0x0111: (LONG, start)}) + packed) == "corrupt"


def test_what_stands_for_no_colours(tmp_path: Path) -> None:
    odd = write((PICTURE / 255).astype(np.complex64)[..., 0])
    with pytest.raises(PhotoError, match="export it with 8 or 16 bits") as caught:
        decode_bytes(tmp_path, odd)
    assert caught.value.code == "unsupported"


def test_what_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = write((PICTURE / 255).astype("f4"), compression="zlib", **RGB)
    monkeypatch.setattr("iqscore.tiff._has_codecs", lambda: False)
    with pytest.raises(PhotoError, match=r"needs imagecodecs.*pip install 'iqscore\[tiff\]'"):
        decode_bytes(tmp_path, packed)
    monkeypatch.setattr(decode, "is_installed", lambda kind: False)
    for data in (packed, write(np.moveaxis(WIDE, 2, 0), planarconfig="separate", **RGB)):
        with pytest.raises(PhotoError, match=r"^TIFF of 32 bits needs tifffile.*pip install 'iqscore\[tiff\]'$"):
            decode_bytes(tmp_path, data)


def test_any_bytes_in_the_directory(tmp_path: Path) -> None:
    data = make_rgb_tiff((PICTURE[:4, :4] / 255).astype("f4"))
    random, codes = np.random.default_rng(1), set()
    for _ in range(200):
        mutant = bytearray(data)
        for at in random.integers(4, 200, 4):
            mutant[at] = random.integers(256)
        with suppress(PhotoError):
            codes.add(decode_bytes(tmp_path, bytes(mutant)).format)
    assert codes == {"TIFF"}
