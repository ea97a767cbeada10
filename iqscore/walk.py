"""From what was typed to the photos meant: files as they are, folders searched, one path at a time.

The order is stable: inputs as given; in a folder first its photos, then its subfolders, each sorted by the
bytes of its names.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, overload

from iqscore.formats import HEAD_BYTES, guess_plugin_kind, is_photo_name, to_plugin_kind
from iqscore.pairs import Pair, Pairs
from iqscore.readers import is_installed
from iqscore.records import Failure

OTHER_FOLDERS = frozenset(["@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "__MACOSX"])
"""Folders that hold thumbnails, waste or copies; skipped when found, taken when named."""

OnSkip = Callable[[str, str], None]
Item = str | Pair | Failure
"""A photo, or why there is none."""
FileId = tuple[int, int]
"""Device and inode."""
Entry = tuple[FileId, str]
"""A folder and a name in it: the same whatever the spelling of the path."""

NOT_READ = "not readable here"
"""Why a photo of a kind whose library is not installed is skipped."""

_CHUNK_BYTES = 65536
_NO_FILE = "no such file or folder; check the spelling"
_NO_PERMISSION = "no permission to read it; check its owner and mode"
_NOT_REGULAR = "neither a file nor a folder; name a photo or a folder of photos"
_LOOP = "a link that leads back to itself; remove it"
_BROKEN_LINK = "a link to a file that is not there; restore the file or remove the link"


def _ignore(path: str, reason: str) -> None:
    """Take no notice of a skipped file."""


@overload
def find_photos(inputs: Iterable[str], *, on_skip: OnSkip = ...) -> Iterator[str | Failure]: ...
@overload
def find_photos(
    inputs: Iterable[str], *, on_skip: OnSkip = ..., pairs: bool, named: Iterable[str] = ...
) -> Iterator[Item]: ...
def find_photos(
    inputs: Iterable[str], *, on_skip: OnSkip = _ignore, pairs: bool = False, named: Iterable[str] = ()
) -> Iterator[Item]:
    """Yield the path of each photo among files and folders, lazily, a Failure for what cannot be looked at.

    A named file is yielded whatever its name; a found one if its suffix is that of a photo. A path that is named
    twice, or a photo that is named and found, counts once, where it is met first, and so does a folder that several
    links or inputs lead to. `on_skip(path, reason)` is told of found files that have a photo's name but are no regular
    files, which are never opened, and, with NOT_READ for a reason, of photos of a kind whose library is not installed.

    With `pairs`, RAW files that go along with a finished picture of the same folder come with that, as a Pair; and so
    do those of the inputs that are `named` beforehand.
    """
    walk = _Walk(on_skip, pairs=pairs, named=named)
    for path in inputs:
        yield from walk.find_named(path)


def to_file_id(status: os.stat_result) -> FileId:
    """Return what makes two paths the same file."""
    return status.st_dev, status.st_ino


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


class _Walk:
    """What was named and visited by now; it grows with the inputs and folders, not with the photos."""

    def __init__(self, on_skip: OnSkip, *, pairs: bool, named: Iterable[str]) -> None:
        self._on_skip = on_skip
        self._pairs = pairs
        self._named_pairs = Pairs(named if pairs else ())
        self._failed: set[str] = set()
        self._typed: set[str] = set()
        self._named: set[Entry] = set()
        """The files that were named, and where those that are links lead to."""
        self._visited: set[FileId] = set()

    def find_named(self, path: str) -> Iterator[Item]:
        """Yield the photo, or all of the folder, that a path leads to."""
        if path in self._typed:
            return
        self._typed.add(path)
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116 - Path("") would be the current folder
            is_new = stat.S_ISDIR(mode) or self._note(path)
        except (OSError, ValueError) as error:
            yield from self._fail(path, error)
            return
        if stat.S_ISDIR(mode):
            yield from self._walk(path)
        elif is_new and (item := self._named_pairs.resolve(path)) is not None:
            yield item if stat.S_ISREG(mode) else Failure(path, "not_a_file", _NOT_REGULAR)

    def _fail(self, path: str, error: OSError | ValueError) -> Iterator[Failure]:
        if path not in self._failed:
            self._failed.add(path)
            yield _to_failure(path, error)

    def _note(self, path: str) -> bool:
        """Tell whether a named file was not found before, by this or by another spelling."""
        entry = _to_entry(path)
        target = _to_entry(os.path.realpath(path)) if os.path.islink(path) else entry  # noqa: PTH114
        self._named |= {entry, target}
        return not self._was_found(entry) and not self._was_found(target)

    def _was_found(self, entry: Entry) -> bool:
        folder, name = entry
        return folder in self._visited and is_photo_name(name) and not name.startswith(".") and not _may_be_unread(name)

    def _walk(self, root: str) -> Iterator[Item]:
        # a stack, as generators within generators end at Python's recursion limit
        stack: list[Iterator[str]] = [iter([root])]
        while stack:
            folder = next(stack[-1], None)
            if folder is None:
                stack.pop()
                continue
            try:
                identity = to_file_id(os.stat(folder))  # noqa: PTH116 - a Path for each folder costs more than the call
                entries = [] if identity in self._visited else _list_folder(folder)
            except OSError as error:
                yield from self._fail(folder, error)
                continue
            self._visited.add(identity)
            start = to_start(folder)
            stack.append(iter([start + entry.name for entry in entries if _is_folder(entry)]))
            photos = [entry for entry in entries if is_photo_name(entry.name) and not _is_folder(entry)]
            yield from self._find_in(start, [entry for entry in photos if (identity, entry.name) not in self._named])

    def _find_in(self, start: str, photos: list[os.DirEntry[str]]) -> Iterator[Item]:
        paths = [start + entry.name for entry in photos]
        pairs = Pairs(paths if self._pairs else ())
        for entry, path in zip(photos, paths, strict=True):
            item = pairs.resolve(path)
            if item is not None:
                found = _judge(entry, path, self._on_skip)
                if found is not None:
                    yield found if isinstance(found, Failure) else item


def _to_entry(path: str) -> Entry:
    folder, name = os.path.split(path)
    return to_file_id(os.stat(folder or os.curdir)), name  # noqa: PTH116


def _list_folder(folder: str) -> list[os.DirEntry[str]]:
    """Return the photos and folders in a folder, sorted."""
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


def _judge(entry: os.DirEntry[str], path: str, on_skip: OnSkip) -> str | Failure | None:
    """Return the path of what was found, None where it is skipped."""
    try:
        # a plain file is known from the listing; the rest costs a stat
        regular = entry.is_file(follow_symlinks=False) or stat.S_ISREG(entry.stat().st_mode)
    except OSError as error:
        missing = entry.is_symlink() and not isinstance(error, PermissionError)
        reason = _LOOP if error.errno == errno.ELOOP else _BROKEN_LINK
        return Failure(path, "not_found", reason) if missing else _to_failure(path, error)
    if not regular:
        on_skip(path, "not a regular file")
        return None
    if _may_be_unread(path) and _is_unread(path):
        on_skip(path, NOT_READ)
        return None
    return path


def _may_be_unread(name: str) -> bool:
    kind = guess_plugin_kind(name)
    return kind is not None and not is_installed(kind)


def _is_unread(path: str) -> bool:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - as above
            head = file.read(HEAD_BYTES)
    except OSError:
        return False
    # an empty file is damaged, whatever its name
    kind = to_plugin_kind(path, head) if head else None
    return kind is not None and not is_installed(kind)


def to_start(folder: str) -> str:
    """Return what comes before the names in a folder, spelled as typed; nothing for the current one."""
    # of a share on Windows, join() has nothing to say without a name
    start = os.path.join(folder, "name").removesuffix("name")  # noqa: PTH118 - paths stay str
    return "" if start == os.path.join(os.curdir, "") else start  # noqa: PTH118


def _to_failure(path: str, error: OSError | ValueError) -> Failure:
    # a NUL within a path is a ValueError: no file can have that name
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return Failure(path, "not_found", _BROKEN_LINK if os.path.islink(path) else _NO_FILE)  # noqa: PTH114
    if isinstance(error, PermissionError):
        return Failure(path, "unreadable", _NO_PERMISSION)
    if error.errno == errno.ELOOP:
        return Failure(path, "unreadable", _LOOP)
    return Failure(path, "unreadable", f"cannot be read: {error.strerror or 'unknown error'}")
