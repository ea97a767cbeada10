"""Where results may be written: never over a photo, or what is read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from iqscore.errors import UsageError
from iqscore.formats import is_photo_name
from iqscore.walk import to_file_id


def check_targets(targets: Sequence[str], sources: Iterable[str]) -> None:
    """Raise UsageError where results would go over a photo, a sidecar, what is read, or each other."""
    if "" in targets:
        raise UsageError("a file to write has no name; give one after -o, --csv or --json")
    read = {_to_identity(source) for source in sources}
    identities = [_to_identity(target) for target in targets]
    for target, identity in zip(targets, identities, strict=True):
        if identity in read or _is_precious(os.path.realpath(target)):
            raise UsageError(
                f"{target}: results are never written over a photo, a sidecar, a list or a model; choose another name"
            )
    if len(set(identities)) < len(identities):
        raise UsageError("two outputs go to the same file; give each its own")


def _to_identity(path: str) -> tuple[int, int] | str:
    """Return what is the same for all names of a file; where there is none yet, its full path."""
    try:
        return to_file_id(os.stat(path))  # noqa: PTH116 - Path("") is the current folder
    except (OSError, ValueError):
        return os.path.realpath(path)


def _is_precious(path: str) -> bool:
    return is_photo_name(path) or path.lower().endswith(".xmp")
