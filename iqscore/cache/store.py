"""The cache while a run uses it: any number of threads read, one writes."""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from iqscore.cache.database import connect, count_bytes, is_busy, is_damage, prepare, remove
from iqscore.cache.place import VARIABLE, get_cache_file
from iqscore.cache.writing import Batches
from iqscore.errors import OutputError

MAX_BYTES = 1 << 30
"""The most that the cache holds; the photos whose turn was longest ago are forgotten first."""
DAY = 86400
"""Seconds after which a photo that is used again is noted as such."""
_FIND = "SELECT path, size, mtime, pipeline, digest, used, checksum, data FROM photos WHERE path = ?"
_FIND_DIGEST = _FIND.replace("path = ?", "digest = ? AND pipeline = ? LIMIT 1")
_PUT = "REPLACE INTO photos (path, size, mtime, pipeline, digest, used, checksum, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_MOVE = """
UPDATE photos SET size = ?, mtime = ?, digest = ? WHERE path = ? AND size = ? AND mtime = ?
"""
_FORGET = """
DELETE FROM photos WHERE rowid IN (
    SELECT rowid FROM photos ORDER BY used, rowid LIMIT (SELECT 1 + count(*) / 8 FROM photos)
)
"""


class Entry(NamedTuple):
    """What is kept of one photo."""

    path: bytes
    """From the root."""
    size: int
    mtime: int
    """Nanoseconds."""
    pipeline: str
    digest: bytes | None
    """Of its content, where that was asked for."""
    data: bytes


class Move(NamedTuple):
    """A photo that got another size and time and is still the same to look at."""

    path: bytes
    old: tuple[int, int]
    """Size, and time in nanoseconds."""
    new: tuple[int, int]
    digest: bytes | None
    """Of its new content."""


class Store:
    """An open cache. Nothing that befalls it is an error: what cannot be read is not there, and the run is told."""

    def __init__(self, file: Path, *, limit: int = MAX_BYTES, tell: Callable[[str], None]) -> None:
        self.file = file
        self._limit = limit
        self._tell = tell
        self._local = threading.local()
        self._lock = threading.Lock()
        self._connections: list[sqlite3.Connection] = []
        self._age = 0
        """How often the file was made anew; connections to an older one are of no use."""
        self._is_lost = False
        self._batches: Batches[Entry | Move] = Batches(self._write)

    def find(self, path: bytes) -> Entry | None:
        """Return what is kept of the photo at a path, whatever it looks like today."""
        return self._find(_FIND, path)

    def find_digest(self, digest: bytes, pipeline: str) -> Entry | None:
        """Return what a pipeline kept of a photo with that content."""
        return self._find(_FIND_DIGEST, digest, pipeline)

    def put(self, entry: Entry) -> None:
        """Keep an entry in place of what is there of its path; it is on the disk within a second."""
        self._batches.add(entry)

    def move(self, move: Move) -> None:
        """Have what is kept of a photo, also what was put a moment ago, hold for it as it is now."""
        self._batches.add(move)

    def close(self) -> None:
        """Write what is left, and let go of the file."""
        self._batches.close()
        # a thread that was left behind finds nothing any more
        self._is_lost = True
        for connection in self._connections:
            with suppress(sqlite3.Error):
                connection.close()

    def _find(self, query: str, *keys: bytes | str) -> Entry | None:
        age = self._age
        try:
            row = None if self._is_lost else self._connect(age).execute(query, keys).fetchone()
        except sqlite3.Error as error:
            self._suffer(error, age)
            return None
        return None if row is None else self._check(*row)

    def _check(self, *row: Any) -> Entry | None:
        """Return a row as an entry, None where it is not what was written; note that it was used, once a day."""
        *facts, used, checksum, data = row
        if not isinstance(data, bytes) or zlib.crc32(data) != checksum:
            return None
        entry = Entry._make([*facts, data])
        if abs(time.time() - used) > DAY:
            self.put(entry)
        return entry

    def _connect(self, age: int) -> sqlite3.Connection:
        """Return this thread's connection to the file of that age."""
        local = self._local
        if getattr(local, "age", None) != age:
            local.connection, local.age = connect(self.file), age
            with self._lock:
                self._connections.append(local.connection)
        connection: sqlite3.Connection = local.connection
        return connection

    def _write(self, items: list[Entry | Move]) -> None:
        # once more for a file that had to be made anew
        for _ in range(2):
            age = self._age
            try:
                if not self._is_lost:
                    self._try_to_write(self._connect(age), items)
            except sqlite3.Error as error:
                self._suffer(error, age)
            else:
                return

    def _try_to_write(self, connection: sqlite3.Connection, items: list[Entry | Move]) -> None:
        now = int(time.time())
        rows = [(*item[:-1], now, zlib.crc32(item.data), item.data) for item in items if isinstance(item, Entry)]
        moves = [(*item.new, item.digest, item.path, *item.old) for item in items if isinstance(item, Move)]
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(_PUT, rows)
            # last: an entry may be of the photo as it was before, and one of the photo as it is now is left alone
            connection.executemany(_MOVE, moves)
            if count_bytes(connection) > self._limit:
                connection.execute(_FORGET)
            connection.execute("COMMIT")
        except sqlite3.Error:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise

    def _suffer(self, error: sqlite3.Error, age: int) -> None:
        """Make a damaged file anew; do without a cache where that fails, or where something else is wrong."""
        with self._lock:
            if self._is_lost or self._age != age or is_busy(error):
                return
            try:
                if not is_damage(error):
                    raise error
                renew(self.file, self._tell)
                self._age += 1
            except (sqlite3.Error, OSError) as reason:
                self._is_lost = True
                self._tell(to_complaint(self.file, reason))


def renew(file: Path, tell: Callable[[str], None]) -> None:
    """Put an empty cache in the place of a damaged one, and say so; sqlite3.Error or OSError where that fails."""
    remove(file)
    prepare(file)
    tell(f"{file}: the cache was damaged and is made anew")


def to_complaint(file: Path, reason: Exception) -> str:
    """Return why there is no cache, in a line."""
    text = getattr(reason, "strerror", None) or reason
    return (
        f"{file}: the cache cannot be used ({text}); set {VARIABLE} to a folder that can be written, or use --no-cache"
    )


@contextmanager
def open_store(tell: Callable[[str], None], *, limit: int = MAX_BYTES) -> Iterator[Store | None]:
    """Yield the cache, made where there is none; None, which is told, where it cannot be used."""
    store = _open(tell, limit)
    try:
        yield store
    finally:
        if store:
            store.close()


def _open(tell: Callable[[str], None], limit: int) -> Store | None:
    try:
        file = get_cache_file()
    except OutputError as error:
        tell(str(error))
        return None
    try:
        try:
            prepare(file)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            renew(file, tell)
    except (sqlite3.Error, OSError) as error:
        tell(to_complaint(file, error))
        return None
    return Store(file, limit=limit, tell=tell)
