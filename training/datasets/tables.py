"""Text tables and folders as other people ship them."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.datasets.records import DatasetError


def read_rows(file: Path, columns: Iterable[str], delimiters: str = ",") -> Iterator[dict[str, str]]:
    """Yield the rows by column name; the delimiter is the first of `delimiters` that the header has.

    A byte order mark, Windows line ends and quotes are understood. The cells that a row cut short lacks are "", and all
    cells of a row with too many. Raises DatasetError where one of `columns` is lacking.
    """
    with file.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as text:
        header = text.readline()
        text.seek(0)
        delimiter = next((mark for mark in delimiters if mark in header), delimiters[0])
        reader = csv.DictReader(text, delimiter=delimiter, restval="", skipinitialspace=True)
        lacking = [name for name in columns if name not in (reader.fieldnames or ())]
        if lacking:
            raise DatasetError(f"{file} has no column {', '.join(lacking)}; its first line is {header.strip()!r}")
        try:
            yield from (dict.fromkeys(row, "") if None in row else row for row in reader)
        except csv.Error as error:  # a quote that never closes
            raise DatasetError(f"{file}: {error}") from error


def to_number(cell: object, low: float, high: float) -> float:
    """Return the number in a cell; raises ValueError where there is none between low and high."""
    number = float(str(cell))
    if not math.isfinite(number) or not low <= number <= high:
        raise ValueError(f"{number} is not between {low} and {high}")
    return number


def find_first(folder: Path, *names: str) -> Path:
    """Return the first of the files or folders that exists; raises DatasetError where none does."""
    for name in names:
        if (folder / name).exists():
            return folder / name
    raise DatasetError(f"{folder} has no {' and no '.join(names)}")
