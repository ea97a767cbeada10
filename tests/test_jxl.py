"""The size of a JPEG XL photo, known before it is decoded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.jxl import read_size
from tests.decoding import code_of
from tests.encodings import ENCODINGS
from tests.pictures import make_pixels, make_scene, to_bytes

assert ENCODINGS  # registers JPEG XL with Pillow


@pytest.mark.parametrize(
    ("width", "height"), [(8, 8), (256, 256), (1, 1), (300, 200), (160, 90), (7, 513), (600, 500), (264, 8), (1, 9000)]
)
@pytest.mark.parametrize("container", [True, False])
def test_size(width: int, height: int, container: bool) -> None:
    data = to_bytes(make_pixels(width, height), "JXL", lossless=True, effort=1, use_container=container)
    assert data.startswith(b"\xff\x0a") != container
    assert read_size(data) == (width, height)


def to_codestream(width: int, height: int) -> bytes:
    """Return the beginning of a codestream that promises a size, in the longest way to say it."""
    bits = (height - 1) << 3 | 3 << 1
    bits |= (3 | (width - 1) << 2) << (1 + 2 + 30 + 3)
    return b"\xff\x0a" + bits.to_bytes(12, "little")


def test_bomb_is_refused_before_its_pixels(tmp_path: Path) -> None:
    assert read_size(to_codestream(1 << 30, 1 << 30)) == (1 << 30, 1 << 30)
    assert code_of(tmp_path, to_codestream(30_000, 30_000) + bytes(50), "a.jxl") == "too_large"
    assert code_of(tmp_path, to_codestream(300, 300) + bytes(50), "a.jxl") == "corrupt"


def test_cut_short(tmp_path: Path) -> None:
    data = to_bytes(make_scene(1, 300, 200), "JXL", use_container=True)
    assert code_of(tmp_path, data[: len(data) // 2], "a.jxl") in {"truncated", "corrupt"}


@settings(max_examples=200, deadline=None, database=None)
@given(rest=st.binary(max_size=80), start=st.sampled_from([b"", b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n"]))
def test_whatever_the_bytes(rest: bytes, start: bytes) -> None:
    size = read_size(start + rest)
    assert size is None or min(size) >= 1
