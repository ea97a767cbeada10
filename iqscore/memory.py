"""What was seen in a photo, remembered as long as the photo, the models and the pipeline are the same."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from iqscore.cache import Entry, Move, Store
from iqscore.sight import Sight, from_bytes, to_bytes

FRESH_NS = 2_000_000_000
"""A photo that changed less than this ago may change again within the same tick of a file system's clock."""
_MOST_MODELS = 4


@dataclass(slots=True)
class Known:
    """What is known of a photo before it is decoded."""

    path: str
    status: os.stat_result | None = None
    """Of the file; None where it cannot be looked at, or is none."""
    sight: Sight | None = None
    """What was seen earlier; outputs of other models are missing."""
    digest: bytes | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """The outputs of all models, packed."""


class Memory:
    """Sights in a store, for one pipeline and a model of each role; for any number of threads."""

    def __init__(self, store: Store, pipeline: str, models: Mapping[str, str], *, hashing: bool = False) -> None:
        self._store = store
        self._pipeline = pipeline
        self._models = models
        self._hashing = hashing
        self._lock = Lock()
        self.hits = 0
        """Photos that needed no decoding."""

    def find(self, path: str, *, quickly: bool = False) -> Known:
        """Return what is known of the photo at `path`: of that very file, or of that content where it is hashed.

        Quickly, nothing is hashed, and what would have to be is not known.
        """
        status = _get_status(path)
        if status is None:
            return Known(path)
        entry = self._store.find(_to_key(path))
        if entry and (entry.size, entry.mtime) != _to_state(status):
            entry = None
        known = Known(path, status, digest=entry.digest if entry else None)
        if entry and entry.pipeline != self._pipeline:
            entry = None
        if self._hashing and (entry is None or known.digest is None):
            if known.digest is None and quickly:
                return known
            known.digest = known.digest or _read_digest(path)
            if entry is None and known.digest:
                entry = self._store.find_digest(known.digest, self._pipeline)
            if entry:
                self._put(path, status, known.digest, entry.data)
        return self._recall(known, entry)

    def keep(self, known: Known, sight: Sight) -> None:
        """Remember what was seen, unless the photo was changed meanwhile or a moment ago."""
        if known.status is None:
            return
        more = dict(list(known.more.items())[-_MOST_MODELS:])
        self._put(known.path, known.status, known.digest, to_bytes(sight, self._models, more))

    def count_hit(self) -> None:
        """Note that a photo needed no decoding."""
        with self._lock:
            self.hits += 1

    def _recall(self, known: Known, entry: Entry | None) -> Known:
        if entry:
            try:
                known.sight, known.more = from_bytes(entry.data, self._models)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                known.sight = None
        return known

    def _put(self, path: str, before: os.stat_result, digest: bytes | None, data: bytes) -> None:
        status = _get_status(path)
        if status is None or _to_state(status) != _to_state(before):
            return
        if abs(time.time_ns() - status.st_mtime_ns) < FRESH_NS:
            return
        size, mtime = _to_state(status)
        self._store.put(Entry(_to_key(path), size, mtime, self._pipeline, digest, data))


def carry_over(
    store: Store, path: str, before: os.stat_result, after: os.stat_result, data: bytes, *, hashing: bool = False
) -> None:
    """Have what is remembered of a photo hold for it with other metadata, of which a record says nothing.

    `before` and `after` are its status then and now, `data` is its content now.
    """
    digest = _to_digest(path, io.BytesIO(data)) if hashing else None
    store.move(Move(_to_key(path), _to_state(before), _to_state(after), digest))


def _get_status(path: str) -> os.stat_result | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path for each photo costs more than the call
    except (OSError, ValueError):
        return None
    # what cannot be read today fails today, too
    return status if stat.S_ISREG(status.st_mode) and os.access(path, os.R_OK) else None


def _to_state(status: os.stat_result) -> tuple[int, int]:
    return status.st_size, status.st_mtime_ns


def _to_key(path: str) -> bytes:
    return os.fsencode(os.path.abspath(path))  # noqa: PTH100 - a link is not what it leads to


def _read_digest(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return _to_digest(path, file)
    except OSError:
        return None


def _to_digest(path: str, file: io.BufferedReader | io.BytesIO) -> bytes:
    """Return what stands for a photo's content and suffix, which decides how some kinds are read."""
    digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20))
    digest.update(os.fsencode(os.path.splitext(path)[1].lower()))  # noqa: PTH122
    return digest.digest()
