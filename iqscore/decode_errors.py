"""What is wrong with a file that cannot be decoded, told as PhotoError."""

from __future__ import annotations

import errno

from PIL import UnidentifiedImageError, features

from iqscore.errors import PhotoError
from iqscore.formats import is_cut_short, to_format
from iqscore.picture import to_too_large
from iqscore.readers import READERS

_DEVICE_ERRORS = {errno.EIO, errno.ENXIO, errno.ETIMEDOUT}


def to_unreadable(path: str, kind: str) -> PhotoError:
    """Return the PhotoError of a photo whose library is not installed; `kind` is a key of READERS."""
    reader = READERS[kind]
    return PhotoError(path, "unsupported", f"{kind} needs {reader.package}, which is not installed; {reader.advice}")


def to_photo_error(path: str, error: Exception, head: bytes) -> PhotoError:
    """Return what another library raised as a PhotoError; `head` is the beginning of the file, if it came to that."""
    if isinstance(error, MemoryError):
        return to_too_large(path, "not enough memory to decode it")
    if not head or (isinstance(error, OSError) and error.errno in _DEVICE_ERRORS):
        return _to_file_error(path, error)
    promised = to_format(head)
    if isinstance(error, UnidentifiedImageError) and promised is None:
        return PhotoError(path, "unrecognised", "not a picture that iqscore knows")
    if isinstance(error, EOFError) or "truncated" in str(error).lower() or is_cut_short(path):
        return PhotoError(path, "truncated", "the file ends too early; copy or export it again")
    if isinstance(error, UnidentifiedImageError) and promised and (kind := _find_unread(promised)):
        return PhotoError(path, "unsupported", kind)
    return PhotoError(path, "corrupt", "the picture is damaged; copy or export it again")


def _find_unread(promised: str) -> str | None:
    """Return what is to be said of a sound file whose format this build of Pillow does not read."""
    if promised in {"AVIF", "WEBP"} and not features.check(promised.lower()):
        return f"this build of Pillow does not read {promised}; pip install --upgrade pillow"
    return None


def _to_file_error(path: str, error: Exception) -> PhotoError:
    # a NUL within a path is a ValueError: no file can have that name
    if isinstance(error, FileNotFoundError | NotADirectoryError | ValueError):
        return PhotoError(path, "not_found", "no such file; check the spelling")
    if isinstance(error, PermissionError):
        return PhotoError(path, "unreadable", "no permission to read it; check its owner and mode")
    reason = getattr(error, "strerror", None) or "unknown error"
    return PhotoError(path, "unreadable", f"cannot be read: {reason}")
