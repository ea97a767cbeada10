"""Looking through folders for photos with their marks, by the same rules as a walk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from iqscore.formats import is_photo_name
from iqscore.walk import OTHER_FOLDERS, FileId, to_file_id
from iqscore.watching.arrivals import Mark, to_mark

Entry = tuple[str, Mark | None]
"""A path and what is there; None for nothing."""


def scan_folder(root: str) -> Iterator[list[Entry]]:
    """Yield the photos of each folder below `root`; OSError where that cannot be read, deeper ones are left out."""
    stack = [root]
    visited: set[FileId] = set()
    while stack:
        folder = stack.pop()
        try:
            identity = to_file_id(os.stat(folder))  # noqa: PTH116
            if identity in visited:
                continue
            visited.add(identity)
            photos, folders = _list(folder)
        except OSError:
            if folder == root:
                raise
            continue
        stack += folders
        if photos:
            yield photos


def _list(folder: str) -> tuple[list[Entry], list[str]]:
    photos: list[Entry] = []
    folders: list[str] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path = join(folder, entry.name)
            try:
                if entry.is_dir():
                    folders += [path] if entry.name not in OTHER_FOLDERS else []
                elif is_photo_name(entry.name) and (mark := to_mark(entry.stat())):
                    photos.append((path, mark))
            except OSError:  # gone between listing and looking
                continue
    return photos, folders


def is_within_reach(relative: str) -> bool:
    """Tell whether a scan comes by a path, told from the root: no part of it is hidden or in a folder of waste."""
    return not any(part.startswith(".") or part in OTHER_FOLDERS for part in Path(relative).parts)


def join(folder: str, name: str) -> str:
    """Return the path of a name in a folder, without "./" in front."""
    return name if folder == os.curdir else os.path.join(folder, name)  # noqa: PTH118 - paths stay as typed
