"""What people ask of the cache when no run uses it: what is in it, and to forget it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from iqscore.cache.database import VERSION, connect, is_damage, remove
from iqscore.errors import OutputError


@dataclass(frozen=True, slots=True)
class Info:
    """What is in a cache."""

    photos: int
    bytes: int
    """On the disk, the log that SQLite keeps beside it included."""


def read_info(file: Path) -> Info:
    """Return what is in the cache, nothing where there is none; OutputError where it cannot be read."""
    if not file.exists():
        return Info(0, 0)
    size = sum(part.stat().st_size for part in (file, Path(f"{file}-wal")) if part.exists())
    try:
        with closing(connect(file)) as connection:
            if connection.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                return Info(0, size)
            (photos,) = connection.execute("SELECT count(*) FROM photos").fetchone()
    except sqlite3.Error as error:
        advice = "; it is damaged; `iqscore cache clear` removes it" if is_damage(error) else ""
        raise _to_error(file, error, advice) from error
    return Info(photos, size)


def clear_cache(file: Path) -> int:
    """Forget everything, also under a run that uses the cache; return how many bytes that freed.

    Raises OutputError where the file cannot be changed.
    """
    if not file.exists():
        return 0
    before = file.stat().st_size
    try:
        try:
            _empty(file)
        except sqlite3.Error as error:
            if not is_damage(error):
                raise
            remove(file)
    except (sqlite3.Error, OSError) as error:
        raise _to_error(file, error) from error
    return before - (file.stat().st_size if file.exists() else 0)


def _empty(file: Path) -> None:
    with closing(connect(file)) as connection:
        connection.execute("DELETE FROM photos")
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _to_error(file: Path, error: Exception, advice: str = "") -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"{file}: the cache cannot be used ({reason}{advice})")
