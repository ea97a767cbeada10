"""The cache's file: what is put is found, by many threads and programs; what is damaged, full or shut is no error."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from iqscore.cache import NAME, VARIABLE, Entry, clear_cache, get_cache_file, open_store, read_info
from iqscore.cache import store as store_module
from iqscore.cache.database import connect
from iqscore.cache.writing import MOST, SECONDS, Batches
from iqscore.errors import OutputError
from tests.program import ROOT, call


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the cache will be."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept" / "here"))
    return tmp_path / "kept" / "here" / NAME


@pytest.fixture
def told() -> list[str]:
    """Return what is told of the cache."""
    return []


def make_entry(path: bytes = b"/a.jpg", **changes: Any) -> Entry:
    entry = Entry(path, 1234, 1_600_000_000_123_456_789, "pipeline", None, b'{"some":"thing"}')
    return entry._replace(**changes)


def put(told: list[str], *entries: Entry, limit: int = 1 << 30) -> None:
    with open_store(told.append, limit=limit) as store:
        assert store
        for entry in entries:
            store.put(entry)


def find(told: list[str], path: bytes = b"/a.jpg") -> Entry | None:
    with open_store(told.append) as store:
        assert store
        return store.find(path)


def change(file: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement, values)


def test_what_is_put_is_found_by_the_next_run(file: Path, told: list[str]) -> None:
    entries = [make_entry(b"/a.jpg"), make_entry(b"/caf\xe9\n.jpg", digest=b"\0digest")]
    put(told, *entries)
    assert [find(told, entry.path) for entry in entries] == entries
    assert find(told, b"/b.jpg") is None
    assert (file.stat().st_mode & 0o077, file.parent.stat().st_mode & 0o077) == (0, 0)
    assert told == []


def test_only_a_folder_of_its_own_is_left_out_of_backups(
    file: Path, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(told, make_entry())
    assert (file.parent / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55\n")
    (tmp_path / "Photos").mkdir()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "Photos"))
    put(told, make_entry())
    assert (tmp_path / "Photos" / NAME).exists()
    assert not (tmp_path / "Photos" / "CACHEDIR.TAG").exists()


def test_the_latest_counts(file: Path, told: list[str]) -> None:
    put(told, make_entry(), make_entry(size=99))
    assert find(told) == make_entry(size=99)
    put(told, make_entry(data=b"new"))
    assert find(told) == make_entry(data=b"new")
    assert read_info(file).photos == 1


def test_what_is_put_is_on_the_disk_within_a_second(file: Path, told: list[str]) -> None:
    assert SECONDS < 1
    with open_store(told.append) as store:
        assert store
        store.put(make_entry())
        until = time.monotonic() + 30
        while store.find(b"/a.jpg") is None and time.monotonic() < until:
            time.sleep(0.01)
        # another program sees it too
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT path FROM photos").fetchall() == [(b"/a.jpg",)]


def test_batches_are_written_in_order_and_to_the_last() -> None:
    written: list[list[int]] = []
    batches: Batches[int] = Batches(written.append)
    for number in range(2 * MOST + 10):
        batches.add(number)
    batches.close()
    assert [number for batch in written for number in batch] == list(range(2 * MOST + 10))
    assert len(written) <= 4
    assert max(map(len, written)) <= MOST


def test_photos_are_found_by_content(file: Path, told: list[str]) -> None:
    put(told, make_entry(b"/a.jpg", digest=b"one"), make_entry(b"/b.jpg", digest=b"two"), make_entry(b"/c.jpg"))
    with open_store(told.append) as store:
        assert store
        assert store.find_digest(b"two", "pipeline") == make_entry(b"/b.jpg", digest=b"two")
        assert store.find_digest(b"two", "another") is None
        assert store.find_digest(b"three", "pipeline") is None


def test_many_threads_read_while_one_writes(file: Path, told: list[str]) -> None:
    entries = [make_entry(b"/%d.jpg" % number, size=number) for number in range(300)]
    put(told, *entries[:150])
    with open_store(told.append) as store, ThreadPoolExecutor(8) as pool:
        assert store
        for entry in entries[150:]:
            store.put(entry)
        found = list(pool.map(store.find, [entry.path for entry in entries] * 2))
    assert found[:150] == found[300:450] == entries[:150]
    assert read_info(file).photos == 300
    assert told == []


FILL = """
import sys
from iqscore.cache import Entry, open_store
with open_store(print) as store:
    for number in range(200):
        path = b"/%s/%d.jpg" % (sys.argv[1].encode(), number)
        store.put(Entry(path, number, 1, "pipeline", None, b"data"))
        store.put(Entry(b"/shared.jpg", number, 1, "pipeline", None, b"data"))
        if number % 50 == 0:
            assert store.find(b"/nothing.jpg") is None
"""


def test_programs_that_start_at_once_share_it(file: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    programs = [
        subprocess.Popen([sys.executable, "-c", FILL, name], env=environment, stdout=subprocess.PIPE) for name in "abcd"
    ]
    assert [program.communicate(timeout=120)[0] for program in programs] == [b""] * 4
    assert [program.returncode for program in programs] == [0] * 4
    assert read_info(file).photos == 4 * 200 + 1


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


def test_the_longest_unused_are_forgotten(file: Path, told: list[str]) -> None:
    entries = [make_entry(b"/%05d.jpg" % number, data=os.urandom(900)) for number in range(1500)]
    put(told, *entries[:500])
    change(file, "UPDATE photos SET used = used - 1000")
    put(told, *entries[500:], limit=1_000_000)
    info = read_info(file)
    assert 500 < info.photos < 1100
    assert info.bytes < 3_000_000
    assert find(told, entries[1].path) is None
    assert find(told, entries[-1].path) == entries[-1]


def test_use_is_noted_once_a_day(file: Path, told: list[str]) -> None:
    put(told, make_entry())
    now = int(time.time())
    for age, noted in ((store_module.DAY // 2, False), (2 * store_module.DAY, True)):
        change(file, "UPDATE photos SET used = ?", now - age)
        assert find(told) == make_entry()
        with closing(sqlite3.connect(file)) as connection:
            (used,) = connection.execute("SELECT used FROM photos").fetchone()
        assert (used != now - age) is noted


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


@pytest.mark.parametrize(
    ("system", "variables", "place"),
    [
        ("linux", {"HOME": "/home/me"}, "/home/me/.cache/iqscore"),
        ("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "/big"}, "/big/iqscore"),
        ("linux", {"HOME": "/home/me", "XDG_CACHE_HOME": "big"}, "/home/me/.cache/iqscore"),
        ("darwin", {"HOME": "/Users/me"}, "/Users/me/Library/Caches/iqscore"),
        ("win32", {"HOME": "/me", "LOCALAPPDATA": "/me/Local"}, "/me/Local/iqscore/Cache"),
        ("win32", {"HOME": "/me"}, "/me/AppData/Local/iqscore/Cache"),
        ("linux", {"HOME": "/home/me", VARIABLE: "~/mine"}, "/home/me/mine"),
    ],
)
def test_it_is_where_programs_keep_theirs(
    system: str, variables: dict[str, str], place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.platform", system)
    assert get_cache_file() == Path(place, NAME)


def test_nobody_without_a_home_has_a_place(monkeypatch: pytest.MonkeyPatch, told: list[str]) -> None:
    monkeypatch.setenv(VARIABLE, "~nobody-of-that-name/cache")
    with pytest.raises(OutputError, match=VARIABLE):
        get_cache_file()
    with open_store(told.append) as store:
        assert store is None
    assert len(told) == 1


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
