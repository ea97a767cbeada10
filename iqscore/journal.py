"""Every change of a rating, one JSON object a line, told to the disk before the change is made final.

    {"schema":1,"kind":"rating","photo":"/a/b.jpg","file":"/a/b.jpg","made":null,"before":{…},"after":{…}}

`file` is the photo or a sidecar; `before` and `after` are what it said (metadata.Found), without what is null. Of a
file that was made, `made` is the SHA-256 and `before` is empty.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from threading import Lock
from typing import Any

from iqscore.errors import OutputError, UsageError, to_output_error
from iqscore.metadata import Found
from iqscore.records import SCHEMA
from iqscore.tempfiles import sync_file

_VARIABLE = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_STATE_HOME"
_HEAD = b'{"schema":1,"kind":"rating",'


@dataclass(frozen=True, slots=True)
class Change:
    """One file changed or made."""

    photo: str
    """The photo that was rated, its path from the root."""
    file: str
    """The photo itself or a sidecar."""
    before: Found
    after: Found
    made: str | None = None
    """The SHA-256 of a file that was not there before."""

    @property
    def added(self) -> frozenset[str]:
        """The keywords that came with it."""
        return frozenset(self.after.keywords).difference(self.before.keywords)


class Journal:
    """A journal that is written, by any number of threads."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.changes = 0
        self._descriptor = descriptor
        self._lock = Lock()
        self._is_torn = False

    def write(self, change: Change) -> None:
        """Append a change; it is on the disk when this returns. OutputError where it cannot be."""
        line = _to_line(change)
        try:
            with self._lock:
                # in one piece, so that two runs that share a journal never mix
                if self._is_torn or os.write(self._descriptor, line) < len(line):
                    self._is_torn = True
                    raise OutputError(f"{self.path}: cannot be written (the disk is full; make room)")
                self.changes += 1
            sync_file(self._descriptor)
        except OSError as error:
            raise to_output_error(str(self.path), error) from error


@contextmanager
def open_journal(target: str | None) -> Iterator[Journal]:
    """Yield a journal in the file `target`, after what it has; or in a new one, which is gone if nothing changed.

    Raises OutputError where it cannot be written, UsageError where the file is no journal.
    """
    path = Path(target) if target else _to_default_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True) if target is None else None
        if path.exists():
            _check_is_journal(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    except (OSError, ValueError) as error:
        raise to_output_error(str(path), error) from error
    journal = Journal(path, descriptor)
    try:
        yield journal
    finally:
        os.close(descriptor)
        if target is None and not journal.changes:
            with suppress(OSError):
                path.unlink()


def _check_is_journal(path: Path) -> None:
    """Raise UsageError where a file is something else; end a line that a full disk or a crash cut short."""
    with path.open("rb") as file:
        head = file.read(len(_HEAD))
        if head and head != _HEAD:
            raise UsageError(f"{path}: there is a file that is no journal of iqscore; choose another name")
        torn = bool(head) and file.seek(-1, os.SEEK_END) >= 0 and file.read(1) != b"\n"
    if torn:
        with path.open("ab") as file:
            file.write(b"\n")


def _to_default_path() -> Path:
    """Return a new file's path where programs keep what they must remember; OutputError without such a place."""
    try:
        folder = _get_folder()
    except RuntimeError as error:
        advice = f"set {_VARIABLE} to a folder, or name a file with `iqscore rate --journal`"
        raise OutputError(f"there is no place for a journal ({error}); {advice}") from error
    name = time.strftime("%Y-%m-%dT%H-%M-%S")
    paths = (
        folder / "iqscore" / f"{name}-{os.getpid()}{more}.ndjson" for more in ("", *(f"-{n}" for n in range(1, 1000)))
    )
    return next(path for path in paths if not path.exists())


def _get_folder() -> Path:
    base = os.environ.get(_VARIABLE, "")
    # the specification has relative paths ignored
    if os.path.isabs(base):  # noqa: PTH117
        return Path(base)
    return Path.home() / ("AppData/Local" if sys.platform == "win32" else ".local/state")


def read_journal(path: str) -> tuple[list[Change], int]:
    """Return the changes of a journal, oldest first, and how many lines were cut short.

    Raises UsageError where it cannot be read or is none.
    """
    try:
        lines = Path(path).read_bytes().splitlines()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have that name"
        raise UsageError(f"{path}: the journal cannot be read ({reason})") from error
    if lines and not lines[0].startswith(_HEAD[: len(lines[0])]):
        raise UsageError(f"{path}: that is no journal of iqscore; name one that `iqscore rate` wrote")
    changes = [_to_change(line) for line in lines if line]
    whole = [change for change in changes if change]
    return whole, len(changes) - len(whole)


def to_sha256(data: bytes) -> str:
    """Return the digest that a journal knows a file by."""
    return hashlib.sha256(data).hexdigest()


def _to_line(change: Change) -> bytes:
    record = {
        "schema": SCHEMA,
        "kind": "rating",
        "photo": change.photo,
        "file": change.file,
        "made": change.made,
        "before": _to_said(change.before),
        "after": _to_said(change.after),
    }
    return json.dumps(record, separators=(",", ":")).encode("ascii") + b"\n"


def _to_said(found: Found) -> dict[str, Any]:
    return {name: value for name, value in asdict(found).items() if value not in (None, ())}


def _to_change(line: bytes) -> Change | None:
    try:
        record = json.loads(line)
        return Change(
            photo=record["photo"],
            file=record["file"],
            before=_to_found(record["before"]),
            after=_to_found(record["after"]),
            made=record["made"],
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _to_found(said: dict[str, Any]) -> Found:
    known = {field.name for field in fields(Found)}
    if not said.keys() <= known:
        raise ValueError("written by a later version")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    return Found(**values)
