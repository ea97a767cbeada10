"""Judge the shipped models, as they are served, on rated photos that they never saw.

    python -m training.evaluate --photos DIR --ratings FILE.csv [--group COLUMN] [--models models]

The table has a column `file` (relative to DIR) and a column `rating`, higher is better; rows with `graphic` 1 are left
out. Printed is Spearman's rank correlation (SRCC) over all photos, and for each value of the column `--group`, or, for
`--group folder`, for each folder that `file` begins with.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from iqscore.pipeline import score_all
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from training.measures import to_rank_correlation
from training.photosets import name_gallery

FEWEST = 24
"""A group of fewer photos says little by itself."""


def read_rows(ratings: Path) -> list[dict[str, str]]:
    """Return the rows of photographs."""
    with ratings.open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row.get("graphic", "0") != "1"]


def to_group(row: dict[str, str], group: str | None) -> str:
    """Return what a photo is reported with; "" where there are no groups."""
    if group == "folder":
        return name_gallery(row["file"])
    return row[group] if group else ""


def to_line(name: str, marks: NDArray[np.float64], ratings: NDArray[np.float64]) -> str:
    """Return SRCC of aesthetic, technical and score with the ratings, in words."""
    aesthetic, technical, score = (to_rank_correlation(column, ratings) for column in marks.T)
    return f"{name}: {len(ratings)} photos, aesthetic {aesthetic:.3f}, technical {technical:.3f}, score {score:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--ratings", type=Path, required=True)
    parser.add_argument("--group", help="column to report by, or: folder")
    parser.add_argument("--models", type=Path)
    args = parser.parse_args()
    rows = read_rows(args.ratings)
    scorer = open_scorer("cpu", models=args.models)
    outcomes = list(score_all([str(args.photos / row["file"]) for row in rows], scorer.score))
    scored = [(row, o) for row, o in zip(rows, outcomes, strict=True) if isinstance(o, PhotoScore)]
    print(f"{len(rows) - len(scored)} of {len(rows)} photos could not be scored")
    marks = np.array([[o.aesthetic.mean, o.technical.mean, o.score] for _, o in scored])
    ratings = np.array([float(row["rating"]) for row, _ in scored])
    groups = np.array([to_group(row, args.group) for row, _ in scored])
    within = []
    for group in np.unique(groups) if args.group else ():
        chosen = groups == group
        if chosen.sum() >= FEWEST:
            print(to_line(group, marks[chosen], ratings[chosen]))
            within.append(to_rank_correlation(marks[chosen, 0], ratings[chosen]))
    if within:
        print(f"mean of {len(within)} groups: aesthetic {np.mean(within):.3f}")
    print(to_line("all", marks, ratings))


if __name__ == "__main__":
    main()
