"""A few photos that `iqscore rate` rates: their stars, their bytes, the journals of it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from iqscore.metadata import read

STARS = {10: 1, 50: 4, 71: 4, 95: 4}
"""What a FakeScorer gives: four stars, one to the rejected."""


def get_stars(folder: Path) -> dict[int, int | None]:
    """Return the stars of each photo, by its score."""
    return {int(path.stem[5:]): read(path.read_bytes()).stars for path in sorted(folder.glob("rose-*.jpg"))}


def take_picture(folder: Path) -> dict[str, str]:
    return {entry.name: hashlib.sha256(entry.read_bytes()).hexdigest() for entry in folder.iterdir()}


def find_journals() -> list[Path]:
    return sorted((Path(os.environ["XDG_STATE_HOME"]) / "iqscore").glob("*"))
