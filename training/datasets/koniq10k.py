"""KonIQ-10k: 10,073 photos of Flickr, each with the marks for technical quality, 1 to 5, of some 100 people.

Hosu, Lin, Sziranyi, Saupe, "KonIQ-10k: An ecologically valid database for deep learning of blind image quality
assessment" (IEEE TIP 2020).

`koniq10k_scores_and_distributions.csv` begins `image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,MOS_zscore` (as programs that
read it quote it; not seen itself). `koniq10k_distributions_sets.csv` ends in `MOS,SD,set` instead, with c1 … c5 as
shares and `set` one of training, validation, test (read in github.com/subpic/koniq, metadata/). Either will do; the
authors' split is kept where the second is there. Photos lie in `1024x768/` or `512x384/`.

The histogram is of the votes; MOS and MOS_zscore, which the authors rescaled by rater, are not used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from training.datasets.records import RatedPhoto, Tally, find_present, to_rated, to_shares
from training.datasets.splits import Split
from training.datasets.tables import find_first, read_rows, to_number
from training.photosets import stretch_votes

STARS = ["c1", "c2", "c3", "c4", "c5"]
SCORES = ("koniq10k_scores_and_distributions.csv", "metadata/koniq10k_scores_and_distributions.csv")
SETS = ("koniq10k_distributions_sets.csv", "metadata/koniq10k_distributions_sets.csv")
SPLITS: Mapping[str, Split] = {"training": "train", "validation": "validation", "test": "test"}


def find_koniq10k(folder: Path, tally: Tally) -> Iterator[RatedPhoto]:
    """Yield the photos of the table of scores, in the authors' split where it is known."""
    table = find_first(folder, *SETS, *SCORES)
    photos = find_first(folder, "1024x768", "512x384", "images/1024x768", "images/512x384")

    def to_photo(row: dict[str, str]) -> RatedPhoto:
        name = row["image_name"]
        if Path(name).suffix != ".jpg":
            raise ValueError("not a name of KonIQ-10k")
        histogram = stretch_votes(to_shares(to_number(row[star], 0, 1e9) for star in STARS))
        split = SPLITS.get(row.get("set", ""))
        return to_rated(photos / name, "koniq10k", f"flickr/{Path(name).stem}", histogram, split=split)

    yield from find_present(read_rows(table, ["image_name", *STARS]), to_photo, tally)
