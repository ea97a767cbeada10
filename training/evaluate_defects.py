"""Judge the shipped defect model on everything at hand, beside simple baselines; prints Markdown tables.

    nice python -m training.evaluate_defects --models models --clean DIR --kodak DIR --mos FILE.txt \
        --real DIR --view DIR

Each section needs its folder and is skipped with a line without it. `--clean`: photos of sources that never trained,
a subfolder a source (see `synthetic.find_clean` for which count as clean; those of level.csv are sought there, too).
`--kodak`: kodim01.png … kodim24.png, with `--mos`, TID2013's mos_with_names.txt. `--real`: noise_pairs/, wb_cast/,
haze_mixed/, lowlight/, jpeg_ladder/, each with labels.csv. `--view`: a folder with defects.csv, may be repeated; the
first gives ordinary photos, too, and all are searched for the photos of intended.csv. The goals are printed beside the
values, met or missed.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from iqscore.records import DEFECTS
from iqscore.scorer import open_scorer
from training.baselines import NAMES, Baselines
from training.judging import PRESENT, Judge, Judged, Question, ask, get_marks, open_photo
from training.marked import report_intended, report_view
from training.measures import judge_goal, print_table, to_rank_correlation
from training.real_faults import report_real
from training.synthetic import KINDS, PLAIN, find_cases, find_clean, find_mixed, find_plain
from training.tid2013 import report_tid2013
from training.tilted import report_tilted

GOALS = dict.fromkeys(DEFECTS, 0.95) | {"lens_flare": 0.85, "composition": 0.85}
RANK_GOAL, APART_GOAL = 0.85, 0.85
NATURAL = 50
"""Clean photos from which the baseline learns what is natural; they are not judged."""
PLAIN_COUNT = 50
SHORT = ("under", "over", "wb", "undersat", "oversat", "noise", "haze", "defocus", "motion", "jpeg", "flare", "comp")


def report_synthetic(judge: Judge, clean: Sequence[Path]) -> list[Question]:
    """Print how well each defect is seen on photos spoilt by `training.degrade`, and what it is taken for."""
    judged = judge.judge_all(find_cases(clean))
    groups = {kind: [one for one in judged if one.case.kind == kind] for kind in ("clean", *KINDS)}
    rows, questions = [], []
    for kind, (defect, _) in KINDS.items():
        present = [one for one in groups[kind] if one.case.truth[defect] >= PRESENT]
        others = [one for one in judged if defect not in one.case.truth]
        easy = ask(f"spoilt: {kind}", defect, present, groups["clean"])
        hard = ask(f"spoilt: {kind}, against all other faults", defect, present, others)
        questions += [easy, hard]
        truth = [one.case.truth[defect] for one in groups[kind]]
        spoilt = get_marks(groups[kind], defect)
        among = to_rank_correlation(spoilt, truth)
        rank = to_rank_correlation(np.append(spoilt, get_marks(groups["clean"], defect)), truth + [0.0] * len(clean))
        rows.append((kind, len(present), easy.answer(), judge_goal(easy.answer(), GOALS[defect]), hard.answer(), rank,
                     judge_goal(rank, RANK_GOAL), among, judge_goal(among, RANK_GOAL)))  # fmt: skip
    header = ("spoilt by", "photos", "AUC against clean", "goal", "AUC against all others", "Spearman, with clean ones",
              "goal", "among spoilt ones", "goal")  # fmt: skip
    print_table(f"{len(clean)} clean photos of sources that never trained, one defect each", header, rows)
    apart = to_apart(groups["motion_blur"], groups["defocus_blur"])
    questions.append(apart)
    print(f"motion blur against defocus, AUC of the difference: {apart.answer():.3f} "
          f"(goal {judge_goal(apart.answer(), APART_GOAL)})")  # fmt: skip
    shown = {kind: [one for one in group if kind == "clean" or is_present(one)] for kind, group in groups.items()}
    print_confusion("What is seen where severity is 0.3 or more (mean severity; top: the right one is highest)", shown)
    report_tops(judged)
    return questions


def is_present(one: Judged) -> bool:
    """Tell whether the defect of a photo's kind shows on it."""
    return one.case.truth[KINDS[one.case.kind][0]] >= PRESENT


def to_apart(motion: Sequence[Judged], defocus: Sequence[Judged]) -> Question:
    """Return the question whether a blurred photo was shaken or out of focus."""
    pairs = ((motion, "motion_blur"), (defocus, "defocus_blur"))
    shaken, soft = ([one for one in group if one.case.truth[name] >= PRESENT] for group, name in pairs)
    return ask("motion against defocus", "motion_blur-defocus_blur", shaken, soft)


