"""Public data sets of photo quality, read in the layouts their authors publish; see training/README.md.

Nothing here downloads anything. Photos come one by one, and those that are listed but not there are counted in a
Tally, never an error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from training.datasets.ava import find_ava
from training.datasets.eva import find_eva
from training.datasets.folder import find_folder
from training.datasets.koniq10k import find_koniq10k
from training.datasets.photodefects import find_photodefects
from training.datasets.records import DatasetError, FaultyPhoto, RatedPhoto, Tally, keep_decodable
from training.datasets.spaq import find_spaq
from training.datasets.splits import Split, split_of

__all__ = [
    "RATED",
    "DatasetError",
    "FaultyPhoto",
    "RatedPhoto",
    "Split",
    "Tally",
    "find_photodefects",
    "find_training",
    "keep_decodable",
    "split_of",
]

RATED: Mapping[str, Callable[[Path, Tally], Iterator[RatedPhoto]]] = {
    "ava": find_ava,
    "eva": find_eva,
    "folder": find_folder,
    "koniq10k": find_koniq10k,
    "spaq": find_spaq,
}
"""The data sets with marks, by name; `find_photodefects` reads the one with defects."""


def find_training(words: Iterable[str]) -> Iterator[RatedPhoto]:
    """Yield the decodable photos that train of each NAME=FOLDER, and say on stderr what each data set lacked."""
    for word in words:
        name, _, folder = word.partition("=")
        if name not in RATED or not folder:
            raise DatasetError(f"{word} is not NAME=FOLDER with NAME one of {', '.join(RATED)}")
        tally = Tally()
        photos = (photo for photo in RATED[name](Path(folder), tally) if photo.split == "train")
        yield from keep_decodable(photos, tally)
        print(f"{name}: {tally.to_text()}", file=sys.stderr)
