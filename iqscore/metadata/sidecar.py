"""Sidecars: XMP files beside photos, named as by Adobe (IMG.xmp) or by darktable and digiKam (IMG.CR2.xmp)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Literal

from iqscore.errors import naming
from iqscore.formats import PHOTO_SUFFIXES, RAW_SUFFIXES, to_suffix
from iqscore.metadata import xmp
from iqscore.metadata.values import Found, Rating

Names = Literal["auto", "adobe", "full"]

_ADVICE = "repair it, or move it away"
_SUFFIXES = (".xmp", ".XMP")


def find_sidecars(photo: Path, *, shared: bool = False) -> list[Path]:
    """Return the sidecars that a photo has, the one that darktable believes first.

    IMG.xmp is that of IMG.CR2 where no other RAW photo has the name, and of IMG.jpg where no other photo has; with
    `shared`, which is how most programs see it, it is that of all of them.
    """
    names = [photo.name]
    if photo.stem != photo.name and (shared or _owns_stem(photo)):
        names.append(photo.stem)
    found: list[Path] = []
    for path in (photo.with_name(name + suffix) for name in names for suffix in _SUFFIXES):
        # one file where the disk does not tell upper from lower case
        if path.is_file() and not any(path.samefile(other) for other in found):
            found.append(path)
    return found


def choose_sidecars(photo: Path, names: Names = "auto") -> list[Path]:
    """Return the sidecars that a rating goes into: those that are there, else the one to be made.

    With "adobe" or "full", the one of that name is among them, there or not. By itself, a RAW photo gets IMG.xmp,
    any other, or one of two RAW photos of one name, IMG.jpg.xmp.
    """
    found = find_sidecars(photo)
    by_stem, by_name = photo.with_name(f"{photo.stem}.xmp"), photo.with_name(f"{photo.name}.xmp")
    if names == "auto":
        fits = to_suffix(photo.name) in RAW_SUFFIXES and _owns_stem(photo)
        return found or [by_stem if fits else by_name]
    wanted = by_stem if names == "adobe" else by_name
    if any(path.name.lower() == wanted.name.lower() for path in found):
        return found
    return [wanted, *found] if names == "full" else [*found, wanted]


def _owns_stem(photo: Path) -> bool:
    """Tell whether IMG.xmp can only be that of this photo: RAW photos come before all others."""
    rivals = RAW_SUFFIXES if to_suffix(photo.name) in RAW_SUFFIXES else PHOTO_SUFFIXES
    return not any(_find_twins(photo, rivals))


def _find_twins(photo: Path, suffixes: Collection[str]) -> Iterator[Path]:
    """Yield the other photos beside one that have its name before the suffix."""
    own = to_suffix(photo.name)
    for suffix in suffixes:
        for spelling in {suffix, suffix.upper()}:
            twin = photo.with_name(f"{photo.stem}.{spelling}")
            if suffix != own and twin.is_file():
                yield twin


def merge_sidecar(data: bytes | None, rating: Rating, *, path: str = "") -> bytes:
    """Return a sidecar with a rating in it, a new one where there is none; all else in it stays byte for byte.

    Raises MetadataError, which names `path`, where it is no XMP that can be understood.
    """
    with naming(path, _ADVICE):
        return xmp.merge_packet(data or xmp.EMPTY_SIDECAR, rating)


def restore_sidecar(data: bytes, before: Found, *, added: Collection[str] = (), path: str = "") -> bytes:
    """Return a sidecar that says again what `read_sidecar` found before; see metadata.restore."""
    with naming(path, _ADVICE):
        return xmp.restore_packet(data, before, added)


def read_sidecar(data: bytes, *, path: str = "") -> Found:
    """Return what a sidecar says; MetadataError where it cannot be understood."""
    with naming(path, _ADVICE):
        return xmp.read_packet(data)
