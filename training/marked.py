"""Photos whose faults somebody marked by looking at them, and photos that are unusual on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from iqscore.records import DEFECTS
from training.bases import TOO_FINE, is_held_out
from training.judging import Case, Judge, Judged, Question, ask, get_marks, open_photo
from training.measures import judge_goal, print_table, to_rank_correlation
from training.real_faults import read_rows

RANK_GOAL, REJECTED_GOAL = 0.85, 0.03
CLEARLY = 2
"""A mark from which on a defect counts as there, of 0 to 3."""
NAMED = Path(__file__).with_name("intended.csv")
"""The photos that must not be rejected: file, below any of the folders given, and what was intended with it."""
Marked = tuple[dict[str, str], Judged]


def report_view(judge: Judge, folders: Sequence[Path]) -> list[Question]:
    """Print how marks on whole photos agree with severities, of all and of those that did not train."""
    found = [(folder / row["file"], row) for folder in folders for row in read_rows(folder / "defects.csv")]
    found = [(path, row) for path, row in found if "graphic" not in row["intent"].split()]
    judged = judge.judge_all(Case(str(path), "marked", partial(open_photo, path)) for path, _ in found)
    everything: list[Marked] = [(row, one) for (_, row), one in zip(found, judged, strict=True)]
    held = [pair for (path, _), pair in zip(found, everything, strict=True) if is_held_out(path)]
    print_table(
        f"{len(everything)} marked photos; most of them trained, {len(held)} were held back",
        ("defect", "clear, all", "AUC", "clear, held back", "AUC", "any, held back", "AUC", "Spearman"),
        [_to_row(defect, everything, held) for defect in DEFECTS],
    )
    for name, chosen in (("all", everything), ("held back", held)):
        marks = [float(row["technical"]) for row, _ in chosen]
        rank = to_rank_correlation(get_marks([one for _, one in chosen], "technical"), marks)
        print(f"technical against its mark, {name}, Spearman: {rank:.3f} (goal {judge_goal(rank, RANK_GOAL)})")
    _report_severities(held)
    return [question for defect in DEFECTS for question in _ask_marked(defect, everything)]


def _to_row(defect: str, everything: Sequence[Marked], held: Sequence[Marked]) -> Sequence[object]:
    clear, (clear_held, any_held, rank_held) = _ask_marked(defect, everything)[0], _ask_marked(defect, held)
    counts = [int(sum(question.truth)) for question in (clear, clear_held, any_held)]
    return (defect, counts[0], clear.answer(), counts[1], clear_held.answer(), counts[2], any_held.answer(),
            rank_held.answer())  # fmt: skip


def _ask_marked(defect: str, marked: Sequence[Marked]) -> list[Question]:
    marks = [float(row[defect]) for row, _ in marked]
    clear, some, none = (
        [one for (_, one), mark in zip(marked, marks, strict=True) if low <= mark < high]
        for low, high in ((CLEARLY, 9), (1, 9), (0, 1))
    )
    return [
        ask(f"marked clearly: {defect}", defect, clear, none),
        ask(f"marked at all: {defect}", defect, some, none),
        Question(f"marks: {defect}", defect, [one for _, one in marked], marks, is_order=True),
    ]


def _report_severities(held: Sequence[Marked]) -> None:
    """Print the mean severity where nothing was marked, and where each mark was."""
    rows = []
    for defect in DEFECTS:
        groups = [[one for row, one in held if row[defect] == str(mark)] for mark in range(4)]
        means = [f"{np.mean(get_marks(group, defect)):.2f} of {len(group)}" if group else "-" for group in groups]
        rows.append((defect + (" (fine: marks miss it)" if defect in TOO_FINE else ""), *means))
    print_table("Mean severity by mark, held back", ("defect", "0", "1", "2", "3"), rows)


def report_intended(judge: Judge, folders: Sequence[Path], named: Path = NAMED) -> None:
    """Print what share of the named photos is rejected, a kind of intent each, and which."""
    rows = [(row["intent"].split(), _find(folders, row["file"])) for row in read_rows(named)]
    here = [(intents, path) for intents, path in rows if path is not None]
    print(f"{len(here)} of the {len(rows)} photos named in {named.name} are there")
    judged = judge.judge_all(Case(path.name, "intended", partial(open_photo, path)) for _, path in here)
    table: list[Sequence[object]] = []
    for intent in ("any", *sorted({intent for intents, _ in here for intent in intents})):
        group = [one for (intents, _), one in zip(here, judged, strict=True) if intent in (*intents, "any")]
        rejected = [one for one in group if one.score.label == "rejected"]
        share = len(rejected) / max(len(group), 1)
        goal = f"under {REJECTED_GOAL:.0%}: {'met' if share < REJECTED_GOAL else '**missed**'}"
        names = ", ".join(f"{one.case.name} ({one.top})" for one in rejected)
        table.append((intent, len(group), f"{share:.1%}", goal, names))
    print_table("Intended, but rejected", ("intent", "photos", "rejected", "goal", "which"), table)


def _find(folders: Sequence[Path], file: str) -> Path | None:
    return next((folder / file for folder in folders if (folder / file).is_file()), None)
