"""Run a Plan: walk, score, filter, write; the summary decides the exit status."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from iqscore import console
from iqscore.errors import UsageError
from iqscore.pipeline import rank_all, score_all
from iqscore.plan import Plan, get_exit_status, sort_photos
from iqscore.records import Failure, Outcome, PhotoScore, Summary
from iqscore.scorer import Scorer, open_scorer
from iqscore.walk import find_photos, read_paths
from iqscore.writers import Writer, open_writer


class Tally:
    """Counts outcomes as they pass and makes the summary of them."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._labels: Counter[str] = Counter()
        self.failures: list[Failure] = []
        self.interrupted = False

    def add(self, outcome: Outcome) -> None:
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
        else:
            self._labels[outcome.label] += 1

    def sum_up(self) -> Summary:
        scored = self._labels.total()
        return Summary(
            photos=scored + len(self.failures),
            scored=scored,
            failed=len(self.failures),
            accepted=self._labels["accepted"],
            pending=self._labels["pending"],
            rejected=self._labels["rejected"],
            seconds=time.monotonic() - self._started,
            interrupted=self.interrupted,
        )


def run_rank(plan: Plan) -> int:
    """Score everything, then write best first; return the exit status."""
    with _open_writers(plan) as writers:
        scorer = _open_scorer(plan)
        tally = Tally()
        photos, failures = rank_all(_score_all(plan, scorer, tally))
        shown = [photo for photo in sort_photos(photos, plan.sort) if plan.keeps(photo)][: plan.top]
        for outcome in chain(shown, failures):
            for writer in writers:
                writer.write(outcome)
        if _wants_table(plan):
            console.print_table(shown, console=console.open_console())
        return _finish(plan, writers, tally)


def run_score(plan: Plan) -> int:
    """Score everything, writing each outcome as soon as it is known; return the exit status."""
    with _open_writers(plan) as writers:
        scorer = _open_scorer(plan)
        tally = Tally()
        shown: list[PhotoScore] = []
        for outcome in _score_all(plan, scorer, tally):
            if isinstance(outcome, PhotoScore) and not plan.keeps(outcome):
                continue
            for writer in writers:
                writer.write(outcome)
            if isinstance(outcome, PhotoScore) and _wants_table(plan):
                shown.append(outcome)
        if _wants_table(plan):
            console.print_table(shown, console=console.open_console())
        return _finish(plan, writers, tally)


@contextmanager
def _open_writers(plan: Plan) -> Iterator[list[Writer]]:
    # opened before the models: a path that cannot be written must not cost a run
    yield [open_writer(o.format, o.target) for o in plan.outputs if o.format != "table"]


def _open_scorer(plan: Plan) -> Scorer:
    scorer = open_scorer(plan.device)
    if not plan.quiet and (plan.verbose or (plan.device == "auto" and scorer.device != "cpu")):
        console.warn(f"running on {scorer.device} with {', '.join(scorer.models.values())}")
    return scorer


def _score_all(plan: Plan, scorer: Scorer, tally: Tally) -> Iterator[Outcome]:
    """Yield outcomes in input order and count them; an interrupt ends the photos, not the run."""
    skipped: list[tuple[str, str]] = []
    with console.open_progress(quiet=plan.quiet) as progress:
        found = progress.count(find_photos(_find_inputs(plan), on_skip=lambda *skip: skipped.append(skip)))
        outcomes = score_all(found, scorer.score, plan.jobs)
        try:
            for outcome in outcomes:
                progress.advance()
                tally.add(outcome)
                yield outcome
        except KeyboardInterrupt:
            tally.interrupted = True
            outcomes.close()
    if not plan.quiet:
        for path, reason in skipped:
            console.warn(f"skipped {path}: {reason}")


def _find_inputs(plan: Plan) -> Iterable[str]:
    if plan.files_from is None:
        return plan.inputs
    return chain(plan.inputs, _read_names(plan.files_from, plan.null_separated))


def _read_names(file: str, null_separated: bool) -> Iterator[str]:
    if file == "-":
        yield from read_paths(sys.stdin.buffer, null_separated=null_separated)
        return
    try:
        with open(file, "rb") as stream:  # noqa: PTH123 - a name of any bytes
            yield from read_paths(stream, null_separated=null_separated)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error


def _wants_table(plan: Plan) -> bool:
    return any(output.format == "table" for output in plan.outputs)


def _finish(plan: Plan, writers: Sequence[Writer], tally: Tally) -> int:
    summary = tally.sum_up()
    for writer in writers:
        writer.close(summary)
    if not plan.quiet:
        stderr = console.open_console(stderr=True)
        console.print_failures(tally.failures, console=stderr)
        console.print_summary(summary, console=stderr)
        if not summary.photos and not summary.interrupted:
            console.warn("no photo found; name files, or folders with photos in them")
    return get_exit_status(summary)
