"""Colours told by code points: read from where they stand, and brought to what a plain screen shows."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore import nclx
from iqscore.codepoints import Nclx, read_avif, read_png
from iqscore.colour import is_hdr_profile
from tests.decoding import decode_bytes, distance
from tests.pictures import Pixels, make_scene, make_srgb_profile, to_bytes
from tests.profiles import convert, make_profile

SCENE = make_scene(3, 96, 64)
BT2020, P3, PQ, HLG, SRGB = 9, 12, 16, 18, 13


def to_light(pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    values = pixels / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def to_pq(light: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Pixels:
    """Return 8-bit PQ of light that is 1 for 203 candela (SMPTE ST 2084)."""
    power = (np.clip(light, 0, None) * 203 / 10000) ** 0.1593017578125
    return np.rint(255 * ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375).astype(np.uint8)


def make_avif(pixels: Pixels, primaries: int, transfer: int) -> bytes:
    """Return an AVIF file whose colours are told by other code points than Pillow writes, in a colr box as long."""
    data = bytearray(to_bytes(pixels, "AVIF", quality=95, subsampling="4:4:4"))
    at = data.index(b"colrnclx") + 8
    struct.pack_into(">HH", data, at, primaries, transfer)
    return bytes(data)


def make_png(pixels: Pixels, primaries: int, transfer: int) -> bytes:
    chunk = b"cICP" + bytes([primaries, transfer, 0, 1])
    data = to_bytes(pixels, "PNG")
    return data[:33] + struct.pack(">I", 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]


@pytest.mark.parametrize("make", [make_avif, make_png])
def test_hdr_is_flagged_and_looks_like_the_plain_photo(make: object, tmp_path: Path) -> None:
    assert callable(make)
    pixels = np.asarray(SCENE)
    photo = decode_bytes(tmp_path, make(to_pq(to_light(pixels)), 1, PQ))
    assert photo.hdr
    # highlights give way to brighter ones that there might be
    assert distance(photo, pixels) < 8
    plain = decode_bytes(tmp_path, make(pixels, 1, SRGB))
    assert not plain.hdr
    assert distance(plain, pixels) < 3


def test_display_p3_without_a_profile(tmp_path: Path) -> None:
    in_p3 = np.asarray(convert(SCENE, "Display P3"))
    assert distance(decode_bytes(tmp_path, make_avif(in_p3, P3, SRGB)), np.asarray(SCENE)) < 3
    assert distance(decode_bytes(tmp_path, make_png(in_p3, P3, SRGB)), np.asarray(SCENE)) < 3


@pytest.mark.parametrize("primaries", [BT2020, P3, nclx.ADOBE])
def test_white_and_grey_stay(primaries: int) -> None:
    grey = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    shown = np.asarray(nclx.to_srgb(Image.fromarray(grey), primaries, SRGB)).astype(int)
    assert np.abs(shown - grey).max() <= 1


@pytest.mark.parametrize("transfer", [PQ, HLG])
def test_brighter_stays_brighter_and_below_white(transfer: int) -> None:
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    shown = np.asarray(nclx.to_srgb(Image.fromarray(ramp), BT2020, transfer))[0, :, 0].astype(int)
    assert (np.diff(shown) >= 0).all()
    assert shown[0] == 0
    assert shown[-1] == 255
    assert len(set(shown)) > 100


def test_hlg_and_pq_agree() -> None:
    """White paper, 203 candela, is 75 % in HLG and 58 % in PQ (BT.2408)."""
    shown = [
        int(np.asarray(nclx.to_srgb(Image.new("RGB", (1, 1), (level,) * 3), 1, transfer))[0, 0, 0])
        for level, transfer in ((round(0.75 * 255), HLG), (round(0.58 * 255), PQ))
    ]
    assert abs(shown[0] - shown[1]) <= 6


def test_code_points_that_say_nothing_new() -> None:
    for primaries, transfer in [(1, SRGB), (2, 2), (P3, 8), (77, 77)]:
        assert nclx.to_srgb(SCENE, primaries, transfer) is SCENE


def test_an_icc_profile_is_believed_before_code_points(tmp_path: Path) -> None:
    in_p3 = np.asarray(convert(SCENE, "Display P3"))
    data = to_bytes(in_p3, "AVIF", quality=95, subsampling="4:4:4", icc_profile=make_profile("Display P3"))
    assert distance(decode_bytes(tmp_path, data), np.asarray(SCENE)) < 4


def test_profiles_of_hdr_are_known_by_name() -> None:
    def rename(name: str) -> bytes:
        padded = name.ljust(len("sRGB built-in"))
        return make_srgb_profile().replace("sRGB built-in".encode("utf-16-be"), padded.encode("utf-16-be"))

    assert not is_hdr_profile(make_srgb_profile())
    assert is_hdr_profile(rename("Rec2100 PQ"))
    assert is_hdr_profile(rename("RGB_PeQ"))
    assert not is_hdr_profile(b"junk")
    assert not is_hdr_profile(None)


GOOD = make_avif(np.asarray(SCENE), P3, PQ)


def test_the_primary_picture_counts() -> None:
    assert read_avif(GOOD) == Nclx(P3, PQ)
    # nothing tells that the box belongs to it any more
    assert read_avif(GOOD.replace(b"pitm", b"free")) is None
    assert read_avif(GOOD.replace(b"ipma", b"free")) is None
    assert read_avif(GOOD.replace(b"colrnclx", b"colrprof")) is None
    assert read_png(make_png(np.asarray(SCENE), BT2020, HLG)) == Nclx(BT2020, HLG)
    assert read_png(to_bytes(SCENE, "PNG")) is None


@settings(max_examples=200, deadline=None, database=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, 600), st.integers(0, 255)), max_size=9),
    end=st.integers(0, len(GOOD)),
    junk=st.binary(max_size=200),
)
def test_whatever_the_bytes(flips: list[tuple[int, int]], end: int, junk: bytes) -> None:
    damaged = bytearray(GOOD)
    for at, value in flips:
        damaged[at % len(damaged)] = value
    for data in (bytes(damaged[:end]), junk, b"\0\0\0\x20ftypavif" + junk):
        assert isinstance(read_avif(data), Nclx | None)
        assert isinstance(read_png(data), Nclx | None)
