"""Photos made or found for judging, and what iqscore and the baselines say about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.decode import Photo, decode_photo
from iqscore.records import DEFECTS, PhotoScore
from iqscore.scorer import Scorer
from training.baselines import NAMES, Baselines
from training.measures import to_auc, to_free_auc, to_rank_correlation

Pixels = NDArray[np.uint8]
THREADS = 2
PRESENT = 0.3
"""From this severity on a defect counts as there; cards tell reasons from here on too."""


@dataclass(frozen=True)
class Case:
    """One photo to judge: how its pixels come about, and what is known of it."""

    name: str
    kind: str
    make: Callable[[], Pixels]
    truth: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """A case with the opinions on it."""

    case: Case
    score: PhotoScore
    baselines: dict[str, float]

    @property
    def top(self) -> str:
        """The defect of the highest severity."""
        return max(DEFECTS, key=self.score.defects.__getitem__)

    def get_mark(self, name: str) -> float:
        """Return a severity, `technical` or a baseline by its name; `a|b` is the larger and `a-b` the difference."""
        if "|" in name:
            return max(self.get_mark(part) for part in name.split("|"))
        if "-" in name:
            left, right = name.split("-")
            return self.get_mark(left) - self.get_mark(right)
        if name == "technical":
            return self.score.technical.mean
        return self.score.defects[name] if name in DEFECTS else self.baselines[name]


class Judge:
    """Has cases scored as the program would, two at a time."""

    def __init__(self, scorer: Scorer, baselines: Baselines | None = None) -> None:
        self._scorer = scorer
        self._baselines = baselines
        self.has_baselines = baselines is not None
        self.baseline_names = NAMES if baselines else ()

    def judge(self, case: Case) -> Judged:
        pixels = case.make()
        height, width, _ = pixels.shape
        score = self._scorer.score_photo(Photo(case.name, pixels, width, height, "PNG", None))
        return Judged(case, score, self._baselines.measure(pixels) if self._baselines else {})

    def judge_all(self, cases: Iterable[Case]) -> list[Judged]:
        """Return the opinions in the order of the cases."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self.judge, cases))


def open_photo(path: Path, long_side: int | None = None) -> Pixels:
    """Return the pixels that iqscore would see, or fewer where `long_side` asks for a smaller photo."""
    pixels = decode_photo(str(path)).pixels
    if long_side is None or max(pixels.shape) <= long_side:
        return pixels
    image = Image.fromarray(pixels)
    image.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    return np.asarray(image)


def get_marks(judged: Sequence[Judged], name: str) -> list[float]:
    """Return one mark of every photo."""
    return [one.get_mark(name) for one in judged]


@dataclass(frozen=True)
class Question:
    """What a mark should be able to tell: some photos from others, or the order of photos."""

    name: str
    mark: str
    """What iqscore answers with, see `Judged.get_mark`."""
    judged: Sequence[Judged]
    truth: Sequence[float]
    """Of each photo 1 or 0 (is it there?), or how much there is of it."""
    is_order: bool = False

    def answer(self, mark: str | None = None) -> float:
        """Return the AUC, or Spearman for an order; by a baseline in its better direction."""
        marks, truth = np.array(get_marks(self.judged, mark or self.mark)), np.array(self.truth)
        if self.is_order:
            value = to_rank_correlation(marks, truth)
            return value if mark is None else abs(value)
        return (to_auc if mark is None else to_free_auc)(marks[truth > 0], marks[truth == 0])


def ask(name: str, mark: str, present: Sequence[Judged], absent: Sequence[Judged]) -> Question:
    """Return the question which of two groups a photo is of."""
    return Question(name, mark, [*present, *absent], [1.0] * len(present) + [0.0] * len(absent))
