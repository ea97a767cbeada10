"""The ratings of a run: the journal, what is written, and what standard output is told of it."""

from __future__ import annotations

import shlex
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from functools import partial

from iqscore import console
from iqscore.cache import Store, open_store
from iqscore.errors import IqscoreError
from iqscore.exchange import Carry, carry_nothing
from iqscore.exits import EXIT_FAILURES, EXIT_OK
from iqscore.journal import open_journal, read_journal
from iqscore.memory import carry_over
from iqscore.plan import Plan
from iqscore.rater import Rater
from iqscore.rating_plan import Lines, RatingPlan
from iqscore.records import Failure, Outcome, PhotoScore, RatedOutcome
from iqscore.tally import Tally
from iqscore.undo import undo_all
from iqscore.writers import Sink, open_sink, to_rating_line

WRITERS = 2
"""Photos that are written at a time; each is held in memory three times."""


class Ratings:
    """Rates photos as they come, counts what became of them, and tells it in their order.

    A few are written side by side, as most of the time the disk is waited for.
    """

    def __init__(self, rater: Rater, tally: Tally, lines: RatingLines) -> None:
        self._rater = rater
        self._tally = tally
        self._lines = lines
        self._pool = ThreadPoolExecutor(WRITERS, thread_name_prefix="iqscore-rate")
        self._pending: deque[Future[RatedOutcome] | Failure] = deque()

    def add(self, outcome: Outcome) -> None:
        """Rate a photo, or none any more once a run was interrupted; OutputError where something cannot be written."""
        if self._tally.interrupted:
            return
        self._pending.append(
            self._pool.submit(self._rater.rate, outcome) if isinstance(outcome, PhotoScore) else outcome
        )
        while self._pending and (len(self._pending) > WRITERS or _is_known(self._pending[0])):
            self._tell_next()

    def finish(self) -> None:
        """Wait for all that was added, and tell it."""
        while self._pending:
            self._tell_next()

    def stop(self) -> None:
        """End the photos that were begun, tell them too, and drop the rest."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._rater.sync()
        while self._pending and _is_known(self._pending[0]):
            with suppress(IqscoreError):
                self._tell_next()

    def _tell_next(self) -> None:
        entry = self._pending[0]
        if isinstance(entry, Future):
            # an interrupt that comes meanwhile leaves it to be told at the end
            wait([entry])
        self._pending.popleft()
        if isinstance(entry, Failure):
            self._lines.write(entry)
        else:
            rated = entry.result()
            self._tally.add_rating(rated)
            self._lines.write(rated)


def _is_known(entry: Future[RatedOutcome] | Failure) -> bool:
    return isinstance(entry, Failure) or (entry.done() and not entry.cancelled())


class NoRatings(Ratings):
    """Leaves photos alone."""

    def __init__(self) -> None:
        """Need nothing."""

    def add(self, outcome: Outcome) -> None:
        """Do nothing."""

    def finish(self) -> None:
        """Do nothing."""

    def stop(self) -> None:
        """Do nothing."""


class RatingLines:
    """Standard output, a line a photo; who reads it may leave early, and the photos are rated nevertheless."""

    def __init__(self, lines: Lines | None) -> None:
        self._lines = lines
        self._sink: Sink | None = open_sink(None) if lines else None

    def write(self, outcome: RatedOutcome) -> None:
        """Write a line at once."""
        if self._sink is None:
            return
        try:
            self._sink.write(_to_text(outcome) if self._lines == "text" else to_rating_line(outcome))
        except BrokenPipeError:
            self._sink = None


@contextmanager
def open_ratings(plan: Plan, tally: Tally, store: Store | None) -> Iterator[Ratings]:
    """Yield what rates the photos of a run, or does nothing where they are not to be rated.

    What `store` has of a photo goes on to hold for it. However the run ends, it is told how to undo what it did. Raises
    OutputError or UsageError where the journal cannot be written.
    """
    rating = plan.rating
    with ExitStack() as stack:
        journal = None if rating is None or rating.dry_run else stack.enter_context(open_journal(rating.journal))
        carry = to_carry(store, hashing=plan.hashes)
        ratings = Ratings(Rater(rating, journal, carry), tally, RatingLines(rating.lines)) if rating else NoRatings()
        try:
            yield ratings
            ratings.finish()
        finally:
            ratings.stop()
            if journal and journal.changes and not plan.quiet:
                console.warn(f"undo this with: iqscore rate --undo {_quote(str(journal.path))}")


def _quote(path: str) -> str:
    """Return a path as a word for the shell; no name there has a quote in it on Windows."""
    return f'"{path}"' if sys.platform == "win32" else shlex.quote(path)


def to_carry(store: Store | None, *, hashing: bool) -> Carry:
    """Return what has a store learn of photos that got other metadata."""
    return partial(carry_over, store, hashing=hashing) if store else carry_nothing


def _to_text(outcome: RatedOutcome) -> bytes:
    encoding = sys.stdout.encoding or "utf-8"
    return f"{console.to_rating_line(outcome, encoding)}\n".encode(encoding)


def run_undo(journal: str, rating: RatingPlan, *, quiet: bool, caches: bool = True, hashing: bool = False) -> int:
    """Take back what a journal says was done, the latest first; return the exit status."""
    changes, torn = read_journal(journal)
    tally, lines = Tally(), RatingLines(rating.lines)
    if torn and not quiet:
        lines_are = "line is" if torn == 1 else "lines are"
        console.warn(f"{journal}: {torn} {lines_are} cut short or of a later version, and left out")
    with open_store((lambda line: None) if quiet else console.warn) if caches else nullcontext() as store:
        carry = to_carry(store, hashing=hashing)
        for rated in undo_all(changes, rating.care, dry_run=rating.dry_run, carry=carry):
            tally.add_rating(rated)
            lines.write(rated)
    stderr = console.open_console(stderr=True)
    if quiet:
        console.print_failures(tally.unrated, console=stderr, verb="restored")
    else:
        console.print_ratings(
            tally.ratings, tally.unrated, console=stderr, dry_run=rating.dry_run,
            verb="restored", noun="file", kept="kept as they were rated since",
        )  # fmt: skip
    return EXIT_FAILURES if tally.unrated else EXIT_OK
