"""How well marks agree with the truth, and tables of it in Markdown."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata, spearmanr

FEWEST = 3
"""Of fewer photos a measure says nothing; it is nan, and a dash in tables."""


def to_auc(present: ArrayLike, absent: ArrayLike) -> float:
    """Return the area under the ROC curve: how often a mark of `present` exceeds one of `absent`; ties count half."""
    high, low = np.asarray(present, float), np.asarray(absent, float)
    if min(high.size, low.size) < FEWEST:
        return math.nan
    ranks = rankdata(np.concatenate([high, low]))
    return float((ranks[: high.size].sum() - high.size * (high.size + 1) / 2) / (high.size * low.size))


def to_free_auc(present: ArrayLike, absent: ArrayLike) -> float:
    """Return the AUC in whichever direction is better, for measures that were not made for the question."""
    area = to_auc(present, absent)
    return max(area, 1 - area)


def to_rank_correlation(marks: ArrayLike, truth: ArrayLike) -> float:
    """Return Spearman's rank correlation; nan where either has one value only."""
    left, right = np.asarray(marks, float), np.asarray(truth, float)
    if left.size < FEWEST or np.ptp(left) == 0 or np.ptp(right) == 0:
        return math.nan
    return float(spearmanr(left, right).statistic)


def to_cell(value: object) -> str:
    """Return a table cell: three decimals for a number, a dash for one that could not be measured."""
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.3f}"
    return str(value)


def judge_goal(value: float, goal: float) -> str:
    """Return the goal, a negative one is a ceiling, and whether it is met."""
    if math.isnan(value):
        return f"{goal:g}: not measured"
    met = value <= goal if goal < 0 else value >= goal
    return f"{goal:g}: {'met' if met else '**missed**'}"


def print_table(title: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table under a heading."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("| --- |" + " ---: |" * (len(header) - 1))
    for row in rows:
        print("| " + " | ".join(to_cell(value) for value in row) + " |")
    print(flush=True)
