"""Sidecars: XMP files beside photos, named as Adobe's programs (IMG.xmp) or as darktable and digiKam (IMG.CR2.xmp)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from iqscore.errors import MetadataError
from iqscore.metadata.values import Found, Rating

Names = Literal["auto", "adobe", "full"]


def find_sidecars(photo: Path) -> list[Path]:
    """Return the sidecars that a photo has, the one that darktable believes first."""
    raise NotImplementedError


def choose_sidecars(photo: Path, names: Names = "auto") -> list[Path]:
    """Return the sidecars that a rating goes into: those that are there, else the one to be made.

    `names` other than "auto" decides the one that must be among them.
    """
    raise NotImplementedError


def merge_sidecar(data: bytes | None, rating: Rating, *, path: str = "") -> bytes:
    """Return a sidecar with a rating in it, a new one where there is none; all else in it stays byte for byte.

    Raises MetadataError, which names `path`, where it is no XMP that can be understood.
    """
    raise MetadataError("unsupported", "not yet", path)


def restore_sidecar(data: bytes, before: Found, *, path: str = "") -> bytes:
    """Return a sidecar that says again what `read_sidecar` found before; see metadata.restore."""
    raise MetadataError("unsupported", "not yet", path)


def read_sidecar(data: bytes, *, path: str = "") -> Found:
    """Return what a sidecar says; MetadataError where it cannot be understood."""
    raise MetadataError("unsupported", "not yet", path)
