"""Ratings beside photos: which get a sidecar, and what others said in one stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqscore.journal import Journal
from iqscore.metadata import Rating, read
from iqscore.metadata.sidecar import merge_sidecar, read_sidecar
from iqscore.records import Failure, Rated
from tests.rating.rater import DARKTABLE, EMBEDDING, make_file, rate, take_picture, undo

BESIDE = pytest.mark.parametrize("kind", ["TIFF", "GIF", "BMP", "AVIF"])


@BESIDE
def test_other_kinds_get_a_sidecar_which_goes_again(kind: str, folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.pic", kind)
    picture, sidecar = take_picture(folder), folder / "a.pic.xmp"
    assert rate(path, journal) == Rated(str(path), "written", None, 4, (str(sidecar),))
    assert read_sidecar(sidecar.read_bytes()).stars == 4
    assert rate(path, journal) == Rated(str(path), "unchanged", 4, 4)
    assert undo(journal, dry_run=True) == undo(journal)
    assert take_picture(folder) == picture
    assert undo(journal) == [Rated(str(sidecar), "unchanged", None, None, (), "is gone")]


@EMBEDDING
def test_a_sidecar_on_request(kind: str, folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg", kind)
    picture = take_picture(folder)
    assert rate(path, journal, sidecar=True) == Rated(str(path), "written", None, 4, (f"{path}.xmp",))
    assert {**take_picture(folder), **picture} == take_picture(folder)


def test_a_sidecar_of_the_name_that_was_asked_for(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.tif", "TIFF")
    assert rate(path, journal, names="adobe").files == (str(folder / "a.xmp"),)  # type: ignore[union-attr]


def test_a_persons_stars_in_a_sidecar_count_for_the_photo(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    (folder / "a.jpg.xmp").write_bytes(DARKTABLE % 3)
    picture = take_picture(folder)
    assert rate(path, journal) == Rated(str(path), "kept", 3, 3, (), "rated by a person")
    assert take_picture(folder) == picture


def test_a_sidecar_that_is_there_gets_the_stars_too_and_keeps_all_else(folder: Path, journal: Journal) -> None:
    path, sidecar = make_file(folder / "a.jpg"), folder / "a.jpg.xmp"
    sidecar.write_bytes(DARKTABLE % 0)
    assert rate(path, journal) == Rated(str(path), "written", 0, 4, (str(path), str(sidecar)))
    assert read_sidecar(sidecar.read_bytes()).xmp == read(path.read_bytes()).xmp == 4
    assert b'darktable:params="gz02eJxjYGiwYw=="' in sidecar.read_bytes()
    assert not [o for o in undo(journal) if isinstance(o, Failure)]
    assert sidecar.read_bytes() == DARKTABLE % 0


def test_a_sidecar_that_others_wrote_in_since_stays_without_our_stars(folder: Path, journal: Journal) -> None:
    path, sidecar = make_file(folder / "a.tif", "TIFF"), folder / "a.tif.xmp"
    rate(path, journal)
    sidecar.write_bytes(merge_sidecar(sidecar.read_bytes(), Rating(keywords=("Paris",))))
    (outcome,) = undo(journal)
    assert outcome == Rated(str(sidecar), "written", 4, None, (str(sidecar),))
    found = read_sidecar(sidecar.read_bytes())
    assert (found.stars, found.own, found.keywords) == (None, None, ("Paris",))


@pytest.mark.parametrize("content", [b"", b"no XMP", b"<!DOCTYPE x><x/>", DARKTABLE[:-40]])
def test_a_sidecar_that_cannot_be_understood_stops_it(content: bytes, folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    (folder / "a.jpg.xmp").write_bytes(content)
    picture = take_picture(folder)
    outcome = rate(path, journal)
    assert isinstance(outcome, Failure)
    assert outcome.path == str(path)
    assert "a.jpg.xmp: " in outcome.message
    assert take_picture(folder) == picture


@pytest.mark.parametrize("kind", ["TIFF", "AVIF"])
def test_a_persons_stars_within_a_photo_that_is_never_written(kind: str, folder: Path, journal: Journal) -> None:
    """Lightroom writes them into TIFF: a sidecar would hide them."""
    path = folder / "a.pic"
    if kind == "TIFF":
        make_file(path, kind, tiffinfo={700: DARKTABLE % 5})
    else:
        make_file(path, kind, xmp=DARKTABLE % 5)
    picture = take_picture(folder)
    assert rate(path, journal) == Rated(str(path), "kept", 5, 5, (), "rated by a person")
    assert take_picture(folder) == picture


def test_stars_of_windows_in_a_tiff(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.tif", "TIFF", tiffinfo={0x4746: 3})
    assert rate(path, journal) == Rated(str(path), "kept", 3, 3, (), "rated by a person")
