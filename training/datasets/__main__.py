"""Check a download of a public data set: how much of it is there, what its marks are, how it splits.

    python -m training.datasets NAME FOLDER [--decode] [--table FILE.csv [--split test]]

`--table` writes file, rating, source and split, which `python -m training.evaluate --photos FOLDER --ratings FILE.csv`
judges the shipped models by. The exit status is 1 where no photo was found and 2 where FOLDER is not the data set.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from training.datasets import (
    RATED,
    DatasetError,
    FaultyPhoto,
    RatedPhoto,
    Split,
    Tally,
    find_photodefects,
    keep_decodable,
)
from training.photosets import MARKS

PARTS: tuple[Split, ...] = ("train", "validation", "test")
MARKED = 0.25
"""The least severity that Yu et al. count as a defect."""


def to_lines(photos: list[RatedPhoto] | list[FaultyPhoto]) -> Iterable[str]:
    """Yield what is to be said of the photos that are there."""
    rated = [photo for photo in photos if isinstance(photo, RatedPhoto)]
    if rated:
        means = np.array([photo.mean for photo in rated])
        within = np.mean([np.sqrt(p.histogram @ MARKS**2 - (p.histogram @ MARKS) ** 2) for p in rated])
        yield f"marks: mean {means.mean():.2f}, spread {means.std():.2f} ({means.min():.2f} to {means.max():.2f})"
        yield f"spread of one photo's marks: {within:.2f}"
    faulty = [photo for photo in photos if isinstance(photo, FaultyPhoto)]
    for defect in dict.fromkeys(name for photo in faulty for name in (*photo.severities, *photo.groups)):
        known = np.array([s for p in faulty if (s := {**p.severities, **p.groups}[defect]) is not None])
        if known.any():  # where only the group is known, all that is known of its parts is 0
            share = (known >= MARKED).mean()
            yield f"{defect}: mean {known.mean():.3f}, {share:.1%} of {known.size} at {MARKED} or more"
    parts = Counter(photo.split for photo in photos)
    yield "splits: " + ", ".join(f"{part} {parts[part]}" for part in PARTS)


def write_table(file: Path, folder: Path, photos: Iterable[RatedPhoto]) -> None:
    """Write the marks as training.evaluate reads them, files relative to `folder`."""
    with file.open("w", newline="", encoding="utf-8", errors="surrogateescape") as text:
        writer = csv.writer(text)
        writer.writerow(["file", "rating", "source", "split"])
        for photo in photos:
            writer.writerow([os.path.relpath(photo.path, folder), f"{photo.mean:.4f}", photo.source, photo.split])


def check(args: argparse.Namespace) -> int:
    """Print the report and return the exit status."""
    tally = Tally()
    photos: list[RatedPhoto] | list[FaultyPhoto]
    if args.name in RATED:
        rated = RATED[args.name](args.folder, tally)
        photos = list(keep_decodable(rated, tally) if args.decode else rated)
    else:
        faulty = find_photodefects(args.folder, tally)
        photos = list(keep_decodable(faulty, tally) if args.decode else faulty)
    print(f"{args.name}: {tally.to_text()}")
    if not photos:
        return 1
    print("\n".join(to_lines(photos)))
    if args.table:
        kept = (p for p in photos if isinstance(p, RatedPhoto) and args.split in (None, p.split))
        write_table(args.table, args.folder, kept)
    return 0


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m training.datasets", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", choices=[*RATED, "photodefects"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--decode", action="store_true", help="decode every photo, to find those that are broken")
    parser.add_argument("--table", type=Path, metavar="FILE.csv", help="write the marks for training.evaluate")
    parser.add_argument("--split", choices=PARTS, help="only this part goes into the table")
    args = parser.parse_args(words)
    if args.table and args.name not in RATED:
        parser.error("only marks are written as a table")
    try:
        return check(args)
    except (DatasetError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
