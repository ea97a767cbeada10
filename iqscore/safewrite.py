"""Files of results that are there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from iqscore.errors import OutputError, UsageError


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
