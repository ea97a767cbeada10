"""The orders in which photos can be told."""

from __future__ import annotations

import os
from collections.abc import Iterable

from iqscore.records import DEFECT_GROUPS, DEFECTS, PhotoScore, get_severity

SORT_KEYS: tuple[str, ...] = ("score", "aesthetic", "technical", *DEFECTS, *DEFECT_GROUPS, "any", "path", "taken")


def sort_photos(photos: Iterable[PhotoScore], key: str | None, *, reverse: bool = False) -> list[PhotoScore]:
    """Return photos in the order of one of SORT_KEYS, or as they are; then the other way round if asked for.

    Scores and marks come best first, defects most severe first, paths and times rising, photos without a time last.
    """
    ordered = _sort(photos, key)
    return ordered[::-1] if reverse else ordered


def _sort(photos: Iterable[PhotoScore], key: str | None) -> list[PhotoScore]:
    if key is None:
        return list(photos)
    if key == "path":
        return sorted(photos, key=lambda photo: os.fsencode(photo.path))
    if key == "taken":
        return sorted(photos, key=lambda photo: (photo.taken is None, photo.taken or "", os.fsencode(photo.path)))
    return sorted(photos, key=lambda photo: -_get_value(photo, key))


def _get_value(photo: PhotoScore, key: str) -> float:
    if key == "score":
        return photo.score
    if key in ("aesthetic", "technical"):
        return photo.aesthetic.mean if key == "aesthetic" else photo.technical.mean
    return get_severity(photo, key)
