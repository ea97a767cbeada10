"""What every reader yields, and the tally of what it could not yield."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from iqscore.decode import decode_photo
from iqscore.errors import PhotoError
from training.datasets.splits import Split, split_of
from training.photosets import MARKS, Example


class DatasetError(Exception):
    """The folder does not hold the data set in its published layout; the message says what was looked for."""


@dataclass(frozen=True)
class RatedPhoto(Example):
    """An Example of a public data set."""

    photo_id: str = field(kw_only=True)
    """SPACE/ID; data sets that share photos share the space, so that none trains in one and judges in another."""
    split: Split = field(kw_only=True)
    """Of the authors where they published one, else by split_of."""


@dataclass(frozen=True)
class FaultyPhoto:
    """A photo whose defects people marked."""

    path: Path
    source: str
    severities: Mapping[str, float | None]
    """Each of iqscore's DEFECTS, 0 to 1; None where the data set does not tell."""
    groups: Mapping[str, float]
    """What is known of DEFECT_GROUPS: the larger severity of each group."""
    photo_id: str
    split: Split


Photo = TypeVar("Photo", RatedPhoto, FaultyPhoto)
Row = TypeVar("Row")


@dataclass
class Tally:
    """How many photos a data set lists, and how many of them could not be had; counted while a reader runs."""

    listed: int = 0
    missing: int = 0
    """Listed, but no file or an empty one."""
    unread: int = 0
    """Rows that make no sense, such as one cut short."""
    unread_votes: int = 0
    """The same, where a row is one vote."""
    broken: int = 0
    """Files that cannot be decoded; only where that was asked for."""

    def to_text(self) -> str:
        """Return one line for a person."""
        found = self.listed - self.missing - self.unread - self.broken
        line = f"{found} of {self.listed} photos, {self.missing} missing, {self.unread} rows not understood"
        if self.unread_votes:
            line += f", {self.unread_votes} votes not understood"
        return line + (f", {self.broken} not decodable" if self.broken else "")


def find_present(rows: Iterable[Row], to_photo: Callable[[Row], Photo], tally: Tally) -> Iterator[Photo]:
    """Yield the photos of the rows whose files exist; `to_photo` raises ValueError for a row that makes no sense."""
    for row in rows:
        tally.listed += 1
        try:
            photo = to_photo(row)
        except ValueError:
            tally.unread += 1
            continue
        if is_there(photo.path):
            yield photo
        else:
            tally.missing += 1


def is_there(path: Path) -> bool:
    """Return whether there is a file with something in it."""
    try:
        return path.is_file() and path.stat().st_size > 0
    except (OSError, ValueError):  # a name that no file can have
        return False


def keep_decodable(photos: Iterable[Photo], tally: Tally) -> Iterator[Photo]:
    """Yield the photos that can be decoded; each is read in full, which takes its time."""
    for photo in photos:
        try:
            decode_photo(str(photo.path))
        except PhotoError:
            tally.broken += 1
        else:
            yield photo


def to_shares(votes: Iterable[float]) -> NDArray[np.float64]:
    """Return votes as shares that sum to 1; raises ValueError for none at all and for negative ones."""
    counts = np.array(list(votes), dtype=np.float64)
    total = float(counts.sum())
    if not math.isfinite(total) or total <= 0 or counts.min() < 0:
        raise ValueError("no votes")
    return counts / total


def to_rated(
    path: Path,
    source: str,
    photo_id: str,
    histogram: NDArray[np.float64],
    mean: float | None = None,
    split: Split | None = None,
) -> RatedPhoto:
    """Return the record; the mean is the histogram's and the split by hash where none is given."""
    mean = float(histogram @ MARKS) if mean is None else mean
    split = split or split_of(photo_id)
    return RatedPhoto(path, "photos", source, mean, histogram, photo_id=photo_id, split=split)
