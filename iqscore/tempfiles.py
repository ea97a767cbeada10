"""Files that lie beside a photo for a moment, until they take its place; those that a crash left are found again.

Each is locked as long as somebody writes it, so that a run that cleans up never takes another's away: process numbers
would not tell, as they come again, in containers and on network disks above all.
"""

from __future__ import annotations

import mmap
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

if sys.platform != "win32":
    import fcntl

_NAME = re.compile(r"\..+\.iqscore-\d+(-\d+)?\.tmp")
_STEM_BYTES = 200
"""File systems take names of 255 bytes, and the photo's own may be that long."""
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class TempFile:
    """A new file, open and locked."""

    def __init__(self, path: str, descriptor: int) -> None:
        self.path = path
        self.descriptor = descriptor
        self._is_open = True

    def write(self, data: bytes) -> None:
        """Write data to the disk itself; OSError where it does not take all of it."""
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]
        os.fsync(self.descriptor)

    def holds(self, data: bytes) -> bool:
        """Read the file back; tell whether it is these bytes and no more."""
        if os.fstat(self.descriptor).st_size != len(data):
            return False
        if not data:
            return True
        try:
            with mmap.mmap(self.descriptor, 0, access=mmap.ACCESS_READ) as written:
                return data.startswith(written)
        except OSError:  # a disk that has no such way to it
            os.lseek(self.descriptor, 0, os.SEEK_SET)
            with open(self.descriptor, "rb", closefd=False) as file:
                return file.read() == data

    def replace(self, path: str) -> None:
        """Take the place of `path` at once; the lock lasts till then."""
        if sys.platform == "win32":  # there, an open file cannot be moved
            self.close()
        os.replace(self.path, path)  # noqa: PTH105 - paths stay str

    def close(self) -> None:
        """Close the file, once."""
        if self._is_open:
            self._is_open = False
            os.close(self.descriptor)

    def remove(self) -> None:
        """Remove what is left under its name: nothing, once it has taken a photo's place."""
        self.close()
        with suppress(OSError):
            os.unlink(self.path)  # noqa: PTH108


@contextmanager
def open_temp(beside: str, mode: int = 0o600) -> Iterator[TempFile]:
    """Yield a new file in the folder of `beside`; it is gone when this is left, unless it took a place."""
    temp = _create(beside, mode)
    try:
        with suppress(OSError):  # not every network disk has locks
            _lock(temp.descriptor)
        yield temp
    finally:
        temp.remove()


def _create(beside: str, mode: int) -> TempFile:
    folder, name = os.path.split(beside)
    while len(os.fsencode(name)) > _STEM_BYTES:
        name = name[:-1]
    for number in count():
        again = f"-{number}" if number else ""
        path = os.path.join(folder, f".{name}.iqscore-{os.getpid()}{again}.tmp")  # noqa: PTH118
        with suppress(FileExistsError):
            return TempFile(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, mode))
    raise AssertionError


def remove_stale(folder: str) -> list[str]:
    """Remove the files in a folder that a run which was killed left there; return their paths."""
    try:
        with os.scandir(folder or os.curdir) as entries:
            stale = [e.path for e in entries if _NAME.fullmatch(e.name) and e.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [path for path in stale if _remove_unless_locked(path)]


def _remove_unless_locked(path: str) -> bool:
    try:
        # to write: some network disks lock nothing else
        temp = TempFile(path, os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | _FLAGS))
    except OSError:
        return False
    try:
        _lock(temp.descriptor)
    except OSError:
        temp.close()
        return False
    temp.remove()
    return not os.path.lexists(path)


def _lock(descriptor: int) -> None:
    """Lock a file for as long as it is open; OSError where somebody else has."""
    if sys.platform != "win32":  # there, that it is open keeps it from being removed
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
