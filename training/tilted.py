"""Photos on which a level shows, told by eye, and what is said of them when they are turned."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from training.degrade import tilt
from training.judging import PRESENT, Case, Judge, Pixels, get_marks, open_photo
from training.light import to_image, to_pixels
from training.measures import judge_goal, print_table, to_auc, to_rank_correlation
from training.real_faults import read_rows

LEVELS = Path(__file__).with_name("level.csv")
"""File, below a folder of galleries that never trained, and whether its photo shows what is level: yes or no."""
SIDE = 960
AUC_GOAL, RANK_GOAL = 0.85, 0.85


def report_tilted(judge: Judge, folder: Path, levels: Path = LEVELS) -> None:
    """Print how well angles of 4 to 20 degrees are ordered where a level shows, and what is said where none does.

    The truth is the angle alone: no measure of how well it shows takes part, as in the labels of training.
    """
    rows = [(folder / row["file"], row["level"]) for row in read_rows(levels)]
    rows = [(path, level) for path, level in rows if path.is_file()]
    rng = np.random.default_rng(5)
    severities = [float(rng.uniform(0.05, 1)) for _ in rows]
    upright = judge.judge_all(Case(path.name, "upright", partial(open_photo, path, SIDE)) for path, _ in rows)
    turned = judge.judge_all(
        Case(path.name, "turned", partial(_turn, path, severity, place))
        for place, ((path, _), severity) in enumerate(zip(rows, severities, strict=True))
    )
    before, after = get_marks(upright, "composition"), get_marks(turned, "composition")
    table = [_to_row(name, [level in names for _, level in rows], severities, before, after) for name, names in GROUPS]
    header = ("photos that show what is level", "photos", "upright", "turned", f"AUC from {PRESENT} on", "goal",
              "Spearman, with upright ones", "goal", "among turned ones")  # fmt: skip
    print_table(f"{len(rows)} photos of galleries that never trained, turned", header, table)


GROUPS = (("yes", ("yes",)), ("no", ("no",)), ("all", ("yes", "no")))


def _to_row(
    name: str, chosen: Sequence[bool], severities: Sequence[float], before: Sequence[float], after: Sequence[float]
) -> Sequence[object]:
    severity, one, other = (np.asarray(values)[np.asarray(chosen)] for values in (severities, before, after))
    area = to_auc(other[severity >= PRESENT], one)
    rank = to_rank_correlation(np.append(other, one), np.append(severity, np.zeros(len(one))))
    return (name, len(severity), float(one.mean()), float(other.mean()), area, judge_goal(area, AUC_GOAL), rank,
            judge_goal(rank, RANK_GOAL), to_rank_correlation(other, severity))  # fmt: skip


def _turn(path: Path, severity: float, place: int) -> Pixels:
    photo = to_pixels(Image.fromarray(open_photo(path, SIDE)))
    return np.asarray(to_image(tilt(photo, severity, np.random.default_rng(place))))
