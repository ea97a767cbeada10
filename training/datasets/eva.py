"""EVA: 4,070 photos of AVA, each with the marks, 0 to 10, of 30 people or more.

Kang, Valenzise, Dufaux, "EVA: An Explainable Visual Aesthetics Dataset" (ATQAM/MAST 2020),
github.com/kang-gnak/eva-dataset.

`data/votes_filtered.csv` has a row a vote, parted by `=` as the repository's readme says (`users.csv` there is so):
image_id, user_id, score, difficulty, visual, composition, quality, semantic, vote_time, 1, 2, 3, 4; `image_id` is the
photo's name without `.jpg`, as in AVA. The zip in seven parts unpacks to `images/EVA_together/`. Columns and folder are
from the readme and from programs that read them; the file of votes itself was not to be had. Commas are read as well.

The eleven marks are stretched over the ten as five stars are. A photo's id is AVA's, so that both data sets split it
alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.datasets.records import RatedPhoto, Tally, find_present, to_rated, to_shares
from training.datasets.tables import find_first, read_rows, to_number
from training.photosets import stretch_votes


def find_eva(folder: Path, tally: Tally) -> Iterator[RatedPhoto]:
    """Yield the photos of votes_filtered.csv; a vote that makes no sense is counted and left out."""
    table = find_first(folder, "data/votes_filtered.csv", "votes_filtered.csv")
    photos = find_first(folder, "images/EVA_together", "EVA_together", "images")

    def to_photo(item: tuple[str, NDArray[np.float64]]) -> RatedPhoto:
        photo, votes = item
        return to_rated(photos / f"{photo}.jpg", "eva", f"ava/{photo}", stretch_votes(to_shares(votes)))

    yield from find_present(_count_votes(table, tally).items(), to_photo, tally)


def _count_votes(table: Path, tally: Tally) -> dict[str, NDArray[np.float64]]:
    votes: dict[str, NDArray[np.float64]] = {}
    for row in read_rows(table, ["image_id", "score"], "=,"):
        try:
            photo, mark = int(row["image_id"]), round(to_number(row["score"], 0, 10))
        except ValueError:
            tally.unread_votes += 1
            continue
        votes.setdefault(str(photo), np.zeros(11))[mark] += 1
    return votes
