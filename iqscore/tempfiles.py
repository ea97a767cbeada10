"""Files that lie beside a photo for a moment, until one has taken its place; those that a crash left are found again.

Each is locked as long as somebody writes it, so that a run that cleans up never takes another's away: process numbers
would not tell, as they come again, in containers and on network disks above all.
"""

from __future__ import annotations

import errno
import mmap
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count

from iqscore.errors import MetadataError

if sys.platform != "win32":
    import fcntl

IS_WINDOWS = sys.platform == "win32"
_NAME = re.compile(r"\..+\.iqscore-\d+(-\d+)?\.tmp")
_STEM_BYTES = 200
"""File systems take names of 255 bytes, and the photo's own may be that long."""
_WINDOWS_PATH = 259
_TAIL = len(".") + len(".iqscore-4294967295-10.tmp")
NO_LINKS = frozenset([errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL])
"""How disks say that a file can have one name only."""
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
        sync_file(self.descriptor)

    def check(self, data: bytes, path: str) -> None:
        """Read the file back; MetadataError, which names `path`, where it is not these bytes."""
        if not holds_bytes(self.descriptor, data):
            raise MetadataError("unverified", "other bytes came back than were written; check the disk", path)

    def replace(self, path: str) -> None:
        """Take the place of `path` at once; the lock lasts till then."""
        if IS_WINDOWS:  # there, an open file cannot be moved
            self.close()
        move_over(self.path, path)

    def close(self) -> None:
        """Close the file, once."""
        if self._is_open:
            self._is_open = False
            os.close(self.descriptor)

    def remove(self) -> None:
        """Remove what is left under its name: nothing, once it has taken a photo's place."""
        self.close()
        with suppress(OSError):
            if IS_WINDOWS and _is_protected(self.path):
                os.chmod(self.path, stat.S_IREAD | stat.S_IWRITE)  # noqa: PTH101
            os.unlink(self.path)  # noqa: PTH108


class Spare:
    """A second name of a file, "" where the disk gives none, or no longer."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._held: TempFile | None = None

    def hold(self) -> None:
        """Keep other runs from clearing it away; once a new file is in its place, as Windows replaces no open one."""
        with suppress(OSError):
            self._held = _open(self.path)
            _lock(self._held.descriptor)

    def move_over(self, path: str) -> bool:
        """Put the file in the place of another; tell whether it could: another run may have cleared it away."""
        if IS_WINDOWS:
            self._release()
        try:
            move_over(self.path, path)
        except FileNotFoundError:
            return False
        finally:
            self._release()
        return True

    def keep(self, path: str) -> str:
        """Give it a name that stays, `path` or one like it that is nobody's yet; return the one that it has then."""
        for name in (path, *(f"{path}-{number}" for number in range(2, 100))):
            try:
                os.link(self.path, name)
            except FileExistsError:
                continue
            except OSError:
                break
            return name
        kept, self.path = self.path, ""
        return kept if os.path.lexists(kept) else ""

    def remove(self) -> None:
        """Take the name away; the file stays as long as it has another."""
        self._release()
        if self.path:
            with suppress(OSError):
                os.unlink(self.path)  # noqa: PTH108

    def _release(self) -> None:
        if self._held:
            self._held.close()


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


@contextmanager
def open_spare(path: str) -> Iterator[Spare]:
    """Yield a second name of a file, which is gone when this is left."""
    spare = Spare(_link(path))
    try:
        yield spare
    finally:
        spare.remove()


def move_over(source: str, target: str) -> None:
    """Put a file in the place of another at once; one that is write-protected stays so, which Windows must be told."""
    is_protected = IS_WINDOWS and os.path.exists(target) and _is_protected(target)  # noqa: PTH110
    if is_protected:
        os.chmod(target, stat.S_IREAD | stat.S_IWRITE)  # noqa: PTH101
    try:
        os.replace(source, target)  # noqa: PTH105 - paths stay str
    finally:
        if is_protected:
            os.chmod(target, stat.S_IREAD)  # noqa: PTH101


def sync_file(descriptor: int) -> None:
    """Have the disk itself know what was written; on macOS, plain fsync leaves it in the memory of the disk."""
    if sys.platform == "darwin":
        with suppress(OSError):  # network disks have none
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            return
    os.fsync(descriptor)


def holds_bytes(descriptor: int, data: bytes) -> bool:
    """Tell whether an open file is these bytes and no more."""
    if os.fstat(descriptor).st_size != len(data):
        return False
    if not data:
        return True
    try:
        with mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) as written:
            return data.startswith(written)
    except OSError:  # a disk that has no such way to it
        os.lseek(descriptor, 0, os.SEEK_SET)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read() == data


def _find_names(beside: str) -> Iterator[str]:
    """Yield names in the folder of `beside`, by which a later run knows what this one left."""
    folder, name = os.path.split(beside)
    room = max(8, _WINDOWS_PATH - _TAIL - len(os.path.abspath(folder))) if IS_WINDOWS else _STEM_BYTES  # noqa: PTH100
    while len(os.fsencode(name)) > min(room, _STEM_BYTES):
        name = name[:-1]
    for number in count():
        again = f"-{number}" if number else ""
        yield os.path.join(folder, f".{name}.iqscore-{os.getpid()}{again}.tmp")  # noqa: PTH118


def _create(beside: str, mode: int) -> TempFile:
    for path in _find_names(beside):
        with suppress(FileExistsError):
            return TempFile(path, os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _FLAGS, mode))
    raise AssertionError


def _is_protected(path: str) -> bool:
    return not os.stat(path).st_mode & stat.S_IWRITE  # noqa: PTH116


def _link(path: str) -> str:
    # there, a name of a write-protected file cannot be removed again
    if IS_WINDOWS and _is_protected(path):
        return ""
    for name in _find_names(path):
        try:
            os.link(path, name)
        except FileExistsError:
            continue
        except OSError:  # it may have one name only, or is another's
            return ""
        return name
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
        temp = _open(path)
    except OSError:
        return False
    try:
        _lock(temp.descriptor)
    except OSError:
        temp.close()
        return False
    temp.remove()
    return not os.path.lexists(path)


def _open(path: str) -> TempFile:
    # to write: some network disks lock nothing else
    return TempFile(path, os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | _FLAGS))


def _lock(descriptor: int) -> None:
    """Lock a file for as long as it is open; OSError where somebody else has."""
    if sys.platform != "win32":  # there, that it is open keeps it from being removed
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
