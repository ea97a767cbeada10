"""Any folder of photos with a table `ratings.csv` of our own making.

Columns: `file` (relative to the folder), optionally `source` (photos of one source are left out together) and
`graphic` (rows with 1 are no photographs and are left out), and what was said of the photo in one of these ways:

- `votes_1` … `votes_10`: how many people gave each mark, or their shares;
- `rating`: 1 to 10; on another scale the column's name states it, as in `rating_0_to_100`;
- `rating_1` and `rating_2`: two passes, 1 to 10, alone or beside `rating`; the further apart, the wider the histogram.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from training.datasets.records import DatasetError, RatedPhoto, Tally, find_present, to_rated, to_shares
from training.datasets.tables import find_first, read_rows, to_number
from training.photosets import BASE_SPREAD, to_histogram

VOTES = [f"votes_{mark}" for mark in range(1, 11)]
SCALE = re.compile(r"rating_(-?\d+)_to_(-?\d+)")


def find_folder(folder: Path, tally: Tally) -> Iterator[RatedPhoto]:
    """Yield the photos of `ratings.csv`."""

    def to_photo(row: dict[str, str]) -> RatedPhoto:
        file = row["file"]
        if not file:
            raise ValueError("no file")
        source, photo_id = row.get("source") or folder.name, f"folder/{file}"
        if VOTES[0] in row:
            return to_rated(folder / file, source, photo_id, to_shares(to_number(row[v], 0, 1e9) for v in VOTES))
        mean, spread = _read_rating(row)
        return to_rated(folder / file, source, photo_id, to_histogram(mean, spread), mean)

    table = find_first(folder, "ratings.csv")
    rows = (_check_columns(table, row) for row in read_rows(table, ["file"]))
    yield from find_present((row for row in rows if row.get("graphic") != "1"), to_photo, tally)


def _check_columns(table: Path, row: dict[str, str]) -> dict[str, str]:
    if set(VOTES) <= row.keys() or {"rating_1", "rating_2"} <= row.keys() or "rating" in row or _find_scale(row):
        return row
    raise DatasetError(f"{table} has neither rating, rating_LOW_to_HIGH, rating_1 and rating_2, nor votes_1 … votes_10")


def _find_scale(row: dict[str, str]) -> re.Match[str] | None:
    return next((match for name in row if (match := SCALE.fullmatch(str(name)))), None)


def _read_rating(row: dict[str, str]) -> tuple[float, float]:
    passes = [to_number(row[name], 1, 10) for name in ("rating_1", "rating_2") if row.get(name)]
    if len(passes) == 1:
        raise ValueError("one pass of two")
    spread = float(np.hypot(BASE_SPREAD, (passes[0] - passes[1]) / 2)) if passes else BASE_SPREAD
    if row.get("rating"):
        return to_number(row["rating"], 1, 10), spread
    scale = _find_scale(row)
    if scale is None:
        if not passes:
            raise ValueError("no rating")
        return sum(passes) / 2, spread
    low, high = (float(end) for end in scale.groups())
    return 1 + 9 * (to_number(row[scale[0]], low, high) - low) / (high - low), spread
