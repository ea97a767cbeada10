"""What is remembered of a photo outlasts what iqscore itself writes into it, and nothing else that happens to it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iqscore.cache import NAME, VARIABLE, Entry, Move, open_store
from iqscore.metadata import read
from tests.program import Ended, run
from tests.seeing import SEEING, write_photos

OLD_STATE, NEW_STATE = (1234, 5_000_000_000), (2345, 6_000_000_000)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the cache; the current folder has three photos in `shoot`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    write_photos(Path("shoot"), 3)
    return tmp_path / "cache" / NAME


def call(*words: str) -> Ended:
    ended = run(*words, program=SEEING)
    assert ended.status == 0, ended.stderr
    return ended


def count_remembered(*words: str) -> int:
    """Return how many photos of a run came from the cache."""
    said = call(*words).stderr
    return int(said.split(" from the cache")[0].split()[-1]) if "from the cache" in said else 0


def make_entry(path: bytes, state: tuple[int, int], digest: bytes | None = None) -> Entry:
    return Entry(path, *state, "pipeline", digest, b"data")


@pytest.mark.usefixtures("cache")
def test_a_move_holds_for_what_was_put_before_it_and_for_that_state_alone() -> None:
    entries = [make_entry(b"/now", OLD_STATE, b"digest"), make_entry(b"/other", NEW_STATE)]
    moves = [Move(entry.path, OLD_STATE, NEW_STATE, b"new digest") for entry in entries]
    moves.append(Move(b"/unknown", OLD_STATE, NEW_STATE, None))
    with open_store(pytest.fail) as store:
        assert store
        for entry in entries:
            store.put(entry)
        for move in moves:
            store.move(move)
    with open_store(pytest.fail) as store:
        assert store
        assert store.find(b"/now") == make_entry(b"/now", NEW_STATE, b"new digest")
        assert store.find(b"/other") == entries[1]
        assert store.find(b"/unknown") is None


@pytest.mark.parametrize("words", [["rate", "shoot"], ["rank", "shoot", "--xmp"], ["rate", "shoot", "--keep-mtime"]])
@pytest.mark.usefixtures("cache")
def test_photos_that_were_rated_are_not_scored_again(words: list[str]) -> None:
    call(*words)
    assert read(Path("shoot/0000.jpg").read_bytes()).stars is not None
    again = call("score", "shoot")
    assert "3 from the cache" in again.stderr
    assert again.stdout == call("score", "shoot", "--no-cache").stdout


@pytest.mark.usefixtures("cache")
def test_undone_photos_are_known_too() -> None:
    call("rate", "shoot", "--journal", "journal")
    call("rate", "--undo", "journal")
    assert read(Path("shoot/0000.jpg").read_bytes()).stars is None
    assert count_remembered("score", "shoot") == 3


@pytest.mark.usefixtures("cache")
def test_rated_photos_are_known_by_their_content_where_that_was_asked_for() -> None:
    call("rate", "shoot", "--hash")
    Path("shoot").rename("moved")
    assert count_remembered("score", "moved") == 0
    Path("moved").rename("elsewhere")
    assert count_remembered("score", "elsewhere", "--hash") == 3


@pytest.mark.usefixtures("cache")
def test_a_photo_that_somebody_changed_after_the_rating_is_scored_again() -> None:
    call("rate", "shoot")
    photo = Path("shoot/0001.jpg")
    photo.write_bytes(photo.read_bytes() + b"more")
    assert count_remembered("score", "shoot") == 2


def test_without_a_cache_photos_are_rated_and_nothing_is_kept(cache: Path) -> None:
    call("rate", "shoot", "--no-cache", "--journal", "journal")
    call("rate", "--undo", "journal", "--no-cache")
    assert not cache.exists()


@pytest.mark.usefixtures("cache")
def test_a_photo_on_standard_input_leaves_nothing() -> None:
    # a photo that is long in coming would be old enough
    aged = f"import iqscore.memory; iqscore.memory.FRESH_NS = 0\n{SEEING}"
    data = Path("shoot/0000.jpg").read_bytes()
    ended = run("score", "-", "shoot/0001.jpg", program=aged, sent=data)
    assert (ended.status, len(ended.stdout.splitlines())) == (0, 2)
    with open_store(pytest.fail) as store:
        assert store
        (count, path) = store._connect(0).execute("SELECT count(*), max(path) FROM photos").fetchone()
    assert (count, path) == (1, os.fsencode(Path("shoot/0001.jpg").absolute()))
