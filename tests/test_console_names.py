"""Names and folders that are shortened to fit, and text that cannot be printed as it is."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from iqscore import console
from iqscore.console.paths import shorten_paths
from tests.samples import make_photo, make_reasons
from tests.tables import draw

texts = st.text(st.characters()) | st.binary().map(os.fsdecode)


def test_deep_folders_show_the_end_of_the_path() -> None:
    line = draw([make_photo("/home/anna/Photos/2024/Iceland/raw/IMG_0001.jpg", reasons=make_reasons("x" * 40))], 80)[1]
    assert line.startswith("…/raw/IMG_0001.jpg ") or line.startswith("…/Iceland/raw/IMG_0001.jpg ")


@pytest.mark.parametrize("width", [80, 100])
def test_a_bit_of_a_long_folder_stays(width: int) -> None:
    places = ("Sightseeing at our destination", "The long way back from there")
    photos = [
        make_photo(f"photos/{place}/img_{n}.jpg", reasons=make_reasons("x" * 40)) for n in "12" for place in places
    ]
    names = [line.split("  ")[0] for line in draw(photos, width)[1:]]
    assert [name[:3] for name in names] == ["Sig", "The"] * 2
    assert all(name.endswith(f"/img_{n}.jpg") for name, n in zip(names, "1122", strict=True))
    assert max(map(cell_len, names)) <= 40


def test_a_folder_beside_the_common_one_is_told_whole_where_it_fits() -> None:
    photos = [make_photo(f"/home/anna/Photos/Travels/{place}/img_1.jpg") for place in ("Rome", "Oslo")]
    assert [line.split()[0] for line in draw(photos, 60)[1:]] == [
        "…/Travels/Rome/img_1.jpg",
        "…/Travels/Oslo/img_1.jpg",
    ]


def test_rows_shorten_paths_as_the_table_does() -> None:
    rows = [(f"photos/{place}/IMG_0013.jpg", "score 3.0") for place in ("Some place in the sun", "Somewhere else")]
    assert console.to_aligned(("Photo", "Value"), rows, 40, "utf-8")[1:] == [
        "Some plac…he sun/IMG_0013.jpg  score 3.0",
        "…/Somewhere else/IMG_0013.jpg  score 3.0",
    ]


@given(names=st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=5), width=st.integers(0, 40))
def test_shortened_paths_fit(names: list[list[str]], width: int) -> None:
    paths = [console.to_printable("/".join(parts)) for parts in names]
    short = shorten_paths(paths, width, "…")
    assert all(cell_len(name) <= width for name in short)
    assert all(name == path for name, path in zip(short, paths, strict=True) if cell_len(path) <= width)


def test_a_path_that_is_there_twice_keeps_its_folder() -> None:
    lines = draw([make_photo("Rome/1.jpg"), make_photo("Rome/1.jpg"), make_photo("Oslo/1.jpg")], 100)[1:]
    assert [line.split()[0] for line in lines] == ["Rome/1.jpg", "Rome/1.jpg", "Oslo/1.jpg"]


def test_names_that_would_look_the_same_show_what_parts_them() -> None:
    photos = [make_photo(f"/photos/{place}/from the camera/IMG_20240713_201500.jpg") for place in ("Rome", "Oslo")]
    rome, oslo = draw(photos, 50)[1:]
    assert rome.startswith("Rome")
    assert oslo.startswith("Oslo")


@given(text=texts, width=st.integers(0, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    plain = console.to_printable(text)
    short = console.shorten_middle(plain, width)
    assert cell_len(short) <= width
    assert (short == plain) == (cell_len(plain) <= width)


def test_shortened_text_keeps_start_and_suffix() -> None:
    assert console.shorten_middle("IMG_20240713_201500_BURST001.jpg", 16) == "IMG_2…RST001.jpg"


def test_the_ellipsis_gets_no_accent() -> None:
    assert console.shorten_middle("abcdefghe\u0301xyz", 5) == "a…xyz"


@given(text=texts)
def test_printable_text_is_printable(text: str) -> None:
    plain = console.to_printable(text)
    plain.encode("utf-8")
    assert not {c for c in plain if c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029\u202e\u2066"}


def test_printable_text_says_what_was_there() -> None:
    assert console.to_printable("a\nb\x1b\u202e\udcff\x9b é日🎉") == "a\\nb\\x1b\\u202e\\xff\\x9b é日🎉"
