"""Ratings within photos: what is written, what a person said and keeps, what is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from iqscore.journal import Journal
from iqscore.metadata import Rating, embed, read
from iqscore.rater import Rater
from iqscore.rating import Wishes
from iqscore.rating_plan import RatingPlan
from iqscore.records import Edit, Failure, Rated
from tests.pictures import to_exif
from tests.rating.rater import DARKTABLE, EMBEDDING, make_file, rate, take_picture, undo
from tests.samples import make_photo


def read_pixels(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


@EMBEDDING
def test_stars_go_into_the_photo_and_come_out_again(kind: str, folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a", kind)
    before, pixels = path.read_bytes(), read_pixels(path)
    assert rate(path, journal) == Rated(str(path), "written", None, 4, (str(path),))
    found = read(path.read_bytes())
    assert (found.xmp, found.own, found.stars, found.score) == (4, 4, 4, "71.3")
    assert (found.exif, found.exif_percent) == ((4, 75) if kind == "JPEG" else (None, None))
    assert read_pixels(path) == pixels
    assert undo(journal) == [Rated(str(path), "written", 4, None, (str(path),))]
    assert read(path.read_bytes()) == read(before)
    assert read_pixels(path) == pixels


@EMBEDDING
def test_twice_is_once(kind: str, folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a", kind)
    rate(path, journal)
    picture = take_picture(folder)
    assert rate(path, journal) == Rated(str(path), "unchanged", 4, 4)
    assert take_picture(folder) == picture
    assert journal.changes == 1


@EMBEDDING
def test_our_own_earlier_rating_is_changed(kind: str, folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a", kind)
    rate(path, journal, 4)
    assert rate(path, journal, 2) == Rated(str(path), "written", 4, 2, (str(path),))
    assert read(path.read_bytes()).stars == 2
    assert [outcome.new for outcome in undo(journal) if isinstance(outcome, Rated)] == [4, None]
    assert read(path.read_bytes()).stars is None


@EMBEDDING
def test_a_dry_run_writes_nothing_at_all(kind: str, folder: Path) -> None:
    path = make_file(folder / "a", kind)
    (folder / ".b.iqscore-1.tmp").touch()
    picture, times = take_picture(folder), folder.stat()
    assert rate(path, None) == Rated(str(path), "written", None, 4, (str(path),))
    assert rate(path, None, sidecar=True) == Rated(str(path), "written", None, 4, (f"{path}.xmp",))
    assert take_picture(folder) == picture
    assert (folder.stat().st_mtime_ns, folder.stat().st_ctime_ns) == (times.st_mtime_ns, times.st_ctime_ns)
    (folder / ".b.iqscore-1.tmp").unlink()


def make_human(path: Path, kind: str, stars: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a photo that a person gave stars."""
    packet = DARKTABLE % stars
    if kind == "JPEG":
        make_file(path, kind, xmp=packet)
    elif kind == "PNG":
        from PIL.PngImagePlugin import PngInfo

        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        make_file(path, kind, pnginfo=info)
    else:
        make_file(path, kind, xmp=packet)


