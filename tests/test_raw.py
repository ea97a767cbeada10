"""Camera RAW: the preview where it is large enough, else the RAW data, upright and in its colours; facts of both."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iqscore.errors import PhotoError
from iqscore.records import Exif
from tests.decoding import code_of, decode_bytes, distance
from tests.pictures import Pixels, make_pixels, make_scene
from tests.test_decode import UPRIGHT
from tests.tiffs import make_dng

SMALL: Pixels = np.asarray(make_scene(1, 160, 120))
SAID = Exif("Canon Pretend", "RF50mm F1.8 STM", 400, 0.004, 2.8, 50.0)


def halve(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).reduce(2))


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_raw_data_where_there_is_no_preview(tmp_path: Path, orientation: int) -> None:
    photo = decode_bytes(tmp_path, make_dng(SMALL, orientation=orientation), "a.dng")
    expected = UPRIGHT[orientation](halve(SMALL))
    assert (photo.format, photo.decoded_from) == ("RAW", "raw")
    assert (photo.height, photo.width) == (2 * expected.shape[0], 2 * expected.shape[1])
    # LibRaw makes pairs of rows and columns of its own; colours and corners tell one turn from another
    assert distance(photo, expected) < 4
    assert (photo.taken, photo.exif) == ("2026-05-04T10:20:30", SAID)


def test_a_dark_photo_stays_dark(tmp_path: Path) -> None:
    dark = (SMALL * 0.25).astype(np.uint8)
    photo = decode_bytes(tmp_path, make_dng(dark), "a.dng")
    assert abs(photo.pixels.mean() - dark.mean()) < 4


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_large_preview_is_taken(tmp_path: Path, orientation: int) -> None:
    preview = make_pixels(1500, 1000)
    photo = decode_bytes(tmp_path, make_dng(SMALL, preview=preview, orientation=orientation), "a.dng")
    assert (photo.format, photo.decoded_from) == ("RAW", "preview")
    assert (photo.width, photo.height) == ((160, 120) if orientation in {1, 3} else (120, 160))
    assert distance(photo, UPRIGHT[orientation](preview)) < 4
    assert (photo.taken, photo.exif) == ("2026-05-04T10:20:30", SAID)


def test_a_preview_below_view_scale_is_not(tmp_path: Path) -> None:
    photo = decode_bytes(tmp_path, make_dng(SMALL, preview=make_pixels(1499, 1000)), "a.dng")
    assert photo.decoded_from == "raw"
    assert distance(photo, halve(SMALL)) < 4


def test_a_preview_that_was_turned_already(tmp_path: Path) -> None:
    preview = make_pixels(1000, 1500)
    photo = decode_bytes(tmp_path, make_dng(SMALL, preview=preview, orientation=6), "a.dng")
    assert distance(photo, preview) < 4


def test_a_damaged_preview_leaves_the_raw_data(tmp_path: Path) -> None:
    data = make_dng(SMALL, preview=make_pixels(1500, 1000))
    # behind its header the JPEG, which ends the file, is zeros
    at = data.rindex(b"\xff\xda")
    photo = decode_bytes(tmp_path, data[: at - 200] + bytes(len(data) - at + 200), "a.dng")
    assert photo.decoded_from == "raw"


def test_told_by_content_and_whatever_the_name(tmp_path: Path) -> None:
    for name in ("a.tif", "a", os.fsdecode(b"latin\xe9.dng"), "new\nline.dng", "ünï.dng"):
        assert decode_bytes(tmp_path, make_dng(SMALL), name).format == "RAW", name


def test_without_facts(tmp_path: Path) -> None:
    photo = decode_bytes(tmp_path, make_dng(SMALL, facts=False), "a.dng")
    assert (photo.taken, photo.exif) == (None, Exif(camera="Canon Pretend"))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_cut_short(tmp_path: Path, share: float) -> None:
    data = make_dng(SMALL)
    assert code_of(tmp_path, data[: int(len(data) * share)], "a.dng") in {"truncated", "corrupt", "unsupported"}


@pytest.mark.parametrize(("share", "is_whole"), [(0.0, False), (0.5, False), (0.9, False), (1.0, True)])
def test_what_was_never_written_is_not_taken_for_darkness(share: float, is_whole: bool, tmp_path: Path) -> None:
    rows = SMALL.copy()
    rows[int(len(rows) * share) :] = 0
    if is_whole:
        assert decode_bytes(tmp_path, make_dng(rows), "a.dng").decoded_from == "raw"
    else:
        assert code_of(tmp_path, make_dng(rows), "a.dng") == "truncated"


def test_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.limits.MAX_PIXELS", 160 * 120)
    assert code_of(tmp_path, make_dng(SMALL), "a.dng") == "too_large"


def test_what_libraw_does_not_know_is_told_with_its_version(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match=r"^no camera RAW that LibRaw \d+\.\d+\.\d+ reads; export a JPEG") as caught:
        decode_bytes(tmp_path, b"This is a diary. " * 50, "a.cr2")
    assert caught.value.code == "unsupported"
