"""Real faults: noise pairs, colour casts, haze, low light, a JPEG ladder."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from iqscore.records import DEFECTS
from training.judging import PRESENT, Case, Judge, Judged, Question, ask, get_marks, open_photo
from training.measures import judge_goal, print_table, to_rank_correlation

PAIR_GOAL, AUC_GOAL, LADDER_GOAL = 0.9, 0.95, -0.95
RANK_GOAL = 0.85
ORDINARY_SIDE = 480
"""Long side to which ordinary photos are shrunk for comparison: that of the real faults."""


def read_rows(table: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def judge_folder(judge: Judge, folder: Path) -> list[tuple[dict[str, str], Judged]]:
    """Return the rows of labels.csv with the opinions on their photos."""
    rows = read_rows(folder / "labels.csv")
    cases = [Case(row["file"], folder.name, partial(open_photo, folder / row["file"])) for row in rows]
    return list(zip(rows, judge.judge_all(cases), strict=True))


def judge_ordinary(judge: Judge, view: Path | None) -> list[Judged]:
    """Return opinions on marked photos without any fault but composition, at the size of the real faults."""
    if view is None:
        return []
    rows = [row for row in read_rows(view / "defects.csv") if "graphic" not in row["intent"].split()]
    rows = [row for row in rows if all(row[defect] == "0" for defect in DEFECTS if defect != "composition")]
    cases = [Case(row["file"], "ordinary", partial(open_photo, view / row["file"], ORDINARY_SIDE)) for row in rows]
    return judge.judge_all(cases)


def report_real(judge: Judge, folder: Path, view: Path | None) -> list[Question]:
    """Print how the real faults are seen; what is compared with ordinary photos needs the marked ones."""
    ordinary = judge_ordinary(judge, view)
    rows: list[Sequence[object]] = []
    questions = [_ask_pairs(judge, folder / "noise_pairs", rows)]
    casts = judge_folder(judge, folder / "wb_cast")
    cast = [one for row, one in casts if row["white_balance"] == "cast"]
    right = [one for row, one in casts if row["white_balance"] != "cast"]
    questions.append(ask("real: colour cast", "white_balance", cast, right + ordinary))
    hazy = [one for _, one in judge_folder(judge, folder / "haze_mixed")]
    questions.append(ask("real: haze", "haze", hazy, ordinary))
    rows += [_to_row(q, AUC_GOAL) for q in questions[1:]]
    for name, mark, group in (
        ("casts", "white_balance", cast),
        ("hazy", "haze", hazy),
        ("ordinary", "white_balance", ordinary),
        ("ordinary", "haze", ordinary),
    ):
        share = float(np.mean(np.array(get_marks(group, mark)) >= PRESENT)) if group else float("nan")
        rows.append((f"share of {name} with {mark} {PRESENT} or more", len(group), share, "-"))
    questions.append(_ask_darkness(judge, folder / "lowlight", ordinary, rows))
    questions.append(_ask_ladder(judge, folder / "jpeg_ladder", rows))
    print_table(f"Real faults, beside {len(ordinary)} ordinary photos", ("what", "photos", "value", "goal"), rows)
    _print_names("hazy photos, severity of haze", hazy, "haze")
    _print_names("casts, severity of white balance", cast + right, "white_balance")
    return questions


def _to_row(question: Question, goal: float) -> tuple[object, ...]:
    value = question.answer()
    return f"{question.name}, AUC of {question.mark}", int(sum(question.truth)), value, judge_goal(value, goal)


def _ask_pairs(judge: Judge, folder: Path, rows: list[Sequence[object]]) -> Question:
    judged = judge_folder(judge, folder)
    noisy = {row["pair"]: one for row, one in judged if row["noisy"] == "1"}
    quiet = {row["pair"]: one for row, one in judged if row["noisy"] == "0"}
    pairs = [(noisy[name], quiet[name]) for name in sorted(noisy.keys() & quiet.keys())]
    for mark in ("noise", "technical"):
        share = float(np.mean([_exceeds(one.get_mark(mark), other.get_mark(mark), mark) for one, other in pairs]))
        goal = judge_goal(share, PAIR_GOAL) if mark == "noise" else "-"
        rows.append((f"noise pairs told by {mark}", len(pairs), share, goal))
    for what, group in (("noisy", noisy), ("mean of many", quiet)):
        mean = float(np.mean(get_marks(list(group.values()), "noise")))
        rows.append((f"noise pairs, mean severity, {what}", len(group), mean, "-"))
    for name in judge.baseline_names:
        share = float(np.mean([one.get_mark(name) > other.get_mark(name) for one, other in pairs]))
        rows.append((f"noise pairs told by baseline {name}", len(pairs), max(share, 1 - share), "-"))
    return ask("real: noisy against mean of many", "noise", *zip(*pairs, strict=True))


def _exceeds(noisy: float, quiet: float, mark: str) -> bool:
    return noisy < quiet if mark == "technical" else noisy > quiet


def _ask_darkness(judge: Judge, folder: Path, ordinary: list[Judged], rows: list[Sequence[object]]) -> Question:
    judged = [one for _, one in judge_folder(judge, folder)]
    light = [float(np.mean(one.case.make())) / 255 for one in judged]
    rank = to_rank_correlation(get_marks(judged, "underexposure"), light)
    rows.append(
        ("low light: Spearman of underexposure with brightness", len(judged), rank, judge_goal(rank, -RANK_GOAL))
    )
    dark = [one for one, mean in zip(judged, light, strict=True) if mean < 0.2]
    question = ask("real: darker than 0.2 on average", "underexposure", dark, ordinary)
    rows.append(_to_row(question, AUC_GOAL))
    return question


def _ask_ladder(judge: Judge, folder: Path, rows: list[Sequence[object]]) -> Question:
    judged = judge_folder(judge, folder)
    quality = [float(row["jpeg_quality"]) for row, _ in judged]
    question = Question("real: JPEG ladder", "jpeg_artifacts", [one for _, one in judged], quality, is_order=True)
    rows.append(("JPEG ladder, Spearman of severity with quality", len(quality), question.answer(),
                 judge_goal(question.answer(), LADDER_GOAL)))  # fmt: skip
    technical = to_rank_correlation(get_marks(question.judged, "technical"), quality)
    rows.append(("JPEG ladder, Spearman of technical with quality", len(quality), technical, "-"))
    return question


def _print_names(title: str, judged: Sequence[Judged], mark: str) -> None:
    ordered = sorted(judged, key=lambda one: one.get_mark(mark))
    print(f"{title}: " + ", ".join(f"{Path(one.case.name).stem[-24:]} {one.get_mark(mark):.2f}" for one in ordered))