@EMBEDDING
@pytest.mark.parametrize("stars", [-1, 1, 5])
def test_a_persons_rating_stays_to_the_byte(
    kind: str, stars: int, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a"
    make_human(path, kind, stars, monkeypatch)
    picture = take_picture(folder)
    assert rate(path, journal) == Rated(str(path), "kept", stars, stars, (), "rated by a person")
    assert rate(path, journal, sidecar=True).note == "rated by a person"  # type: ignore[union-attr]
    assert take_picture(folder) == picture
    outcome = rate(path, journal, wishes=Wishes(overwrite=True))
    assert outcome == Rated(str(path), "written", stars, 4, (str(path),))
    assert not [o for o in undo(journal) if isinstance(o, Failure)]
    assert read(path.read_bytes()).xmp == stars
    assert read(path.read_bytes()).own is None


@EMBEDDING
def test_zero_stars_of_a_camera_are_no_rating_and_come_back(
    kind: str, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "a"
    make_human(path, kind, 0, monkeypatch)
    assert rate(path, journal) == Rated(str(path), "written", 0, 4, (str(path),))
    assert not [o for o in undo(journal) if isinstance(o, Failure)]
    assert read(path.read_bytes()).xmp == 0


def test_a_rating_in_exif_is_a_persons(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg", exif=to_exif({0x4746: 3, 0x4749: 50}))
    assert rate(path, journal).note == "rated by a person"  # type: ignore[union-attr]
    assert read(path.read_bytes()).exif == 3


def test_a_person_who_changes_our_stars_is_heard(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    rate(path, journal)
    path.write_bytes(
        path.read_bytes().replace(b"xmp:Rating>4<", b"xmp:Rating>2<").replace(b'xmp:Rating="4"', b'xmp:Rating="2"')
    )
    assert read(path.read_bytes()).xmp == 2
    picture = take_picture(folder)
    assert rate(path, journal, 5) == Rated(str(path), "kept", 2, 2, (), "rated by a person")
    assert undo(journal) == [Rated(str(path), "kept", 2, 2, (), "rated again since")]
    assert take_picture(folder) == picture


def test_stars_are_kept_and_keywords_added(folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / "a.jpg"
    make_human(path, "JPEG", 2, monkeypatch)
    wishes = Wishes(what=frozenset(["stars", "keywords"]), keywords=("mine",))
    outcome = rate(path, journal, wishes=wishes)
    edits = (Edit("keyword", None, "iqscore:haze"), Edit("keyword", None, "mine"))
    assert outcome == Rated(str(path), "written", 2, 2, (str(path),), "rated by a person", edits)
    found = read(path.read_bytes())
    assert (found.xmp, found.own, set(found.keywords)) == (2, None, {"iqscore:haze", "mine"})
    # somebody adds one, which stays
    path.write_bytes(embed(path.read_bytes(), Rating(keywords=("Paris",))))
    assert not [o for o in undo(journal) if isinstance(o, Failure)]
    assert read(path.read_bytes()).keywords == ("Paris",)
    assert read(path.read_bytes()).xmp == 2


def test_everything_at_once_and_back(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    before = read(path.read_bytes())
    wishes = Wishes(what=frozenset(["stars", "label", "pick", "keywords"]))
    told = (Edit("label", None, "Green"), Edit("pick", None, "accepted"), Edit("keyword", None, "iqscore:haze"))
    assert rate(path, None, wishes=wishes) == Rated(str(path), "written", None, 4, (str(path),), "", told)
    rate(path, journal, wishes=wishes)
    found = read(path.read_bytes())
    assert (found.label, found.pick, found.flag, found.keywords) == ("Green", 3, 1, ("iqscore:haze",))
    # the next verdict is another, and ours was only ours
    later = make_photo(str(path), stars=1, label="rejected")
    outcome = Rater(RatingPlan(wishes=wishes), journal).rate(later)
    changed = (Edit("label", "Green", "Red"), Edit("pick", "accepted", "rejected"))
    assert outcome == Rated(str(path), "written", 4, 1, (str(path),), "", changed)
    found = read(path.read_bytes())
    assert (found.xmp, found.label, found.pick, found.flag) == (1, "Red", 1, -1)
    again, first = undo(journal)
    assert isinstance(again, Rated)
    assert isinstance(first, Rated)
    assert again.edits == (Edit("label", "Red", "Green"), Edit("pick", "rejected", "accepted"))
    assert first.edits[-1] == Edit("keyword", "iqscore:haze", None)
    assert read(path.read_bytes()) == before


def test_a_link_to_a_photo(folder: Path, journal: Journal, tmp_path: Path) -> None:
    path = make_file(folder / "a.jpg")
    (tmp_path / "link.jpg").symlink_to(path)
    assert rate(tmp_path / "link.jpg", journal).status == "written"  # type: ignore[union-attr]
    assert (tmp_path / "link.jpg").is_symlink()
    assert read(path.read_bytes()).stars == 4
    assert not [o for o in undo(journal) if isinstance(o, Failure)]
    assert read(path.read_bytes()).stars is None
