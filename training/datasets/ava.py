"""AVA: some 255,000 photos of dpchallenge.com, each with the votes, 1 to 10, of some 200 people.

Murray, Marchesotti, Perronnin, "AVA: A large-scale database for aesthetic visual analysis" (CVPR 2012).

`AVA.txt` has a row a photo, parted by spaces: index, image id, ten counts of the marks 1 to 10, two ids of tags (0 for
none), id of the challenge. That is what the README of the June 2012 release says, and the first row that programs
quote (`1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396`) is so. The authors ship no photos; copies have them as
`images/ID.jpg`, and a few of those are missing or cut short. Not verified on a full download: the folder's name in
every copy (`image/` and a folder `AVA_dataset/` around all are accepted as well).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from training.datasets.records import RatedPhoto, Tally, find_present, to_rated, to_shares
from training.datasets.tables import find_first, to_number

COLUMNS = 15


def find_ava(folder: Path, tally: Tally) -> Iterator[RatedPhoto]:
    """Yield the photos of AVA.txt."""
    table = find_first(folder, "AVA.txt", "AVA_dataset/AVA.txt")
    photos = find_first(table.parent, "images", "image")

    def to_photo(line: str) -> RatedPhoto:
        cells = line.split()
        if len(cells) != COLUMNS:
            raise ValueError("not a row of AVA.txt")
        photo = int(cells[1])
        shares = to_shares(to_number(cell, 0, 1e9) for cell in cells[2:12])
        return to_rated(photos / f"{photo}.jpg", "ava", f"ava/{photo}", shares)

    with table.open(encoding="utf-8-sig", errors="replace") as lines:
        yield from find_present((line for line in lines if line.strip()), to_photo, tally)
