"""Ratings in real files: what is written where, what is left alone, what is taken back."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore.errors import OutputError
from iqscore.exchange import CAREFUL, Care
from iqscore.journal import Journal, open_journal, read_journal
from iqscore.metadata import Rating, embed, read, to_digest
from iqscore.metadata.sidecar import merge_sidecar, read_sidecar
from iqscore.rater import Rater
from iqscore.rating import Wishes
from iqscore.rating_plan import RatingPlan
from iqscore.records import Edit, Failure, Rated, RatedOutcome
from iqscore.undo import undo_all
from tests.pictures import make_scene, to_bytes, to_exif
from tests.samples import make_photo

EMBEDDING = pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
BESIDE = pytest.mark.parametrize("kind", ["TIFF", "GIF", "BMP", "AVIF"])
DARKTABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
   xmp:Rating="%d"
   darktable:xmp_version="5"
   darktable:history_end="1">
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:num="0" darktable:operation="exposure" darktable:params="gz02eJxjYGiwYw=="/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def make_file(path: Path, kind: str = "JPEG", **options: Any) -> Path:
    """Write a small photo."""
    path.write_bytes(to_bytes(make_scene(len(path.name), 96, 64), kind, **options))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder; nothing of ours may be left there but photos and sidecars."""
    photos = tmp_path / "photos"
    photos.mkdir()
    yield photos
    assert [entry.name for entry in photos.iterdir() if entry.name.startswith(".")] == []


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Return an open journal."""
    with open_journal(str(tmp_path / "journal.ndjson")) as journal:
        yield journal


def rate(path: Path, journal: Journal | None, stars: int = 4, **options: Any) -> RatedOutcome:
    """Rate one photo."""
    return Rater(RatingPlan(**options), journal).rate(make_photo(str(path), stars=stars))


def undo(journal: Journal, care: Care = CAREFUL, *, dry_run: bool = False) -> list[RatedOutcome]:
    """Take back all of a journal."""
    changes, torn = read_journal(str(journal.path))
    assert torn == 0
    return list(undo_all(changes, care, dry_run=dry_run))


def take_picture(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Return all that a change would change in a folder."""
    return {
        entry.name: (hashlib.sha256(entry.read_bytes()).hexdigest(), entry.stat().st_mtime_ns, entry.stat().st_ino)
        for entry in folder.iterdir()
    }


def read_pixels(path: Path) -> bytes:
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


# into the photo


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


def write_xmp(path: Path, stars: int) -> None:
    """Rate as a program that writes XMP alone."""
    data = embed(path.read_bytes(), Rating(stars=stars))
    path.write_bytes(data.replace(b"iqscore:Rating", b"another:Rating").replace(b"xmlns:iqscore", b"xmlns:another"))


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


# beside it


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


# refused


def test_photos_that_are_protected(folder: Path, journal: Journal) -> None:
    locked, linked = make_file(folder / "a.jpg"), make_file(folder / "b.jpg")
    locked.chmod(0o444)
    (folder / "c.jpg").hardlink_to(linked)
    picture = take_picture(folder)
    for dry in (journal, None):
        for path, code in ((locked, "read_only"), (linked, "hard_linked")):
            outcome = rate(path, dry)
            assert isinstance(outcome, Failure)
            assert outcome.code == code
    assert take_picture(folder) == picture
    assert rate(locked, journal, care=Care(read_only=True)).status == "written"  # type: ignore[union-attr]
    assert stat.S_IMODE(locked.stat().st_mode) == 0o444
    assert rate(linked, journal, care=Care(hard_links=True)).status == "written"  # type: ignore[union-attr]
    assert read((folder / "c.jpg").read_bytes()).stars is None


def test_a_journal_that_cannot_be_written_stops_before_the_photo(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Journal, change: object) -> None:
        raise OutputError("full")

    monkeypatch.setattr("iqscore.journal.Journal.write", refuse)
    for name, kind in (("a.jpg", "JPEG"), ("a.tif", "TIFF")):
        path = make_file(folder / name, kind)
        picture = take_picture(folder)
        with pytest.raises(OutputError):
            rate(path, journal)
        assert take_picture(folder) == picture


