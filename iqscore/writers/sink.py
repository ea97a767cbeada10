"""Bytes to a file or to standard output, with errors a person can act on.

Nothing of another's is written over, and an older result stays until there is a newer one in its place.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, BinaryIO, NoReturn

from iqscore.errors import OutputError, to_output_error
from iqscore.formats import HEAD_BYTES, to_format, to_plugin_kind

_OURS = re.compile(rb'(\xef\xbb\xbf)?(path,status,|\{"schema":\d+,"(photos|path)":)')
"""How results begin, whatever their format; an editor may have put a byte order mark in front."""


class Sink:
    """A file, or standard output, which stays open."""

    def __init__(self, stream: BinaryIO, name: str, *, is_stdout: bool, has_old: bool = False) -> None:
        self._stream = stream
        self._name = name
        self._is_stdout = is_stdout
        self._has_old = has_old
        self._head = b""

    def start(self, head: bytes) -> None:
        """Begin with `head`: at once, or where an older result stands, when there is something to replace it by."""
        self._head = head
        if head and not self._has_old:
            self.write(b"")

    def write(self, data: bytes) -> None:
        """Write and flush; raises OutputError, or BrokenPipeError when nobody reads stdout any more."""
        try:
            if self._has_old:
                self._stream.truncate(0)
                self._has_old = False
            head, self._head = self._head, b""
            self._stream.write(head + data)
            self._stream.flush()
        except OSError as error:
            self._fail(error)

    def finish(self, tail: bytes, *, replaces: bool) -> None:
        """Write the end and close a file; where nothing was written, an older result stays unless it is replaced."""
        try:
            if replaces or not self._has_old:
                self.write(tail)
        finally:
            if not self._is_stdout:
                self._close()

    def _close(self) -> None:
        try:
            self._stream.close()
        except OSError as error:
            self._fail(error)

    def _fail(self, error: OSError) -> NoReturn:
        """Raise an error a person can act on, or the same one again where nobody reads stdout any more."""
        if self._is_stdout and isinstance(error, BrokenPipeError):
            forget_stream(self._stream)
            raise error
        raise to_output_error(self._name, error) from error


def open_sink(target: str | None, suffixes: Collection[str] = ()) -> Sink:
    """Return the file `target`, or standard output where it is None; nothing is emptied yet.

    Raises OutputError where it cannot be written, and where it holds what is neither a result of ours nor named by
    one of `suffixes`.
    """
    if target is None:
        sys.stdout.flush()
        # below the text layer, which would turn LF into CRLF on Windows and refuse what the locale lacks
        return Sink(sys.stdout.buffer, "standard output", is_stdout=True)
    try:
        # to append: opening for writing would empty the file
        stream = open(target, "ab")  # noqa: PTH123, SIM115 - Path("") is the current folder; finish() closes it
    except (OSError, ValueError) as error:
        raise to_output_error(target, error) from error
    status = os.fstat(stream.fileno())
    has_old = stat.S_ISREG(status.st_mode) and status.st_size > 0
    if has_old and not _may_replace(target, status, suffixes):
        stream.close()
        raise OutputError(f"{target}: there is a file that is no result of iqscore; choose another name or remove it")
    return Sink(stream, target, is_stdout=False, has_old=has_old)


def forget_stream(stream: IO[Any]) -> None:
    """Let a stream that nobody reads lead nowhere: Python writes at exit what is left in it, or complains."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _may_replace(target: str, status: os.stat_result, suffixes: Collection[str]) -> bool:
    """Tell whether a file is a result of ours, or by its name somebody's of the same format, and in no case a photo."""
    file = Path(target).resolve()
    try:
        with file.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False
    if _OURS.match(head):
        return True
    # a second name may be that of a photo yet to be found
    if status.st_nlink > 1 or file.suffix.lower() not in suffixes:
        return False
    return b"\0" not in head and not to_format(head) and not to_plugin_kind(target, head)
