"""What a run comes to, counted as it goes."""

from __future__ import annotations

import time
from collections import Counter

from iqscore.formats import guess_plugin_kind, to_suffix
from iqscore.interrupts import get_status
from iqscore.readers import READERS
from iqscore.records import Failure, Outcome, PhotoScore, RatedOutcome, Summary
from iqscore.walk import NOT_READ


class Tally:
    """Counts outcomes as they pass and makes the summary of them."""

    def __init__(self) -> None:
        self._labels: Counter[str] = Counter()
        self._unread: Counter[str] = Counter()
        self._odd: list[str] = []
        self._started = self._ended = time.monotonic()
        self.failures: list[Failure] = []
        self.ratings: Counter[str] = Counter()
        """How many photos were rated, and were not, by Rated.status."""
        self.unrated: list[Failure] = []
        """Photos whose rating failed."""
        self.graphics = 0
        """Files that are no photographs, and were left out."""
        self.kept = 0
        """Photos that passed the filters."""
        self.remembered = 0
        """Photos that needed no decoding, as an earlier run had seen them."""
        self.interrupted = False
        self.status_of_interrupt = get_status(None)

    def start(self) -> None:
        """Start the clock."""
        self._started = self._ended = time.monotonic()

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        if isinstance(outcome, PhotoScore):
            self._labels[outcome.label] += 1
        else:
            self.failures.append(outcome)
        self._ended = time.monotonic()

    def leave_out(self) -> None:
        """Count a file that is no photograph, where only photographs are wanted."""
        self.graphics += 1
        self._ended = time.monotonic()

    def add_rating(self, outcome: RatedOutcome) -> None:
        """Count what became of a rating."""
        if isinstance(outcome, Failure):
            self.unrated.append(outcome)
        else:
            self.ratings[outcome.status] += 1

    def skip(self, path: str, reason: str) -> None:
        """Count what was found and not tried."""
        if reason == NOT_READ:
            self._unread[to_suffix(path).upper()] += 1
        else:
            self._odd.append(f"skipped {path}: {reason}")

    def interrupt(self, interrupt: BaseException) -> None:
        """Note that a signal ended the run."""
        self.interrupted = True
        self.status_of_interrupt = get_status(interrupt)

    @property
    def has_found_nothing(self) -> bool:
        """Whether a whole run came upon nothing that could be a photo, not even of a kind that is not read here."""
        return not (self._labels or self.failures or self._unread or self.graphics or self.interrupted)

    @property
    def is_all_missing(self) -> bool:
        """Whether all that was tried is not even there."""
        missing = sum(failure.code == "not_found" for failure in self.failures)
        return 0 < missing == len(self.failures) and not self._labels and not self.interrupted

    def list_skipped(self) -> list[str]:
        """Return a line for each odd thing that was skipped, and one for all photos whose library is not installed."""
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(self._unread.items()))
        plural = "photo" if self._unread.total() == 1 else "photos"
        missing = {READERS[kind].advice for suffix in self._unread if (kind := guess_plugin_kind(f".{suffix}"))}
        advice = " and ".join(sorted(missing))
        lines = [f"skipped {kinds} {plural}: {NOT_READ}; {advice}"] if kinds else []
        if self.graphics:
            what = "file that is no photograph" if self.graphics == 1 else "files that are no photographs"
            lines.append(f"left out {self.graphics:,} {what}")
        return self._odd + lines

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
