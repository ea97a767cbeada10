"""Entries of the cache: made up, put, found, changed behind its back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from iqscore.cache import Entry, open_store


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
