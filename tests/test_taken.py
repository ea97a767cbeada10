"""When a photo was taken, read from a few bytes of files of all kinds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.decode import decode_photo
from iqscore.taken import read_taken
from tests.pictures import make_scene, to_exif
from tests.raws import RAWS, TAKEN, make_block, make_raf


def read(data: bytes, folder: Path) -> str | None:
    (folder / "file").write_bytes(data)
    return read_taken(str(folder / "file"))


@pytest.mark.parametrize("kind", RAWS)
def test_the_time_is_found(kind: str, tmp_path: Path) -> None:
    assert read(RAWS[kind], tmp_path) == "2026-05-04T10:20:30"


@pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday, at about 1", "", None])
def test_a_time_that_was_never_set_is_none(taken: str | None, tmp_path: Path) -> None:
    assert read(make_block("<", taken), tmp_path) is None


def test_the_time_of_an_edit_is_not_that_of_the_photo(tmp_path: Path) -> None:
    assert read(make_block("<", TAKEN, inner=False, tag=0x0132), tmp_path) is None


def test_it_says_what_decoding_says(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    make_scene(1, 96, 64).save(path, exif=to_exif({0x010F: "Camera"}, {0x9003: TAKEN}))
    assert read_taken(str(path)) == decode_photo(str(path)).taken == "2026-05-04T10:20:30"


@pytest.mark.parametrize("data", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"\xff\xd8", make_raf(TAKEN)[:90], bytes(4000)])
def test_what_tells_nothing(data: bytes, tmp_path: Path) -> None:
    assert read(data, tmp_path) is None
    assert read_taken(str(tmp_path / "gone")) is None
    assert read_taken("a\0b") is None


@given(kind=st.sampled_from(sorted(RAWS)), at=st.integers(0, 400), junk=st.binary(max_size=8), end=st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_whatever_is_broken_is_none_or_a_time(kind: str, at: int, junk: bytes, end: int) -> None:
    data = RAWS[kind]
    path = Path(os.environ["XDG_STATE_HOME"])
    path.mkdir(parents=True, exist_ok=True)
    taken = read((data[:at] + junk + data[at + len(junk) :])[: max(end, 60)], path)
    assert taken is None or len(taken) == 19