def print_confusion(title: str, groups: dict[str, list[Judged]]) -> None:
    """Print mean severities a group, and how often the defect that was applied is the highest."""
    defect_of = {name: defect for name, (defect, _) in (KINDS | PLAIN).items()}
    rows = []
    for name, group in groups.items():
        means = [f"{np.mean(get_marks(group, defect)):.2f}" for defect in DEFECTS]
        tops = [one.top for one in group]
        technical = f"{np.mean(get_marks(group, 'technical')):.1f}"
        share = f"{np.mean([top == defect_of[name] for top in tops]):.0%}" if name in defect_of else "-"
        rejected = f"{np.mean([one.score.label == 'rejected' for one in group]):.0%}"
        rows.append((name, len(group), *means, technical, rejected, share))
    print_table(title, ("applied", "photos", *SHORT, "technical", "rejected", "top"), rows)


def report_tops(judged: Sequence[Judged]) -> None:
    """Print which severity is the highest on photos spoilt in each way, as shares."""
    rows = []
    for kind, (defect, _) in KINDS.items():
        tops = [one.top for one in judged if one.case.kind == kind and one.case.truth[defect] >= PRESENT]
        rows.append((kind, *(f"{tops.count(top) / max(len(tops), 1):.0%}" for top in DEFECTS)))
    print_table("Highest severity", ("applied", *SHORT), rows)


def report_mixed(judge: Judge, clean: Sequence[Path]) -> list[Question]:
    """Print how well each defect is seen among two or three."""
    judged = judge.judge_all(find_mixed(clean))
    questions = []
    for defect in DEFECTS:
        present = [one for one in judged if one.case.truth.get(defect, 0) >= PRESENT]
        absent = [one for one in judged if defect not in one.case.truth]
        questions.append(ask(f"mixed: {defect}", defect, present, absent))
    rows = [(q.mark, int(sum(q.truth)), q.answer(), judge_goal(q.answer(), GOALS[q.mark])) for q in questions]
    print_table("Two or three defects on one photo", ("defect", "photos", "AUC", "goal"), rows)
    truth = [sum(one.case.truth.values()) for one in judged]
    rank = to_rank_correlation(get_marks(judged, "technical"), truth)
    print(f"technical against the sum of severities, Spearman: {rank:.3f} (goal {judge_goal(rank, -RANK_GOAL)})")
    return questions


def report_plain(judge: Judge, clean: Sequence[Path]) -> list[Question]:
    """Print how well each defect is seen on photos spoilt in ways that training does not use."""
    judged = judge.judge_all(find_plain(clean))
    untouched = judge.judge_all(case for case in find_cases(clean) if case.kind == "clean")
    groups = {name: [one for one in judged if one.case.kind == name] for name in PLAIN}
    questions = [ask(f"plain: {name}", defect, groups[name], untouched) for name, (defect, _) in PLAIN.items()]
    rows = [(q.name, q.mark, len(untouched), q.answer(), judge_goal(q.answer(), GOALS[q.mark])) for q in questions]
    print_table("Spoilt in plain ways that training does not use", ("way", "defect", "photos", "AUC", "goal"), rows)
    print_confusion("What is seen on them (mean severity)", groups)
    return questions


def report_baselines(questions: Sequence[Question]) -> None:
    """Print every question answered by iqscore and by each baseline, in its better direction."""
    rows = [(q.name, "Spearman" if q.is_order else "AUC", q.answer(), *(q.answer(n) for n in NAMES)) for q in questions]
    print_table("Beside simple measures (each in whichever direction suits it)",
                ("question", "measure", "iqscore", *NAMES), rows)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--models", "--clean", "--kodak", "--mos", "--real"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--view", type=Path, action="append", default=[], help="folder with defects.csv; repeatable")
    parser.add_argument("--count", type=int, default=120, help="clean photos that are spoilt")
    args = parser.parse_args()
    questions: list[Question] = []
    found = find_clean(args.clean, args.count + NATURAL) if args.clean else []
    clean, natural = found[NATURAL:], found[:NATURAL]
    scorer = open_scorer("cpu", models=args.models)
    print("models:", ", ".join(scorer.models.values()), flush=True)
    judge = Judge(scorer, Baselines(map(open_photo, natural)) if len(natural) == NATURAL else None)
    if clean and args.count:
        questions += report_synthetic(judge, clean) + report_mixed(judge, clean)
        questions += report_plain(judge, clean[:PLAIN_COUNT])
        report_tilted(judge, args.clean)
    else:
        print(f"synthetic: skipped, --clean is not given, or has no more than {NATURAL} clean photos, or --count is 0")
    if args.kodak and args.mos:
        report_tid2013(judge, args.kodak, args.mos)
    else:
        print("TID2013: skipped, --kodak and --mos are not both given")
    if args.real:
        questions += report_real(judge, args.real, args.view[0] if args.view else None)
    else:
        print("real faults: skipped, --real is not given")
    if args.view:
        questions += report_view(judge, args.view)
        report_intended(judge, args.view)
    else:
        print("marked photos: skipped, --view is not given")
    if judge.has_baselines:
        report_baselines(questions)


if __name__ == "__main__":
    main()
