"""The cache's file: what is put is found, by many threads and programs; the longest unused are forgotten."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from iqscore.cache import NAME, VARIABLE, get_cache_file, open_store, read_info
from iqscore.cache import store as store_module
from iqscore.cache.writing import MOST, SECONDS, Batches
from tests.cache.entries import change, find, make_entry, put
from tests.program import ROOT


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
