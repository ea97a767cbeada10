"""Run a Plan: walk, score, filter, write; the summary decides the exit status."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from iqscore import console
from iqscore.cards import choose_cards
from iqscore.exits import get_exit_status
from iqscore.interrupts import unbroken
from iqscore.names import check_names
from iqscore.outputs import Outputs, open_outputs
from iqscore.pairs import Pair
from iqscore.pipeline import pass_known, place_all, rank_all, score_all
from iqscore.plan import Plan
from iqscore.ratings import open_ratings
from iqscore.records import Failure, Outcome, PhotoScore
from iqscore.scorer import Scorer, open_scorer
from iqscore.sorting import sort_photos
from iqscore.stdin_photo import open_stdin_photo
from iqscore.tally import Tally
from iqscore.walk import find_photos
from iqscore.writers import forget_stream

if TYPE_CHECKING:
    from iqscore.cache import Store


def run_rank(plan: Plan) -> int:
    """Score everything, then write best first; return the exit status."""
    tally = Tally()
    check_names(plan)
    check_models(plan)
    with (
        open_outputs(plan, tally) as outputs,
        open_plan_store(plan) as store,
        open_ratings(plan, tally, store) as ratings,
        closing(score_plan(plan, load_scorer(plan, store), outputs, tally)) as scored,
    ):
        # a list first: an interrupt then falls into the generator, and what is done is ranked
        photos, failures = rank_all(list(scored))
        kept = [photo for photo in sort_photos(photos, plan.sort, reverse=plan.reverse) if plan.keeps(photo)]
        tally.kept = len(kept)
        if plan.sort == "taken" and not plan.quiet and kept and all(photo.taken is None for photo in kept):
            console.warn("no photo says when it was taken, so they come in the order of their paths")
        shown = kept[: plan.top]
        outcomes: list[Outcome] = [*shown, *filter(plan.keeps, failures)]
        for outcome in outcomes:
            outputs.write(outcome)
        for photo in shown:
            ratings.add(photo)
    return _finish(plan, shown, tally)


def run_score(plan: Plan) -> int:
    """Score everything, writing each outcome as soon as it is known; return the exit status."""
    tally = Tally()
    table: list[PhotoScore] = []
    check_names(plan)
    check_models(plan)
    with (
        open_outputs(plan, tally) as outputs,
        open_plan_store(plan) as store,
        open_ratings(plan, tally, store) as ratings,
        closing(score_plan(plan, load_scorer(plan, store), outputs, tally)) as scored,
    ):
        for outcome in place_all(scored) if plan.rating and plan.rating.needs_all else scored:
            if not plan.keeps(outcome):
                continue
            if isinstance(outcome, PhotoScore):
                tally.kept += 1
                if plan.wants_table:
                    table.append(outcome)
            outputs.write(outcome)
            ratings.add(outcome)
    return _finish(plan, table, tally)


@contextmanager
def open_plan_scorer(plan: Plan) -> Iterator[Scorer]:
    """Yield the scorer that a plan asks for, which keeps what it sees."""
    with open_plan_store(plan) as store:
        yield load_scorer(plan, store)


def load_scorer(plan: Plan, store: Store | None) -> Scorer:
    """Return the scorer that a plan asks for, and say what is worth knowing of it."""
    scorer = open_scorer(plan.device, models=plan.models, store=store, hashing=plan.hashes)
    if not plan.quiet and (plan.verbose or (plan.device == "auto" and scorer.device != "cpu")):
        console.warn(f"running on {scorer.device} with {', '.join(scorer.models.values())}")
    if not plan.quiet and scorer.has_fallen_back:
        console.warn("CUDA could not be started, so this runs on the CPU; check the CUDA and cuDNN libraries")
    return scorer


def open_plan_store(plan: Plan) -> AbstractContextManager[Store | None]:
    """Return the cache, None where a plan does without; it must outlast all that changes photos."""
    if not plan.caches:
        return nullcontext()
    from iqscore.cache import open_store

    return open_store((lambda line: None) if plan.quiet else console.warn)


def score_plan(plan: Plan, scorer: Scorer, outputs: Outputs, tally: Tally) -> Generator[Outcome]:
    """Yield outcomes in input order and count them; an interrupt ends the photos, not the run."""
    tally.start()
    # lines that appear on the same terminal would tear a bar apart
    streams = not plan.wants_table and plan.sort is None and sys.stdout.isatty()
    with open_stdin_photo() as stdin_photo, console.open_progress(quiet=plan.quiet or streams) as progress:
        names = stdin_photo.find_names(plan)
        found = outputs.keep_out(find_photos(names, on_skip=tally.skip, pairs=plan.pairs, named=plan.inputs))
        # names that trickle in must not wait to be counted
        items = found if plan.files_from else progress.count(found)
        known = _recall_all(items, scorer)

        def score(path: str) -> Outcome:
            return scorer.score_afresh(path) if stdin_photo.is_at(path) else scorer.score(path)

        def score_rest(items: Iterable[str | Pair | Outcome]) -> Generator[Outcome]:
            return score_all(items, score, plan.jobs, ordered=not plan.unordered, time_limit=plan.time_limit)

        outcomes = score_rest(known) if plan.may_wait_for_names else pass_known(known, score_rest)
        try:
            for outcome in map(stdin_photo.name, outcomes):
                with unbroken:
                    progress.advance()
                    if plan.leaves_out(outcome):
                        tally.leave_out()
                        continue
                    tally.add(outcome)
                    yield outcome
        except KeyboardInterrupt as interrupt:
            tally.interrupt(interrupt)
        finally:
            outcomes.close()
            tally.remembered = scorer.remembered


def _recall_all(items: Iterable[str | Pair | Failure], scorer: Scorer) -> Iterator[str | Pair | Outcome]:
    """Yield items, those that an earlier run saw as what is said of them today."""
    for item in items:
        if isinstance(item, Pair):
            known = scorer.recall(item.path)
            yield replace(known, companions=item.companions) if known else item
        else:
            yield (scorer.recall(item) or item) if isinstance(item, str) else item


def check_models(plan: Plan) -> None:
    """Raise ModelError or UsageError where a named model cannot be used, before any output is emptied."""
    if plan.models:
        choose_cards(plan.models)


def _finish(plan: Plan, table: Sequence[PhotoScore], tally: Tally) -> int:
    """Show the table and what the run came to; return the exit status."""
    status = get_exit_status(tally.sum_up(), tally.status_of_interrupt, unrated=len(tally.unrated))
    if plan.wants_table:
        _show_table(plan, table)
    if plan.quiet:
        _tell_failures(plan, tally)
    else:
        _tell(plan, tally)
    return status


def _show_table(plan: Plan, table: Sequence[PhotoScore]) -> None:
    try:
        console.print_table(table, console=console.open_console(), sort=plan.sort)
    except BrokenPipeError:
        if len(plan.outputs) == 1:
            raise
        # the files are whole; the rest of the run is told as ever
        forget_stream(sys.stdout)


def _tell(plan: Plan, tally: Tally) -> None:
    """Say on standard error what the run came to."""
    summary = tally.sum_up()
    for line in tally.list_skipped():
        console.warn(line)
    _tell_failures(plan, tally)
    if not tally.is_all_missing:
        stderr = console.open_console(stderr=True)
        console.print_summary(summary, console=stderr, remembered=tally.remembered)
        if plan.rating:
            counts, is_dry = tally.ratings, plan.rating.dry_run
            console.print_ratings(counts, tally.unrated, console=stderr, dry_run=is_dry, named=False)
    if summary.interrupted and summary.scored and plan.caches:
        console.warn("to go on, run the same command again: what is done is taken from the cache")
    if summary.scored and not tally.kept:
        console.warn(f"no photo passes {' and '.join(plan.filters)}")
    if tally.has_found_nothing:
        console.warn("no photo found; name files, or folders with photos in them")


def _tell_failures(plan: Plan, tally: Tally) -> None:
    """Say which photos failed and why, but where lines of results have said so on the same terminal."""
    has_lines = bool(plan.rating and plan.rating.lines == "text") and not plan.asks_for_failures
    if has_lines and not tally.interrupted and console.is_shared_terminal():
        return
    if tally.failures or tally.unrated:
        stderr = console.open_console(stderr=True)
        console.print_failures(tally.failures, console=stderr)
        console.print_failures(tally.unrated, console=stderr, verb="rated")
