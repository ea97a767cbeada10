"""Taking ratings back: of files that are gone, broken, protected or never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqscore.exchange import Care
from iqscore.journal import Journal
from iqscore.metadata import read
from iqscore.records import Failure, Rated
from tests.rating.rater import make_file, rate, take_picture, undo


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
