"""The rated photos that iqscore learns from, as one list of examples with histograms.

A rating becomes a histogram by this rule: a Gaussian over the ten marks whose mean is the mean rating and whose
deviation is sqrt(1.2^2 + d^2), d half the distance of the two passes; 1.2 is about the spread of people's votes on
the tiles, on the ten-point scale. Votes of people (rated tiles, 1 to 5 stars) are stretched linearly to 1 … 10,
each share split between the two nearest marks so that the mean is kept.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MARKS = np.arange(1, 11, dtype=np.float64)
BASE_SPREAD = 1.2


@dataclass(frozen=True)
class Example:
    """One rated photo; `domain` is "photos" or "tiles", `source` what is left out together."""

    path: Path
    domain: str
    source: str
    mean: float
    histogram: NDArray[np.float64]


def find_examples(data: Path, voc: Path | None, rated: Sequence[Path] = ()) -> Iterator[Example]:
    """Yield every rated photograph under `data`, of `voc` (a folder with JPEGImages/) and of folders of galleries.

    A folder of galleries has a `ratings.csv` with columns file, rating, rating_1, rating_2 and graphic; the first
    folder in `file` is the source.
    """
    for name in ("photos_small", "photos_view"):
        yield from _find_rated(data / name / "ratings.csv", "file", (data / name).joinpath)
    if voc is not None:
        yield from _find_rated(data / "voc_ratings.csv", "source", lambda source: voc / source.split(":", 1)[1])
    yield from _find_tiles(data / "rated_tiles")
    for folder in rated:
        yield from _find_rated(folder / "ratings.csv", "file", folder.joinpath, name_gallery)


def to_histogram(mean: float, spread: float) -> NDArray[np.float64]:
    """Return ten shares of a Gaussian on the marks 1 … 10, its location moved until its mean is `mean`."""
    low, high = -20.0, 31.0
    for _ in range(60):
        location = (low + high) / 2
        distances = ((MARKS - location) / max(spread, 1e-3)) ** 2
        # from the nearest mark: far from all of them, the shares would all be 0
        shares = np.exp(-0.5 * (distances - distances.min()))
        shares /= shares.sum()
        low, high = (location, high) if shares @ MARKS < mean else (low, location)
    return shares


def spread_evenly(paths: Iterable[Path], count: int) -> list[Path]:
    """Return `count` paths, or as many as there are, spread evenly over all of them in the order of their names."""
    ordered = sorted(paths)
    return ordered[:: max(1, len(ordered) // count)][:count]


def read_published(data: Path) -> dict[str, float]:
    """Return, by tile name, the marks that the published NIMA MobileNet gave the full photos, where known."""
    with (data / "rated_tiles" / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row["file"], row["nima_aesthetic_pred"]) for row in csv.DictReader(file)]
    return {Path(file).name: float(mark) for file, mark in rows if mark}


def _find_rated(
    table: Path, column: str, locate: Callable[[str], Path], name: Callable[[str], str] | None = None
) -> Iterator[Example]:
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["graphic"] == "1":
                continue
            mean = float(row["rating"])
            distance = (float(row["rating_1"]) - float(row["rating_2"])) / 2
            spread = float(np.hypot(BASE_SPREAD, distance))
            path = locate(row[column])
            source = name(row[column]) if name else _name_source(path)
            yield Example(path, "photos", source, mean, to_histogram(mean, spread))


def _name_source(path: Path) -> str:
    if path.parent.name == "JPEGImages":
        return "voc"
    return re.sub(r"(_[ab])?_?(part)?_?\d+$", "", path.stem)


def name_gallery(file: str) -> str:
    """Return the gallery of a photo by the column `file`: its first folder."""
    return Path(file).parts[0]


def _find_tiles(folder: Path) -> Iterator[Example]:
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            votes = np.array([float(row[f"mos_{star}"]) for star in range(1, 6)])
            histogram = stretch_votes(votes / votes.sum())
            yield Example(folder / row["file"], "tiles", row["source_set"], float(histogram @ MARKS), histogram)


def stretch_votes(stars: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares of marks on an even scale, worst first, as shares of the ten marks, the mean kept."""
    histogram = np.zeros(10)
    for place, share in zip(1 + np.arange(len(stars)) * 9 / (len(stars) - 1), stars, strict=True):
        below = min(int(place), 9)
        histogram[below - 1] += share * (below + 1 - place)
        histogram[below] += share * (place - below)
    return histogram
