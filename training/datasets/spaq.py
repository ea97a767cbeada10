"""SPAQ: 11,125 photos of 66 telephones with the mean mark for technical quality, 0 to 100, of 15 people or more.

Fang, Zhu, Zeng, Ma, Wang, "Perceptual Quality Assessment of Smartphone Photography" (CVPR 2020),
github.com/h4nwei/SPAQ.

`Annotations/MOS and Image attribute scores.xlsx`: its first sheet has the columns `Image name`, `MOS`, `Brightness`,
`Colorfulness`, `Contrast`, `Noisiness`, `Sharpness`; photos lie in `TestImage/`. Names are from programs that read it;
the workbook itself was not to be had. Only means are published: the histogram is a Gaussian around the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.datasets.records import DatasetError, RatedPhoto, Tally, find_present, to_rated
from training.datasets.tables import find_first, to_number
from training.photosets import BASE_SPREAD, to_histogram

TABLE = "MOS and Image attribute scores.xlsx"


def find_spaq(folder: Path, tally: Tally) -> Iterator[RatedPhoto]:
    """Yield the photos of the workbook of marks; needs openpyxl."""
    table = find_first(folder, f"Annotations/{TABLE}", TABLE)
    photos = find_first(folder, "TestImage")

    def to_photo(row: tuple[object, object]) -> RatedPhoto:
        name, mark = str(row[0] or ""), row[1]
        if not name:
            raise ValueError("no name")
        mean = 1 + 9 * to_number(mark, 0, 100) / 100
        return to_rated(photos / name, "spaq", f"spaq/{Path(name).stem}", to_histogram(mean, BASE_SPREAD), mean)

    yield from find_present(_read_sheet(table), to_photo, tally)


def _read_sheet(table: Path) -> Iterator[tuple[object, object]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise DatasetError("SPAQ's table is an Excel workbook: pip install openpyxl") from error
    book = load_workbook(table, read_only=True, data_only=True)
    try:
        rows = book.worksheets[0].iter_rows(values_only=True)
        header = list(next(rows, ()))
        if "Image name" not in header or "MOS" not in header:
            raise DatasetError(f"{table} has no columns Image name and MOS; its first row is {header}")
        name, mark = header.index("Image name"), header.index("MOS")
        yield from ((row[name], row[mark]) for row in rows if any(cell is not None for cell in row))
    finally:
        book.close()
