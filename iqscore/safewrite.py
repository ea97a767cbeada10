"""Files that are there whole or not at all; of people's own files, the old one or the new one at every instant."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from iqscore.attributes import copy_attributes
from iqscore.errors import MetadataError, OutputError, UsageError
from iqscore.tempfiles import TempFile, open_temp

_ADVICE = {
    errno.ENOENT: ("not_found", "it is not there any more"),
    errno.EACCES: ("unwritable", "no permission to change its folder or to read it; check owner and mode of both"),
    errno.EPERM: ("unwritable", "its owner, permissions or attributes could not be kept; run as its owner"),
    errno.EROFS: ("unwritable", "the disk is read-only; mount it writable, or copy the photo elsewhere"),
    errno.ENOSPC: ("unwritable", "the disk is full, and a whole copy is made first; make room"),
    errno.EDQUOT: ("unwritable", "the disk quota is used up, and a whole copy is made first; make room"),
    errno.EFBIG: ("unwritable", "files of this size may not be written here; raise the limit"),
}
_NO_LINKS = frozenset([errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EINVAL])


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """What may be done to a person's file, and what is kept of it."""

    keep_mtime: bool = False
    """Leave the time of the last change as it was; programs that look for changes by it will not see this one."""
    read_only: bool = False
    """Change files that are write-protected too; they stay so."""
    hard_links: bool = False
    """Change files that have several names too: under the others the old one stays."""


CAREFUL = Care()


def check_target(path: Path, *, force: bool) -> None:
    """Raise OutputError where `path` can be no new file, UsageError where it would be replaced without `force`."""
    if path.is_dir():
        raise OutputError(f"{path}: cannot be written (it is a folder)")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: cannot be written (no such folder)")
    if path.exists() and not force:
        raise UsageError(f"{path}: is there already; choose another name with -o, or replace it with --force")


def replace_files(contents: Mapping[Path, bytes], *, force: bool) -> None:
    """Write files that belong together: all of them under other names first, then each to its place at once.

    Raises as `check_target` does, OutputError also where writing fails; nothing half written is left.
    """
    places = {path: path.with_name(f".{path.name}.{os.getpid()}.part") for path in contents}
    try:
        for path, data in contents.items():
            check_target(path, force=force)
            _write(places[path], data)
        for path, place in places.items():
            # a link stays a link
            place.replace(path.resolve() if path.is_symlink() else path)
    except OSError as error:
        raise OutputError(f"{error.filename or path}: cannot be written ({error.strerror})") from error
    finally:
        for place in places.values():
            with suppress(OSError):
                place.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(path: str) -> None:
    """Have the disk know the names in the folder of `path`, where the system can be told so.

    Until then a power cut may bring back the files that were there before, whole as well.
    """
    if os.name == "nt":
        return
    descriptor = os.open(os.path.dirname(path) or os.curdir, os.O_RDONLY)  # noqa: PTH120
    try:
        with suppress(OSError):  # some network disks refuse; the change itself is made
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_photo(
    path: str,
    change: Callable[[bytes], bytes],
    verify: Callable[[bytes, bytes], None],
    *,
    care: Care = CAREFUL,
    ready: Callable[[bytes, bytes], None] = lambda old, new: None,
    sync: Callable[[str], None] = sync_folder,
    dry_run: bool = False,
) -> bool:
    """Put changed bytes in the place of a file, at once; tell whether there was anything to change.

    `verify(old, new)` raises where the new file, as it was read back, is not what was meant; `ready(old, new)` is told
    when all but the last step is done; whatever they or `change` raise leaves the file as it was. `sync` is told a path
    in the folder that the disk must learn of, at once or later. A dry run stops before anything is written. Raises
    MetadataError where the file cannot be changed, or must not be.
    """
    with _told(path):
        real = os.path.realpath(path, strict=True)
        old, before = _read_steady(path, real)
        new = change(old)
        if new == old:
            return False
        _check(path, real, before, care)
        if dry_run:
            return True
        with open_temp(real) as temp:
            _fill(temp, real, new, before if care.keep_mtime else None)
            _check_written(path, temp, new)
            verify(old, new)
            ready(old, new)
            if _to_state(os.stat(real)) != _to_state(before):  # noqa: PTH116
                raise _to_changed(path)
            mine = os.fstat(temp.descriptor)
            temp.replace(real)
            sync(real)
            _check_result(path, real, mine, new)
    return True


