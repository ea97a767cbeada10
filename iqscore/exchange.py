"""People's own files get other bytes: at every instant, the old file or the new one is there, whole.

The new file is verified twice: as it was read back, before it takes the old one's place, and again in that place. Until
then the old one keeps a second name, so that it can be put back without a byte being written; where it has none, or
another run took that away, its bytes are written again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from iqscore.attributes import copy_attributes
from iqscore.disk import check_folder, may_write, read_steady, sync_folder, to_changed, to_state, told
from iqscore.errors import MetadataError
from iqscore.tempfiles import Spare, TempFile, holds_bytes, open_spare, open_temp

_WRONG = "other bytes came back than were written"


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
Done = Callable[[os.stat_result, os.stat_result, bytes], None]
Carry = Callable[[str, os.stat_result, os.stat_result, bytes], None]
"""Is told a photo's path, its status before and after a change of its metadata, and its content after."""


def carry_nothing(path: str, before: os.stat_result, after: os.stat_result, new: bytes) -> None:
    """Do nothing: nobody remembers what was seen in the photo."""


def replace_photo(
    path: str,
    change: Callable[[bytes], bytes],
    verify: Callable[[bytes, bytes], None],
    *,
    care: Care = CAREFUL,
    ready: Callable[[bytes, bytes], None] = lambda old, new: None,
    sync: Callable[[str], None] = sync_folder,
    done: Done = lambda before, after, new: None,
    dry_run: bool = False,
) -> bool:
    """Put changed bytes in the place of a file, at once; tell whether there was anything to change.

    `verify(old, new)` raises where the new file, as it was read back, is not what was meant; `ready(old, new)` is told
    when all but the last step is done; whatever they or `change` raise leaves the file as it was. `sync` is told a path
    in the folder that the disk must learn of, at once or later; `done(before, after, new)` is told at the very end. A
    dry run stops before anything is written. Raises MetadataError where the file cannot be changed, or must not be;
    where what is in its place in the end is not what was verified, the old file is put back.
    """
    with told(path):
        real = os.path.realpath(path, strict=True)
        old, before = read_steady(path, real)
        new = change(old)
        if new == old:
            return False
        _check(path, real, before, care)
        if dry_run:
            return True
        with open_temp(real) as temp:
            _fill(temp, real, new, before if care.keep_mtime else None)
            temp.check(new, path)
            verify(old, new)
            ready(old, new)
            if to_state(os.stat(real)) != to_state(before):  # noqa: PTH116
                raise to_changed(path)
            after = _swap(path, real, temp, Versions(old, before, new), sync)
        done(before, after, new)
    return True


@dataclass(frozen=True, slots=True)
class Versions:
    """A file as it was and as it is to be."""

    old: bytes
    before: os.stat_result
    new: bytes


def _check(path: str, real: str, status: os.stat_result, care: Care) -> None:
    # root may write everything, yet a photo that was protected was meant to be
    if not care.read_only and not (status.st_mode & 0o222 and may_write(real)):
        raise MetadataError("read_only", "it is write-protected; allow it with --write-read-only", path)
    check_folder(real)
    if not care.hard_links and status.st_nlink > 1:
        advice = "it has several names (hard links), and only this one would get the change; allow it with --hard-links"
        raise MetadataError("hard_linked", advice, path)


def _fill(temp: TempFile, real: str, data: bytes, times: os.stat_result | None) -> None:
    """Give a new file bytes, and what an old one has beside them."""
    with open(real, "rb") as file:  # noqa: PTH123
        copy_attributes(file.fileno(), temp.descriptor)
    temp.write(data)
    if times:
        os.utime(temp.path, ns=(times.st_atime_ns, times.st_mtime_ns))


def _swap(path: str, real: str, temp: TempFile, versions: Versions, sync: Callable[[str], None]) -> os.stat_result:
    """Move a new file to its place, and look at it there while the old one still has a name; return its status."""
    mine = os.fstat(temp.descriptor)
    with open_spare(real) as spare:
        temp.replace(real)
        spare.hold()
        sync(real)
        if _reads_as(real, versions.new):
            return mine
        # by another program since, which has the last word; its own file, or ours with other bytes in it
        if os.stat(real).st_mtime_ns != mine.st_mtime_ns:  # noqa: PTH116
            raise to_changed(path)
        _put_back(path, real, spare, versions)
        sync(real)
    raise MetadataError("unverified", f"{_WRONG}; the old photo is back in its place; check the disk", path)


def _reads_as(real: str, data: bytes) -> bool:
    """Tell whether a file that is there can be read and is these bytes."""
    try:
        with open(real, "rb") as file:  # noqa: PTH123
            return holds_bytes(file.fileno(), data)
    except FileNotFoundError:
        raise
    except OSError:
        return False


def _put_back(path: str, real: str, spare: Spare, versions: Versions) -> None:
    """Put the old file back in its place; MetadataError, which says where it is, where that cannot be done."""
    try:
        if not spare.move_over(real):
            with open_temp(real) as temp:
                _fill(temp, real, versions.old, versions.before)
                temp.replace(real)
        if _reads_as(real, versions.old):
            return
        raise MetadataError("unverified", f"{_WRONG}, of the old photo too; check the disk", path)
    except OSError as error:
        kept = spare.keep(f"{real}.iqscore-original")
        where = f"the old photo is {kept}" if kept else "take the old photo from a backup"
        raise MetadataError("unverified", f"{_WRONG}, and it cannot be put back; {where}", path) from error
