"""Run a Plan: walk, score, filter, write; the summary decides the exit status."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import chain

from iqscore import console
from iqscore.cards import choose_cards
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
        self._labels: Counter[str] = Counter()
        self._started = self._ended = time.monotonic()
        self.failures: list[Failure] = []
        self.interrupted = False

    def start(self) -> None:
        """Start the clock."""
        self._started = self._ended = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if isinstance(outcome, Failure):
            self.failures.append(outcome)
        else:
            self._labels[outcome.label] += 1
        self._ended = time.monotonic()

    def sum_up(self) -> Summary:
        """Return the summary so far."""
        scored = self._labels.total()
        return Summary(
            photos=scored + len(self.failures),
            scored=scored,
            failed=len(self.failures),
            accepted=self._labels["accepted"],
            pending=self._labels["pending"],
            rejected=self._labels["rejected"],
            seconds=self._ended - self._started,
            interrupted=self.interrupted,
        )


def run_rank(plan: Plan) -> int:
    """Score everything, then write best first; return the exit status."""
    tally = Tally()
    _check_names(plan)
    _check_models(plan)
    with _open_writers(plan, tally) as writers, closing(_score_all(plan, _open_scorer(plan), tally)) as scored:
        photos, failures = rank_all(scored)
        shown = [photo for photo in sort_photos(photos, plan.sort) if plan.keeps(photo)][: plan.top]
        outcomes: list[Outcome] = [*shown, *failures]
        for outcome in outcomes:
            _write(outcome, writers)
    return _finish(plan, shown, tally)


def run_score(plan: Plan) -> int:
    """Score everything, writing each outcome as soon as it is known; return the exit status."""
    tally = Tally()
    table: list[PhotoScore] = []
    _check_names(plan)
    _check_models(plan)
    with _open_writers(plan, tally) as writers, closing(_score_all(plan, _open_scorer(plan), tally)) as scored:
        for outcome in scored:
            if isinstance(outcome, PhotoScore):
                if not plan.keeps(outcome):
                    continue
                if plan.wants_table:
                    table.append(outcome)
            _write(outcome, writers)
    return _finish(plan, table, tally)


@contextmanager
def _open_writers(plan: Plan, tally: Tally) -> Iterator[list[Writer]]:
    """Yield the writers, and close them whatever happens: what is written by then is whole."""
    with ExitStack() as stack:
        writers: list[Writer] = []
        for output in plan.outputs:
            if output.format != "table":
                writers.append(open_writer(output.format, output.target))
                stack.callback(_close, writers[-1], tally)
        try:
            yield writers
        except BaseException:
            tally.interrupted = True
            raise


def _write(outcome: Outcome, writers: Iterable[Writer]) -> None:
    for writer in writers:
        writer.write(outcome)


def _close(writer: Writer, tally: Tally) -> None:
    writer.close(tally.sum_up())


def _open_scorer(plan: Plan) -> Scorer:
    scorer = open_scorer(plan.device, models=plan.models)
    if not plan.quiet and (plan.verbose or (plan.device == "auto" and scorer.device != "cpu")):
        console.warn(f"running on {scorer.device} with {', '.join(scorer.models.values())}")
    return scorer


def _score_all(plan: Plan, scorer: Scorer, tally: Tally) -> Generator[Outcome]:
    """Yield outcomes in input order and count them; an interrupt ends the photos, not the run."""
    skipped: list[tuple[str, str]] = []
    tally.start()
    # lines that appear on the same terminal would tear a bar apart
    streams = not plan.wants_table and plan.sort is None and sys.stdout.isatty()
    with console.open_progress(quiet=plan.quiet or streams) as progress:
        found = find_photos(_find_inputs(plan), on_skip=lambda *skip: skipped.append(skip))
        # names that trickle in must not wait to be counted
        outcomes = score_all(found if plan.files_from else progress.count(found), scorer.score, plan.jobs)
        try:
            for outcome in outcomes:
                progress.advance()
                tally.add(outcome)
                yield outcome
        except KeyboardInterrupt:
            tally.interrupted = True
        finally:
            outcomes.close()
    if not plan.quiet:
        for path, reason in skipped:
            console.warn(f"skipped {path}: {reason}")


def _check_names(plan: Plan) -> None:
    """Raise UsageError where names cannot be read, before any output is emptied; nothing is read yet."""
    file = plan.files_from
    if file == "-" and sys.stdin is None:
        raise _to_names_error(file, "it is closed")
    if file is None or file == "-":
        return
    try:
        mode = os.stat(file).st_mode  # noqa: PTH116 - Path("") is the current folder
    except (OSError, ValueError) as error:
        raise _to_names_error(file, getattr(error, "strerror", None) or "no file can have that name") from error
    if stat.S_ISDIR(mode):
        raise _to_names_error(file, "it is a folder")
    if not os.access(file, os.R_OK):
        raise _to_names_error(file, "no permission")


def _check_models(plan: Plan) -> None:
    """Raise ModelError or UsageError where a named model cannot be used, before any output is emptied."""
    if plan.models:
        choose_cards(plan.models)


def _to_names_error(file: str, reason: str) -> UsageError:
    name = "standard input" if file == "-" else file
    return UsageError(f"{name}: names cannot be read from it ({reason})")


def _find_inputs(plan: Plan) -> Iterable[str]:
    if plan.files_from is None:
        return plan.inputs
    return chain(plan.inputs, _read_names(plan.files_from, plan.null_separated))


def _read_names(file: str, null_separated: bool) -> Iterator[str]:
    try:
        # unbuffered, and of any bytes: a thread that waits in a buffered standard input cannot be left at exit
        with open(0 if file == "-" else file, "rb", buffering=0, closefd=file != "-") as stream:
            yield from read_paths(stream, null_separated=null_separated)
    except OSError as error:
        raise _to_names_error(file, error.strerror or "unknown error") from error


def _finish(plan: Plan, table: Sequence[PhotoScore], tally: Tally) -> int:
    """Show the table and what the run came to; return the exit status."""
    if plan.wants_table:
        console.print_table(table, console=console.open_console())
    summary = tally.sum_up()
    if not plan.quiet:
        stderr = console.open_console(stderr=True)
        console.print_failures(tally.failures, console=stderr)
        console.print_summary(summary, console=stderr)
        if not summary.photos and not summary.interrupted:
            console.warn("no photo found; name files, or folders with photos in them")
    return get_exit_status(summary)
