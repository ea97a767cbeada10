"""Photos that are not rated, or only beside them: protected, signed, gone, damaged, or not as meant."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iqscore.errors import OutputError
from iqscore.exchange import Care
from iqscore.journal import Journal, open_journal
from iqscore.metadata import Rating, embed, read, to_digest
from iqscore.records import Failure, Rated
from tests.rating.rater import make_file, rate, take_picture, undo


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
