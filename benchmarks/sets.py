"""Sets of generated JPEG photos, as large and as hard to decode as those of cameras."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iqscore.bench import make_image

KINDS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "4:4:4": {"subsampling": 0},
}
QUALITY = 92
DIFFERENT = 5
"""Pictures in a set; the others are further names of the same files."""


def build_set(folder: Path, megapixels: float, kind: str, count: int) -> Path:
    """Return the folder of a set of `count` photos within `folder`, made unless it is there."""
    place = folder / f"{megapixels:g}-{kind.replace(':', '')}-{count}"
    if place.exists():
        return place
    part = place.with_suffix(".part")
    part.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        path = part / f"{number:03d}.jpg"
        path.unlink(missing_ok=True)
        if number < DIFFERENT:
            make_image(megapixels, number).save(path, quality=QUALITY, **KINDS[kind])
        else:
            path.hardlink_to(part / f"{number % DIFFERENT:03d}.jpg")
    return part.rename(place)
