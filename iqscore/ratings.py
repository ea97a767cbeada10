"""The ratings of a run: the journal, what is written, and what standard output is told of it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from iqscore import console
from iqscore.journal import open_journal, read_journal
from iqscore.plan import EXIT_FAILURES, EXIT_OK, Plan
from iqscore.rater import Rater
from iqscore.rating_plan import Lines, RatingPlan
from iqscore.records import Outcome, PhotoScore, RatedOutcome
from iqscore.tally import Tally
from iqscore.undo import undo_all
from iqscore.writers import Sink, open_sink, to_rating_line


class Ratings:
    """Rates photos as they come, counts what became of them, and tells it."""

    def __init__(self, rater: Rater, tally: Tally, lines: RatingLines) -> None:
        self._rater = rater
        self._tally = tally
        self._lines = lines

    def add(self, outcome: Outcome) -> None:
        """Rate a photo; OutputError where a journal or standard output cannot be written."""
        if isinstance(outcome, PhotoScore):
            rated = self._rater.rate(outcome)
            self._tally.add_rating(rated)
            self._lines.write(rated)
        else:
            self._lines.write(outcome)


class NoRatings(Ratings):
    """Leaves photos alone."""

    def __init__(self) -> None:
        """Need nothing."""

    def add(self, outcome: Outcome) -> None:
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
def open_ratings(plan: Plan, tally: Tally) -> Iterator[Ratings]:
    """Yield what rates the photos of a run, or does nothing where they are not to be rated.

    However the run ends, it is told how to undo what it did. Raises OutputError or UsageError where the journal
    cannot be written.
    """
    rating = plan.rating
    if rating is None:
        yield NoRatings()
    elif rating.dry_run:
        yield Ratings(Rater(rating, None), tally, RatingLines(rating.lines))
    else:
        with open_journal(rating.journal) as journal:
            try:
                yield Ratings(Rater(rating, journal), tally, RatingLines(rating.lines))
            finally:
                if journal.changes and not plan.quiet:
                    console.warn(f"undo this with: iqscore rate --undo {shlex.quote(str(journal.path))}")


def _to_text(outcome: RatedOutcome) -> bytes:
    encoding = sys.stdout.encoding or "utf-8"
    return f"{console.to_rating_line(outcome, encoding)}\n".encode(encoding)


def run_undo(journal: str, rating: RatingPlan, *, quiet: bool) -> int:
    """Take back what a journal says was done, the latest first; return the exit status."""
    changes, torn = read_journal(journal)
    tally, lines = Tally(), RatingLines(rating.lines)
    if torn and not quiet:
        lines_are = "line is" if torn == 1 else "lines are"
        console.warn(f"{journal}: {torn} {lines_are} cut short or of a later version, and left out")
    for rated in undo_all(changes, rating.care, dry_run=rating.dry_run):
        tally.add_rating(rated)
        lines.write(rated)
    if not quiet:
        stderr = console.open_console(stderr=True)
        words = {"verb": "restored", "noun": "file", "kept": "kept as they were rated since"}
        console.print_ratings(tally.ratings, tally.unrated, console=stderr, dry_run=rating.dry_run, **words)
    return EXIT_FAILURES if tally.unrated else EXIT_OK
