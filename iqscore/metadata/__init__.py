"""Ratings in photos and in the sidecars beside them, as pure functions from bytes to bytes; nothing is written here."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from typing import Protocol

from iqscore.errors import MetadataError, naming
from iqscore.formats import HEAD_BYTES, to_format
from iqscore.metadata import jpeg, png, webp
from iqscore.metadata.values import Found, Rating

__all__ = ["Found", "Rating", "can_embed", "embed", "is_same", "read", "restore", "to_digest"]


_ADVICE = "write a sidecar with --sidecar"


class _Format(Protocol):
    def embed(self, data: bytes, rating: Rating, *, break_signature: bool = False) -> bytes: ...
    def restore(self, data: bytes, before: Found, added: Collection[str] = ()) -> bytes: ...
    def read(self, data: bytes) -> Found: ...
    def to_digest(self, data: bytes) -> str: ...


_HEADS = (1 << 16, 1 << 18, 1 << 20)
"""Where the pictures of most JPEG files have begun."""

_FORMATS: dict[str, _Format] = {"JPEG": jpeg, "PNG": png, "WEBP": webp}


def can_embed(head: bytes) -> bool:
    """Tell by a file's first bytes whether a rating goes into it: JPEG, PNG and WebP; all else gets a sidecar."""
    return to_format(head) in _FORMATS


def embed(data: bytes, rating: Rating, *, path: str = "", break_signature: bool = False) -> bytes:
    """Return a photo with a rating in it, `data` itself where it says so already; nothing else changes.

    Raises Signed where a C2PA signature would break, MetadataError where the photo cannot be understood, or where
    there is no room; both name `path`.
    """
    with naming(path, _ADVICE):
        return _choose(data).embed(data, rating, break_signature=break_signature)


def restore(data: bytes, before: Found, *, added: Collection[str] = (), path: str = "") -> bytes:
    """Return a photo whose places say again what `read` found before; those that said nothing are removed.

    `added` are the keywords to take out again, all others stay. Raises MetadataError as `embed` does.
    """
    with naming(path, _ADVICE):
        return _choose(data).restore(data, before, added)


def read(data: bytes, *, path: str = "") -> Found:
    """Return what a photo says itself, not its sidecars; MetadataError where its metadata cannot be understood."""
    with naming(path, _ADVICE):
        return _choose(data).read(data)


def to_digest(data: bytes, *, path: str = "") -> str:
    """Return a digest of all that neither `embed` nor `restore` may change: equal before and after.

    That is every byte of the photo but the properties they write, and the lengths and offsets around them; for a
    place that another picture of the file is at, it is that picture.
    """
    with naming(path, _ADVICE):
        return _choose(data).to_digest(data)


def is_same(old: bytes, new: bytes, *, path: str = "") -> bool:
    """Tell whether two versions of a photo have the same digest, mostly without hashing what ends both."""
    for head in _HEADS if to_format(old[:HEAD_BYTES]) == "JPEG" else ():
        tail = memoryview(old)[head:]
        if len(old) > head and new.endswith(tail):
            # where both are cut within the picture, which is the rest of a JPEG, what is cut off cannot tell them apart
            with suppress(MetadataError):
                return to_digest(old[:head], path=path) == to_digest(new[: len(new) - len(tail)], path=path)
    return to_digest(old, path=path) == to_digest(new, path=path)


def _choose(data: bytes) -> _Format:
    kind = to_format(data[:HEAD_BYTES]) or "such"
    if kind not in _FORMATS:
        raise MetadataError("unsupported", f"{kind} files hold no rating")
    return _FORMATS[kind]
