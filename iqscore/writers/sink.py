"""Bytes to a file or to standard output, with errors a person can act on."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from iqscore.errors import OutputError

_ADVICE = {
    errno.ENOENT: "there is no such folder; create it first",
    errno.EACCES: "no permission; choose another place",
    errno.EPERM: "no permission; choose another place",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.EISDIR: "that is a folder; name a file in it",
    errno.ENOTDIR: "part of the path is a file; choose another place",
    errno.ENOSPC: "the disk is full; make room or choose another place",
    errno.EDQUOT: "the disk quota is used up; make room or choose another place",
}


class Sink:
    """A file, or standard output, which stays open."""

    def __init__(self, stream: BinaryIO, name: str, *, is_stdout: bool) -> None:
        self._stream = stream
        self._name = name
        self._is_stdout = is_stdout

    def write(self, data: bytes) -> None:
        """Write and flush; raises OutputError, or BrokenPipeError when nobody reads stdout any more."""
        with self._translated():
            self._stream.write(data)
            self._stream.flush()

    def close(self) -> None:
        """Close a file; raises OutputError."""
        if not self._is_stdout:
            with self._translated():
                self._stream.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self._is_stdout and isinstance(error, BrokenPipeError):
                raise
            raise _to_output_error(self._name, error) from error


def open_sink(target: str | None) -> Sink:
    """Return the file `target`, emptied, or standard output where it is None; raises OutputError."""
    if target is None:
        sys.stdout.flush()
        # below the text layer, which would turn LF into CRLF on Windows and refuse what the locale lacks
        return Sink(sys.stdout.buffer, "standard output", is_stdout=True)
    try:
        stream = open(target, "wb")  # noqa: PTH123, SIM115 - Path("") is the current folder; close() closes it
    except (OSError, ValueError) as error:
        raise _to_output_error(target, error) from error
    return Sink(stream, target, is_stdout=False)


def _to_output_error(name: str, error: OSError | ValueError) -> OutputError:
    number = getattr(error, "errno", None)
    reason = _ADVICE.get(number) if number is not None else None
    return OutputError(f"{name}: cannot be written ({reason or getattr(error, 'strerror', None) or error})")
