"""What the disk says of people's files, in words a person can act on, and what it is told."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from iqscore.errors import MetadataError

IS_WINDOWS = sys.platform == "win32"
_ADVICE = {
    errno.ENOENT: ("not_found", "it is not there any more"),
    errno.EACCES: ("unwritable", "no permission to change its folder or to read it; check owner and mode of both"),
    errno.EPERM: ("unwritable", "its owner, permissions or attributes could not be kept; run as its owner"),
    errno.EROFS: ("unwritable", "the disk is read-only; mount it writable, or copy the photo elsewhere"),
    errno.ENOSPC: ("unwritable", "the disk is full, and a whole copy is made first; make room"),
    errno.EDQUOT: ("unwritable", "the disk quota is used up, and a whole copy is made first; make room"),
    errno.EFBIG: ("unwritable", "files of this size may not be written here; raise the limit"),
}


@contextmanager
def told(path: str) -> Iterator[None]:
    """Turn what the system says of a file into a MetadataError."""
    try:
        yield
    except OSError as error:
        code, advice = _ADVICE.get(error.errno or 0, ("unwritable", f"it cannot be written ({error.strerror})"))
        raise MetadataError(code, advice, path) from error


def read_steady(path: str, real: str) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a regular file and its state, which was the same before and after it was read.

    `path` is what a person calls it. Raises MetadataError where it changes meanwhile, or is no regular file.
    """
    if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116 - a pipe would be waited for
        raise MetadataError("not_a_file", "not a regular file; name a photo", path)
    with open(real, "rb") as file:  # noqa: PTH123
        before = os.fstat(file.fileno())
        data = file.read()
        after = os.fstat(file.fileno())
    if to_state(before) != to_state(after) or len(data) != after.st_size:
        raise to_changed(path)
    return data, after


def to_state(status: os.stat_result) -> tuple[int, ...]:
    """Return what is different after any change to a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def to_changed(path: str) -> MetadataError:
    """Return the MetadataError of a file that is no longer as it was read."""
    return MetadataError("changed", "another program changed it at the same moment; run again", path)


def check_folder(path: str) -> None:
    """Raise OSError where nothing can be put into the folder of a file."""
    if not may_write(os.path.dirname(path) or os.curdir):  # noqa: PTH120
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def may_write(path: str) -> bool:
    """Tell whether a file or folder that is there may be written; OSError where it is not there, or on such a disk."""
    os.stat(path)  # noqa: PTH116 - what is not there is not write-protected
    may = os.access(path, os.W_OK)
    if not may and _is_on_read_only_disk(path):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))
    return may


def _is_on_read_only_disk(path: str) -> bool:
    return not IS_WINDOWS and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def sync_folder(path: str) -> None:
    """Have the disk know the names in the folder of `path`, where the system can be told so.

    Until then a power cut may bring back the files that were there before, whole as well.
    """
    if IS_WINDOWS:
        return
    descriptor = os.open(os.path.dirname(path) or os.curdir, os.O_RDONLY)  # noqa: PTH120
    try:
        with suppress(OSError):  # some network disks refuse; the change itself is made
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
