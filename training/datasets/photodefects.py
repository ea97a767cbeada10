"""Photographic defects: 12,853 photos of Flickr in which people marked how severe seven defects are.

Yu, Shen, Lin, Mech, Barnes, "Learning to Detect Multiple Photographic Defects" (WACV 2018),
github.com/ningyu1991/DefectDetection, where the tables were read.

`data/train/defect_training_gt.csv` (11,313 rows) and `data/test/defect_testing_gt.csv` (1,540) begin `url,Bad Exposure,
Bad White Balance,Bad Saturation,Noise,Haze,Undesired Blur,Bad Composition`. Severities are 0 to 1; only saturation is
signed. No text there says which sign is which, but photos far below 0 are four times as hazy as those far above: below
0 is too little colour. Photos are not shipped: each is looked up by the file name of its address in
`data/train/original_resolution/` or `data/test/original_resolution/` (the second is the authors' name), or `photos/`.

Exposure has no direction and blur no kind: where above 0 they are known for the group alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from iqscore.records import DEFECT_GROUPS, DEFECTS
from training.datasets.records import DatasetError, FaultyPhoto, Tally, find_present
from training.datasets.splits import Split, split_of
from training.datasets.tables import read_rows, to_number

TABLES = {"train": "data/train/defect_training_gt.csv", "test": "data/test/defect_testing_gt.csv"}
SAME = {"white_balance": "Bad White Balance", "noise": "Noise", "haze": "Haze", "composition": "Bad Composition"}
GROUPED = {"exposure": "Bad Exposure", "blur": "Undesired Blur"}
SATURATION = "Bad Saturation"


def find_photodefects(folder: Path, tally: Tally) -> Iterator[FaultyPhoto]:
    """Yield the photos of both tables; the authors' test photos are test, a ninth or so of theirs validation."""
    tables = {part: folder / name for part, name in TABLES.items() if (folder / name).exists()}
    if not tables:
        raise DatasetError(f"{folder} has no {' and no '.join(TABLES.values())}")
    for part, table in tables.items():
        yield from _find_part(folder, part, table, tally)


def _find_part(folder: Path, part: str, table: Path, tally: Tally) -> Iterator[FaultyPhoto]:
    # a part that was not downloaded is missing photos, not a broken folder
    photos = folder / "photos" if (folder / "photos").is_dir() else table.parent / "original_resolution"

    def to_photo(row: dict[str, str]) -> FaultyPhoto:
        name = PurePosixPath(unquote(urlsplit(row["url"]).path)).name
        if not name:
            raise ValueError("no address")
        photo_id = f"flickr/{name.split('_')[0]}"
        severities, groups = to_severities(row)
        split: Split = "test" if part == "test" else _keep_from_test(split_of(photo_id))
        return FaultyPhoto(photos / name, "photodefects", severities, groups, photo_id, split)

    yield from find_present(read_rows(table, ["url", SATURATION, *SAME.values(), *GROUPED.values()]), to_photo, tally)


def to_severities(row: Mapping[str, str]) -> tuple[dict[str, float | None], dict[str, float]]:
    """Return severities of all DEFECTS, None where unknown, and those known of groups; raises ValueError."""
    severities: dict[str, float | None] = dict.fromkeys(DEFECTS)
    severities |= {defect: to_number(row[column], 0, 1) for defect, column in SAME.items()}
    saturation = to_number(row[SATURATION], -1, 1)
    severities |= {"undersaturation": max(0.0, -saturation), "oversaturation": max(0.0, saturation)}
    groups = {group: to_number(row[column], 0, 1) for group, column in GROUPED.items()}
    for group, severity in groups.items():
        if severity == 0:
            severities |= dict.fromkeys(DEFECT_GROUPS[group], 0.0)
    return severities, groups | {"saturation": abs(saturation)}


def _keep_from_test(split: Split) -> Split:
    return "train" if split == "test" else split
