"""`iqscore cache`: where it is, what is in it, and clearing it, also under a run."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from iqscore.cache import clear_cache, open_store, read_info
from tests.cache.entries import find, make_entry, put
from tests.program import call


def test_the_commands(file: Path, told: list[str], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert call("cache", "path") == 0
    assert capfdbinary.readouterr().out == os.fsencode(file) + b"\n"
    for photos in (0, 300):
        put(told, *(make_entry(b"/%d.jpg" % number) for number in range(photos)))
        assert call("cache", "info") == 0
        out = capfdbinary.readouterr().out.decode()
        assert str(file) in out
        assert f"photos  {photos}\n" in out
    before = file.stat().st_size
    assert call("cache", "clear") == 0
    assert b"MB freed" in capfdbinary.readouterr().out
    assert file.stat().st_size < before
    assert (read_info(file).photos, find(told, b"/7.jpg")) == (0, None)


def test_clearing_under_a_run(file: Path, told: list[str]) -> None:
    put(told, make_entry())
    with open_store(told.append) as store:
        assert store
        assert store.find(b"/a.jpg")
        clear_cache(file)
        assert store.find(b"/a.jpg") is None
        store.put(make_entry(b"/b.jpg"))
    assert find(told, b"/b.jpg")
    assert told == []


def test_a_damaged_cache_is_told_by_info_and_removed_by_clear(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database at all" * 1000)
    assert call("cache", "info") == 2
    err = capfd.readouterr().err
    assert str(file) in err
    assert "iqscore cache clear" in err
    assert call("cache", "clear") == 0
    assert not file.exists()
    assert call("cache", "clear") == 0


@pytest.mark.parametrize("command", ["info", "clear"])
def test_a_busy_cache_is_not_called_damaged(
    command: str, file: Path, told: list[str], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("iqscore.cache.database._WAIT_SECONDS", 0.1)
    put(told, make_entry())
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert call("cache", command) == 2
    err = capfd.readouterr().err
    assert "locked" in err
    assert "damaged" not in err
    assert "clear" not in err
    assert find(told) == make_entry()


@pytest.mark.parametrize("words", [["cache"], ["cache", "nonsense"]])
def test_other_words_are_wrong_usage(words: list[str]) -> None:
    assert call(*words) == 2