@pytest.mark.parametrize("spoilt", ["is_same", "says"])
def test_what_does_not_come_out_as_meant_is_not_written(
    spoilt: str, folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file(folder / "a.jpg")
    monkeypatch.setattr(f"iqscore.rater.{spoilt}", lambda *_, **__: False)
    picture = take_picture(folder)
    outcome = rate(path, journal)
    assert isinstance(outcome, Failure)
    assert outcome.code == "unverified"
    assert take_picture(folder) == picture
    assert journal.changes == 0


def test_what_nobody_thought_of_is_told_and_harms_nothing(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> bytes:
        raise RecursionError

    monkeypatch.setattr("iqscore.rater.embed", fail)
    path = make_file(folder / "a.jpg")
    picture = take_picture(folder)
    outcome = rate(path, journal)
    assert isinstance(outcome, Failure)
    assert (outcome.code, outcome.path) == ("internal", str(path))
    assert take_picture(folder) == picture


def test_a_signed_photo_gets_a_sidecar(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    data = path.read_bytes()
    box = b"\0\0\0\x28jumb\0\0\0\x20jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0\0\0\0"
    body = b"JP\0\x01\0\0\0\x01" + box
    path.write_bytes(data[:2] + b"\xff\xeb" + (len(body) + 2).to_bytes(2, "big") + body + data[2:])
    picture = take_picture(folder)
    outcome = rate(path, journal)
    assert outcome == Rated(str(path), "written", None, 4, (f"{path}.xmp",), "signed (C2PA), so beside it")
    assert {**take_picture(folder), **picture} == take_picture(folder)
    assert rate(path, journal, break_signature=True).files[0] == str(path)  # type: ignore[union-attr]


def test_what_a_killed_run_left_is_removed(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    (folder / ".b.jpg.iqscore-99999999.tmp").write_bytes(b"half")
    rate(path, journal)
    assert [entry.name for entry in folder.iterdir()] == ["a.jpg"]


def test_a_photo_that_is_gone(folder: Path, journal: Journal) -> None:
    outcome = rate(folder / "a.jpg", journal)
    assert isinstance(outcome, Failure)


# undo


def test_undo_of_a_file_that_is_gone_or_broken(folder: Path, journal: Journal) -> None:
    gone, broken, whole = (make_file(folder / f"{name}.jpg") for name in "abc")
    for path in (gone, broken, whole):
        rate(path, journal)
    gone.unlink()
    broken.write_bytes(broken.read_bytes()[:30])
    first, second, third = undo(journal)
    assert isinstance(first, Rated)
    assert isinstance(second, Failure)
    assert (isinstance(third, Failure), third.path) == (True, str(gone))
    assert read(whole.read_bytes()).stars is None


def test_undo_removes_what_a_killed_run_left_unless_it_is_dry(folder: Path, journal: Journal) -> None:
    rate(make_file(folder / "a.jpg"), journal)
    left = folder / ".b.jpg.iqscore-99999999.tmp"
    left.write_bytes(b"half")
    undo(journal, dry_run=True)
    assert left.exists()
    undo(journal)
    assert not left.exists()


def test_undo_twice_is_undo_once(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    rate(path, journal)
    assert not [o for o in undo(journal) if isinstance(o, Failure)]
    picture = take_picture(folder)
    assert undo(journal) == [Rated(str(path), "unchanged", None, None)]
    assert take_picture(folder) == picture


def test_a_change_that_was_noted_and_never_made(
    folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_file(folder / "a.jpg")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("iqscore.tempfiles.TempFile.replace", die)
    with pytest.raises(KeyboardInterrupt):
        rate(path, journal)
    assert journal.changes == 1
    assert undo(journal) == [Rated(str(path), "unchanged", None, None)]


def test_undo_is_careful_too(folder: Path, journal: Journal) -> None:
    path = make_file(folder / "a.jpg")
    rate(path, journal)
    path.chmod(0o444)
    (outcome,) = undo(journal)
    assert isinstance(outcome, Failure)
    assert outcome.code == "read_only"
    (outcome,) = undo(journal, Care(read_only=True))
    assert isinstance(outcome, Rated)


def test_what_undo_would_lose_stays(folder: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_file(folder / "a.jpg")
    rate(path, journal)
    picture = take_picture(folder)
    monkeypatch.setattr("iqscore.undo.restore", lambda data, before, **_: data[:-1])
    (outcome,) = undo(journal)
    assert isinstance(outcome, Failure)
    assert take_picture(folder) == picture


# any bytes


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), rated=st.booleans())
def test_damaged_photos_are_rated_whole_or_refused(data: st.DataObject, kind: str, rated: bool, tmp_path: Path) -> None:
    """Nothing is ever half changed, nothing unforeseen happens, and what is rated is taken back."""
    with open_journal(str(tmp_path / "j")) as journal:
        path = make_file(tmp_path / "a", kind)
        if rated:
            path.write_bytes(embed(path.read_bytes(), Rating(stars=3, keywords=("one", "two"))))
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.integers(1, len(content)))])
        before = path.read_bytes()
        outcome = rate(path, journal)
        if isinstance(outcome, Failure):
            assert outcome.code != "internal"
            assert path.read_bytes() == before
        elif outcome.status != "written" or outcome.files != (str(path),):
            assert path.read_bytes() == before
        else:
            assert read(path.read_bytes()).stars == 4
            assert to_digest(path.read_bytes()) == to_digest(before)
            said = read(before)
            assert not [told for told in undo(journal) if isinstance(told, Failure)]
            assert read(path.read_bytes()) == said
    for entry in tmp_path.iterdir():
        entry.unlink()
