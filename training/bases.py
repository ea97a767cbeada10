"""The photos that the defect model learns from before anything is done to them, and which are kept for judging."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.decode import decode_photo
from iqscore.errors import PhotoError
from iqscore.records import DEFECTS
from training.clean import is_crisp
from training.photosets import Example

CLEAN_TECHNICAL = 7.8
SEVERITY_OF_MARK = (0.0, 0.25, 0.55, 0.85)
"""What marks of 0 (none), 1 (visible if you look), 2 (disturbing) and 3 (ruins it) are as severities."""
TOO_FINE = ("noise", "jpeg_artifacts")
"""What a look at a reduced photo finds only where it is plain: a mark of 0 says nothing."""
ONE_BY_ONE = {"img", "JPEGImages"}
"""Folders of photos of many people, which are kept for judging one by one and not as a whole."""


@dataclass(frozen=True)
class Base:
    """A photo to start from, with what was marked on it; a severity that is not known is NaN."""

    path: Path
    severities: NDArray[np.float64]
    technical: float
    is_marked: bool = True


def is_held_out(path: Path) -> bool:
    """Tell whether a photo is kept for judging.

    A fixed tenth of the small and a quarter of the view-size photos; a fifth of the galleries, each whole.
    """
    one_by_one = path.parent.name in ONE_BY_ONE
    number = int(hashlib.sha256((path if one_by_one else path.parent).name.encode()).hexdigest()[:8], 16) / 2**32
    return number < (0.2 if not one_by_one else 0.25 if "photos_view" in path.parts else 0.1)


def find_clean_bases(examples: Iterable[Example], held_out: bool) -> Iterator[Base]:
    """Yield photos nobody marked that look well made: rated 4.5 or better, ordinary light, somewhere crisp."""
    for example in examples:
        if example.domain == "photos" and example.mean >= 4.5 and is_held_out(example.path) == held_out:
            with suppress(PhotoError, OSError):
                if "photos_view" not in example.path.parts and looks_well_made(example.path):
                    yield make_clean(example.path)


def make_clean(path: Path) -> Base:
    """Return a photo that nobody marked and that is taken to have no faults."""
    return Base(path, np.zeros(len(DEFECTS)), CLEAN_TECHNICAL, is_marked=False)


def find_marked(folders: Sequence[Path]) -> Iterator[Base]:
    """Yield the photographs of the `defects.csv` in each folder with their marks; what is no photograph is left out."""
    for folder in folders:
        with (folder / "defects.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if "graphic" not in row["intent"].split():
                    yield read_marks(folder, row)


def read_marks(folder: Path, row: dict[str, str]) -> Base:
    """Return the photo of a row of `defects.csv`."""
    severities = np.array([SEVERITY_OF_MARK[int(row[defect])] for defect in DEFECTS])
    fine = np.array([defect in TOO_FINE for defect in DEFECTS])
    severities[fine & (severities == 0)] = np.nan
    return Base(folder / row["file"], severities, float(row["technical"]))


def looks_well_made(path: Path) -> bool:
    """Tell by numbers whether light is ordinary and something is crisp; small photos are taken as crisp."""
    with Image.open(path) as image:
        image.draft("RGB", (image.width // 4, image.height // 4))
        luma = np.asarray(image.convert("L").resize((64, 64)), np.float32) / 255
    low, high = np.percentile(luma, [3, 97])
    if not (0.22 < luma.mean() < 0.72 and high - low > 0.45 and low < 0.25):
        return False
    photo = Image.fromarray(decode_photo(str(path)).pixels)
    return max(photo.size) < 560 or is_crisp(photo)
