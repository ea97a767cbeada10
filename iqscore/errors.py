"""The exceptions of iqscore.

    IqscoreError            anything a caller can catch
    ├── UsageError          the words typed, or arguments given, make no sense together
    │   └── QueryError      a condition (--where) makes no sense, from this character on
    ├── ModelError          a model or its card is missing, damaged or unusable on this device
    ├── OutputError         a result file cannot be written
    └── PhotoError          one photo cannot be scored; the batch goes on
        └── MetadataError   a rating can be neither written into it nor read from it; it stays as it is
            └── Signed      it holds a C2PA signature, which any change would break

Each message is one line fit for a person, and names the path it is about.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

_ADVICE = {
    errno.ENOENT: "there is no such folder; create it first",
    errno.EACCES: "no permission; choose another place",
    errno.EPERM: "no permission; choose another place",
    errno.EROFS: "the disk is read-only; choose another place",
    errno.EISDIR: "that is a folder; name a file in it",
    errno.ENOTDIR: "part of the path is a file; choose another place",
    errno.ENOSPC: "the disk is full; make room or choose another place",
    errno.EDQUOT: "the disk quota is used up; make room or choose another place",
}


class IqscoreError(Exception):
    """Base of everything iqscore raises on purpose."""


class UsageError(IqscoreError):
    """The request makes no sense as given."""


class QueryError(UsageError):
    """A condition makes no sense; `at` is the place in its `text` that is to be looked at."""

    def __init__(self, message: str, text: str, at: int) -> None:
        super().__init__(message)
        self.text = text
        self.at = at


class ModelError(IqscoreError):
    """A model cannot be loaded or run."""


class OutputError(IqscoreError):
    """A result cannot be written where it was asked to go."""


class PhotoError(IqscoreError):
    """One photo cannot be scored.

    `code` is stable, for programs: not_found, unreadable, not_a_file, empty, unrecognised, unsupported,
    truncated, corrupt, too_large, timeout, internal. `path` is the photo as it was given.
    """

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.code = code
        self.message = message


class MetadataError(PhotoError):
    """A rating cannot be written into a photo or its sidecar, or read from it; nothing of it is changed.

    `code` is stable, for programs. Of what the file holds: truncated, corrupt, unsupported, too_large, signed; of the
    file and its disk: not_found, unreadable, not_a_file, changed, read_only, hard_linked, unwritable, unverified.
    """

    def __init__(self, code: str, message: str, path: str = "") -> None:
        super().__init__(path, code, message)


class Signed(MetadataError):
    """A photo holds a C2PA signature, which any change would break; its rating goes into a sidecar."""

    def __init__(self, message: str = "it holds a C2PA signature; write a sidecar with --sidecar") -> None:
        super().__init__("signed", message)


@contextmanager
def naming(path: str, advice: str) -> Iterator[None]:
    """Name the file in each MetadataError that comes out of what sees only bytes, and advise where that did not."""
    try:
        yield
    except MetadataError as error:
        error.path = path
        if ";" not in error.message:
            error.message = f"{error.message}; {advice}"
            error.args = (error.message,)
        raise


def to_output_error(name: str, error: OSError | ValueError) -> OutputError:
    """Return the OutputError of a file or stream that refuses to be written, with advice where there is any."""
    number = getattr(error, "errno", None)
    reason = _ADVICE.get(number) if number is not None else None
    return OutputError(f"{name}: cannot be written ({reason or getattr(error, 'strerror', None) or error})")
