"""Files beside photos that were not there before: made whole at once, and removed again."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable

from iqscore.disk import check_folder, read_steady, sync_folder, to_changed, to_state, told
from iqscore.tempfiles import NO_LINKS, TempFile, open_temp


def create_file(
    path: str, data: bytes, *, ready: Callable[[], None] = lambda: None, sync: Callable[[str], None] = sync_folder
) -> None:
    """Make a file that was not there, whole from its first instant; MetadataError where there is one or it fails."""
    with told(path), open_temp(path, 0o666) as temp:
        temp.write(data)
        temp.check(data, path)
        ready()
        try:
            _move_to_new(temp, path)
        except FileExistsError:
            raise to_changed(path) from None
        sync(path)


def check_new(path: str) -> None:
    """Raise MetadataError where `create_file` would, as far as that can be known without writing."""
    with told(path):
        if os.path.lexists(path):
            raise to_changed(path)
        check_folder(path)


def remove_file(path: str, may_go: Callable[[bytes], bool], *, dry_run: bool = False) -> bool:
    """Remove a file if its bytes may go; tell whether it did, or in a dry run would."""
    with told(path):
        data, before = read_steady(path, path)
        if not may_go(data) or to_state(os.stat(path)) != to_state(before):  # noqa: PTH116
            return False
        if not dry_run:
            os.unlink(path)  # noqa: PTH108
            sync_folder(path)
    return True


def _move_to_new(temp: TempFile, path: str) -> None:
    try:
        os.link(temp.path, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from error
        temp.replace(path)
