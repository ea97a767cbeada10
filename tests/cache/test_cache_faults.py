"""A cache that is damaged, full, busy or shut is no error."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from iqscore.cache import VARIABLE, get_cache_file, open_store, read_info
from iqscore.cache.database import connect
from iqscore.errors import OutputError
from tests.cache.entries import change, find, make_entry, put


def tear(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    file.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda file: file.write_bytes(b"this is no database, but it is long enough to be read as one" * 100),
        tear,
        lambda file: change(file, "ALTER TABLE photos RENAME TO others"),
        lambda file: change(file, "ALTER TABLE photos RENAME COLUMN data TO others"),
    ],
    ids=["other content", "torn pages", "no table", "no column"],
)
def test_a_damaged_file_is_made_anew_with_a_notice(
    damage: Callable[[Path], object], file: Path, told: list[str]
) -> None:
    put(told, *(make_entry(b"/%d.jpg" % number) for number in range(500)))
    damage(file)
    with open_store(told.append) as store:
        assert store
        assert store.find(b"/250.jpg") is None
        store.put(make_entry())
    assert told == [f"{file}: the cache was damaged and is made anew"]
    assert find(told) == make_entry()
    assert len(told) == 1


def test_damage_that_comes_while_it_is_used_is_told_once(file: Path, told: list[str]) -> None:
    put(told, make_entry())
    with open_store(told.append) as store:
        assert store
        change(file, "DROP TABLE photos")
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(store.find, [b"/a.jpg"] * 20)) == [None] * 20
        store.put(make_entry(size=5))
    assert told == [f"{file}: the cache was damaged and is made anew"]
    assert find(told) == make_entry(size=5)


def test_an_empty_file_is_a_new_cache(file: Path, told: list[str]) -> None:
    file.parent.mkdir(parents=True)
    file.touch()
    put(told, make_entry())
    assert (find(told), told) == (make_entry(), [])


def test_a_file_of_another_version_is_made_anew(file: Path, told: list[str]) -> None:
    put(told, make_entry())
    change(file, "PRAGMA user_version = 99")
    assert read_info(file).photos == 0
    assert find(told) is None
    put(told, make_entry())
    assert (find(told), told) == (make_entry(), [])


def test_a_value_that_is_not_what_was_written_is_not_there(file: Path, told: list[str]) -> None:
    put(told, make_entry())
    change(file, "UPDATE photos SET data = ?", b'{"some":"thinG"}')
    assert (find(told), told) == (None, [])


def test_a_file_that_another_program_keeps_to_itself_is_waited_for(
    file: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iqscore.cache.database._WAIT_SECONDS", 0.1)
    put(told, make_entry())
    with open_store(told.append) as store, closing(sqlite3.connect(file, isolation_level=None)) as other:
        assert store
        other.execute("BEGIN IMMEDIATE")
        store.put(make_entry(size=7))
        # readers are not kept waiting
        assert store.find(b"/a.jpg") == make_entry()
        other.execute("ROLLBACK")
    assert told == []


def test_without_a_place_there_is_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "taken"))
    with open_store(told.append) as store:
        assert store is None
    (line,) = told
    assert str(tmp_path / "taken") in line
    assert VARIABLE in line


def test_a_disk_that_fills_up_ends_the_cache_and_not_the_run(
    file: Path, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def connect_to_full(file: Path) -> sqlite3.Connection:
        connection = connect(file)
        connection.execute("PRAGMA max_page_count = 10")
        return connection

    put(told, make_entry())
    monkeypatch.setattr("iqscore.cache.store.connect", connect_to_full)
    put(told, *(make_entry(b"/%d.jpg" % number, data=os.urandom(900)) for number in range(1000)))
    (line,) = told
    assert "full" in line
    assert find(told) == make_entry()


def test_nobody_without_a_home_has_a_place(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setenv(VARIABLE, "~nobody-of-that-name/cache")
    with pytest.raises(OutputError, match=VARIABLE):
        get_cache_file()
    with open_store(told.append) as store:
        assert store is None
    assert len(told) == 1