def create_file(
    path: str, data: bytes, *, ready: Callable[[], None] = lambda: None, sync: Callable[[str], None] = sync_folder
) -> None:
    """Make a file that was not there, whole from its first instant; MetadataError where there is one or it fails."""
    with _told(path), open_temp(path, 0o666) as temp:
        temp.write(data)
        _check_written(path, temp, data)
        ready()
        try:
            _move_to_new(temp, path)
        except FileExistsError:
            raise _to_changed(path) from None
        sync(path)


def check_new(path: str) -> None:
    """Raise MetadataError where `create_file` would, as far as that can be known without writing."""
    with _told(path):
        if os.path.lexists(path):
            raise _to_changed(path)
        _check_folder(path)


def remove_file(path: str, may_go: Callable[[bytes], bool], *, dry_run: bool = False) -> bool:
    """Remove a file if its bytes may go; tell whether it did, or in a dry run would."""
    with _told(path):
        data, before = _read_steady(path, path)
        if not may_go(data) or _to_state(os.stat(path)) != _to_state(before):  # noqa: PTH116
            return False
        if not dry_run:
            os.unlink(path)  # noqa: PTH108
            sync_folder(path)
    return True


def _read_steady(path: str, real: str) -> tuple[bytes, os.stat_result]:
    """Return the bytes of a regular file and its state, which was the same before and after it was read."""
    if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116 - a pipe would be waited for
        raise MetadataError("not_a_file", "not a regular file; name a photo", path)
    with open(real, "rb") as file:  # noqa: PTH123
        before = os.fstat(file.fileno())
        data = file.read()
        after = os.fstat(file.fileno())
    if _to_state(before) != _to_state(after) or len(data) != after.st_size:
        raise _to_changed(path)
    return data, after


def _check(path: str, real: str, status: os.stat_result, care: Care) -> None:
    # root may write everything, yet a photo that was protected was meant to be
    if not care.read_only and not (status.st_mode & 0o222 and _may_write(real)):
        raise MetadataError("read_only", "it is write-protected; allow it with --write-read-only", path)
    _check_folder(real)
    if not care.hard_links and status.st_nlink > 1:
        advice = "it has several names (hard links), and only this one would get the change; allow it with --hard-links"
        raise MetadataError("hard_linked", advice, path)


def _check_folder(path: str) -> None:
    if not _may_write(os.path.dirname(path) or os.curdir):  # noqa: PTH120
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _may_write(path: str) -> bool:
    os.stat(path)  # noqa: PTH116 - what is not there is not write-protected
    return os.access(path, os.W_OK)


def _fill(temp: TempFile, real: str, data: bytes, times: os.stat_result | None) -> None:
    """Give a new file bytes, and what an old one has beside them."""
    with open(real, "rb") as file:  # noqa: PTH123
        copy_attributes(file.fileno(), temp.descriptor)
    temp.write(data)
    if times:
        os.utime(temp.path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _move_to_new(temp: TempFile, path: str) -> None:
    try:
        os.link(temp.path, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(path) from error
        temp.replace(path)


def _check_written(path: str, temp: TempFile, data: bytes) -> None:
    if not temp.holds(data):
        raise MetadataError("unverified", "other bytes came back than were written; check the disk", path)


def _check_result(path: str, real: str, mine: os.stat_result, new: bytes) -> None:
    """Raise MetadataError where something else than the file that was verified is in the photo's place."""
    status = os.stat(real)  # noqa: PTH116
    # memory cards number files by their place, so another number may be the same file
    if (status.st_ino, status.st_size) != (mine.st_ino, mine.st_size) and _read_steady(path, real)[0] != new:
        raise _to_changed(path)


def _to_state(status: os.stat_result) -> tuple[int, ...]:
    """Return what is different after any change to a file."""
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _to_changed(path: str) -> MetadataError:
    return MetadataError("changed", "another program changed it at the same moment; run again", path)


@contextmanager
def _told(path: str) -> Iterator[None]:
    """Turn what the system says into what a person can act on."""
    try:
        yield
    except OSError as error:
        code, advice = _ADVICE.get(error.errno or 0, ("unwritable", f"it cannot be written ({error.strerror})"))
        raise MetadataError(code, advice, path) from error
