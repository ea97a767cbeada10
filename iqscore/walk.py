"""From what was typed to the photos meant: files as they are, folders searched, one path at a time.

The order is stable: inputs as given; in a folder first its photos, then its subfolders, each sorted by the
bytes of its names.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from iqscore.formats import is_photo_name
from iqscore.records import Failure

OTHER_FOLDERS = frozenset(["@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "__MACOSX"])
"""Folders that hold thumbnails, waste or copies; skipped when found, taken when named."""

OnSkip = Callable[[str, str], None]
FolderId = tuple[int, int]

_CHUNK_BYTES = 65536
_NO_FILE = "no such file or folder; check the spelling"
_NO_PERMISSION = "no permission to read it; check its owner and mode"
_NOT_REGULAR = "neither a file nor a folder; name a photo or a folder of photos"
_BROKEN_LINK = "a link to a file that is not there; restore the file or remove the link"


def _ignore(path: str, reason: str) -> None:
    """Take no notice of a skipped file."""


def find_photos(inputs: Iterable[str], *, on_skip: OnSkip = _ignore) -> Iterator[str | Failure]:
    """Yield the path of each photo among files and folders, lazily, a Failure for what cannot be looked at.

    A named file is yielded whatever its name; a found one if its suffix is that of a photo. A path named
    twice counts once, and so does a folder that several links or inputs lead to. `on_skip(path, reason)` is
    told of found files that have a photo's name but are no regular files; they are never opened.
    """
    named: set[str] = set()
    visited: set[FolderId] = set()
    for path in inputs:
        if path not in named:
            named.add(path)
            yield from _find_named(path, visited, on_skip)


def read_paths(stream: BinaryIO, *, null_separated: bool) -> Iterator[str]:
    """Yield the paths listed in a stream, each as soon as the line end (LF, CRLF) or NUL after it arrived."""
    separator = b"\0" if null_separated else b"\n"
    for name in _split(stream, separator):
        path = name if null_separated else name.removesuffix(b"\r")
        # a space is a fine file name, yet in a list of lines it is a slip
        if path and (null_separated or path.strip()):
            yield os.fsdecode(path)


def _split(stream: BinaryIO, separator: bytes) -> Iterator[bytes]:
    # read() of a buffered pipe waits for the whole chunk, read1() returns what is there
    read = getattr(stream, "read1", stream.read)
    rest = b""
    while chunk := read(_CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(separator)
        yield from whole
    yield rest


def _find_named(path: str, visited: set[FolderId], on_skip: OnSkip) -> Iterator[str | Failure]:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path("") would be the current folder
    except (OSError, ValueError) as error:
        yield _to_failure(path, error)
        return
    if stat.S_ISDIR(mode):
        yield from _walk(path, visited, on_skip)
    else:
        yield path if stat.S_ISREG(mode) else Failure(path, "not_a_file", _NOT_REGULAR)


def _walk(root: str, visited: set[FolderId], on_skip: OnSkip) -> Iterator[str | Failure]:
    # a stack, as generators within generators end at Python's recursion limit
    stack: list[Iterator[str]] = [iter([root])]
    while stack:
        folder = next(stack[-1], None)
        if folder is None:
            stack.pop()
            continue
        try:
            entries = _list_folder(folder, visited)
        except OSError as error:
            yield _to_failure(folder, error)
            continue
        stack.append(iter([_join(folder, entry.name) for entry in entries if _is_folder(entry)]))
        for entry in entries:
            if is_photo_name(entry.name) and not _is_folder(entry):
                yield from _judge(entry, _join(folder, entry.name), on_skip)


def _list_folder(folder: str, visited: set[FolderId]) -> list[os.DirEntry[str]]:
    """Return the photos and folders in a folder, sorted; none where it was visited before."""
    status = os.stat(folder)  # noqa: PTH116 - a Path for each folder costs more than the call
    identity = (status.st_dev, status.st_ino)
    if identity in visited:
        return []
    visited.add(identity)
    with os.scandir(folder) as entries:
        return sorted(filter(_is_wanted, entries), key=lambda entry: os.fsencode(entry.name))


def _is_wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith("."):
        return False
    return is_photo_name(entry.name) or (_is_folder(entry) and entry.name not in OTHER_FOLDERS)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _judge(entry: os.DirEntry[str], path: str, on_skip: OnSkip) -> Iterator[str | Failure]:
    try:
        # a plain file is known from the listing; the rest costs a stat
        regular = entry.is_file(follow_symlinks=False) or stat.S_ISREG(entry.stat().st_mode)
    except OSError as error:
        missing = entry.is_symlink() and not isinstance(error, PermissionError)
        yield Failure(path, "not_found", _BROKEN_LINK) if missing else _to_failure(path, error)
        return
    if regular:
        yield path
    else:
        on_skip(path, "not a regular file")


def _join(folder: str, name: str) -> str:
    if folder in {os.curdir, os.path.join(os.curdir, "")}:  # noqa: PTH118
        return name
    return os.path.join(folder, name)  # noqa: PTH118 - paths stay str, spelled as typed


def _to_failure(path: str, error: OSError | ValueError) -> Failure:
    # a NUL within a path is a ValueError: no file can have that name
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return Failure(path, "not_found", _NO_FILE)
    if isinstance(error, PermissionError):
        return Failure(path, "unreadable", _NO_PERMISSION)
    return Failure(path, "unreadable", f"cannot be read: {error.strerror or 'unknown error'}")
