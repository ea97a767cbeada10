"""The tables of the cache, and how a connection to them is opened."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path

VERSION = 1
"""Of the tables; a file of another version is made anew."""
_WAIT_SECONDS = 10
"""How long another process may keep the file to itself."""

# an error in a statement is a table that is not as it was made
_DAMAGE = frozenset([sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH])
_BUSY = frozenset([sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED])

_TABLES = """
CREATE TABLE photos (
    path BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime INTEGER NOT NULL,
    pipeline TEXT NOT NULL,
    digest BLOB,
    used INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX digests ON photos (digest) WHERE digest IS NOT NULL;
"""


def connect(file: Path) -> sqlite3.Connection:
    """Return a connection to an existing cache, which may be closed in another thread; sqlite3.Error where it fails."""
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode=rw", uri=True, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    # a killed program loses nothing that was committed; a power cut may lose the latest, and harms nothing
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def prepare(file: Path) -> None:
    """Make the cache where there is none, or one of another version.

    Raises OSError where the folder, sqlite3.Error where the file is of no use.
    """
    folder = file.parent
    # backups leave out all that is in a tagged folder, and one that was there may hold more than the cache
    is_ours = not folder.exists()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if is_ours:
        _tag(folder)
    # photos' names are nobody else's business
    file.touch(mode=0o600)
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            _make_tables(file)
        except sqlite3.Error as error:
            # SQLite does not wait for another process that turns the log on at the same moment
            if not is_busy(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def _make_tables(file: Path) -> None:
    with closing(connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version != VERSION:
            connection.execute("DROP TABLE IF EXISTS photos")
            for statement in _TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")


def count_bytes(connection: sqlite3.Connection) -> int:
    """Return how much of the file is in use."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def remove(file: Path) -> None:
    """Remove the cache and what SQLite keeps beside it; OSError where that is not possible."""
    # the log first: beside a new file, it would be taken for the log of that one
    for part in (f"{file}-wal", f"{file}-shm", f"{file}-journal", str(file)):
        Path(part).unlink(missing_ok=True)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether the file itself is bad, rather than busy, full or out of reach."""
    return _to_code(error) in _DAMAGE


def is_busy(error: sqlite3.Error) -> bool:
    """Tell whether another process kept the file to itself for too long."""
    return _to_code(error) in _BUSY


def _to_code(error: sqlite3.Error) -> int:
    # the lower byte is the kind of error, the others its particulars
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _tag(folder: Path) -> None:
    """Say that backups may leave this folder out (bford.info/cachedir)."""
    tag = folder / "CACHEDIR.TAG"
    if not tag.exists():
        with suppress(OSError):
            tag.write_text("Signature: 8a477f597d28d172789f06886806bc55\n# made by iqscore\n", encoding="ascii")
