"""The size of a WebP photo, known before Pillow makes room for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore import limits
from iqscore.webp import Header, read_header
from tests.decoding import code_of, decode_bytes
from tests.pictures import make_pixels, to_bytes, to_exif


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (17, 5000)])
@pytest.mark.parametrize(
    ("mode", "options", "takes_more"),
    [
        ("RGB", {}, False),
        ("RGB", {"lossless": True}, True),
        ("RGB", {"exif": to_exif({0x0112: 6})}, False),
        ("RGBA", {}, True),
    ],
)
def test_header(size: tuple[int, int], mode: str, options: dict[str, Any], takes_more: bool) -> None:
    picture = Image.fromarray(make_pixels(*size)).convert(mode)
    if mode == "RGBA":
        picture.putalpha(99)
    assert read_header(to_bytes(picture, "WEBP", **options)) == Header(*size, takes_more)


def test_what_takes_more_costs_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 45_000)
    picture = Image.fromarray(make_pixels(100, 100))
    assert decode_bytes(tmp_path, to_bytes(picture, "WEBP")).width == 100
    assert code_of(tmp_path, to_bytes(picture, "WEBP", lossless=True)) == "too_large"


@settings(max_examples=200, deadline=None, database=None)
@given(name=st.sampled_from([b"VP8X", b"VP8L", b"VP8 ", b"ALPH"]), rest=st.binary(max_size=20))
def test_whatever_the_bytes(name: bytes, rest: bytes) -> None:
    header = read_header(b"RIFF\0\0\0\0WEBP" + name + b"\0\0\0\0" + rest)
    assert header is None or (header.width >= 0 and header.height >= 0)
