"""Paths to outcomes: threads that decode and score side by side, in the order of the paths, in bounded memory."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterable
from dataclasses import replace
from itertools import chain
from queue import Empty, SimpleQueue
from threading import Event, Semaphore, Thread

from iqscore.limits import TIME_LIMIT
from iqscore.pairs import Pair
from iqscore.records import Failure, Outcome, PhotoScore, to_internal, to_timeout
from iqscore.workers import Job, Workers

AHEAD = 4
"""Photos a thread in flight: enough that one slow photo does not leave the others waiting."""
KNOWN_AHEAD = 512
"""Outcomes that were known before, ahead of the caller; from then on they are drawn half as many at a time."""
_KNOWN_AT_ONCE = KNOWN_AHEAD // 2

Score = Callable[[str], Outcome]
Item = str | Pair | Outcome
Outcomes = tuple[Outcome, ...]
Entry = Job[Outcomes] | Outcome | BaseException | None


def score_all(
    items: Iterable[Item],
    score: Score,
    jobs: int | None = None,
    *,
    ordered: bool = True,
    time_limit: float = TIME_LIMIT,
) -> Generator[Outcome]:
    """Yield the outcome of every path in order, outcomes among `items` as they are; `jobs` threads, one a core.

    Unordered, each is yielded as soon as it is done. A photo that takes longer than `time_limit` seconds is a Failure
    too; its thread, which cannot be ended, is left to itself and another takes its place. Of a pair the finished
    picture is scored; where that fails, the RAW files are scored too, as photos of their own.

    Items are drawn in a thread of their own, a few ahead of the caller, so that a slow source of names never holds
    back what is done. Whatever iterating over `items` raises is raised here, after the outcomes before it.
    """
    jobs = jobs or get_default_jobs()
    workers: Workers[Outcomes] = Workers(jobs, time_limit)
    feeder = _Feeder(workers, Semaphore(AHEAD * jobs), ordered=ordered)
    # a daemon: it may wait for a name that never comes
    Thread(target=feeder.feed, args=(items, score), name="iqscore-walk", daemon=True).start()
    known = 0
    try:
        while (entry := feeder.get()) is not None:
            if isinstance(entry, BaseException):
                raise entry
            if isinstance(entry, PhotoScore | Failure):
                yield entry
                known += 1
                if known % _KNOWN_AT_ONCE == 0:
                    feeder.known.release(_KNOWN_AT_ONCE)
            else:
                yield from workers.wait(entry)
                feeder.slots.release()
    finally:
        feeder.stop()


def pass_known(items: Iterable[Item], score_rest: Callable[[Iterable[Item]], Generator[Outcome]]) -> Generator[Outcome]:
    """Yield outcomes that come before the first path, in the caller's thread, then what becomes of the rest.

    With nothing to score, threads that take turns take longer than all there is to do. Not for names that may keep one
    waiting: here, nothing else happens meanwhile.
    """
    drawn = iter(items)
    for item in drawn:
        if isinstance(item, str | Pair):
            yield from score_rest(chain((item,), drawn))
            return
        yield item


class _Feeder:
    """Puts what is to be done, and what is known already, in a row; None, or what went wrong, ends it."""

    def __init__(self, workers: Workers[Outcomes], slots: Semaphore, *, ordered: bool) -> None:
        self.slots = slots
        self.known = Semaphore(KNOWN_AHEAD)
        self._ordered = ordered
        self.entries: SimpleQueue[Entry] = SimpleQueue()
        self._workers = workers
        self._stopped = Event()

    def get(self) -> Entry:
        """Return the next entry, as soon as there is one."""
        while True:
            # not only where nothing comes: others may be quick for as long as one is stuck
            self._workers.give_up_late()
            try:
                return self.entries.get(timeout=self._workers.look_every)
            except Empty:
                continue

    def feed(self, items: Iterable[Item], score: Score) -> None:
        """Draw items as slots come free, till they end or stop() is called."""
        try:
            for item in items:
                (self.slots if isinstance(item, str | Pair) else self.known).acquire()
                if self._stopped.is_set():
                    return
                if isinstance(item, str | Pair):
                    self._submit(score, item)
                else:
                    self.entries.put(item)
            self._end(None)
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            self._end(error)

    def _submit(self, score: Score, item: str | Pair) -> None:
        path = item if isinstance(item, str) else item.path
        job: Job[Outcomes] = Job(lambda: _score_item(score, item), lambda limit: (to_timeout(path, limit),))
        if self._ordered:
            self.entries.put(job)
        else:
            job.on_done = self.entries.put
        self._workers.start(job)

    def _end(self, last: BaseException | None) -> None:
        if not self._ordered:
            # the last entry comes after all that is still being done
            self._workers.finish()
        self.entries.put(last)

    def stop(self) -> None:
        """Drop the photos that were not begun, and wait for the others, though for a few seconds only."""
        self._stopped.set()
        self.slots.release()
        self.known.release()
        self._workers.stop()


def rank_all(outcomes: Iterable[Outcome]) -> tuple[list[PhotoScore], list[Failure]]:
    """Return the photos best first, with rank and percentile within the run, and the failures in their order.

    Photos of equal score keep their order; they differ in rank but not in percentile.
    """
    photos: list[PhotoScore] = []
    failures: list[Failure] = []
    for outcome in outcomes:
        if isinstance(outcome, PhotoScore):
            photos.append(outcome)
        else:
            failures.append(outcome)
    photos.sort(key=lambda photo: -photo.score)
    scores = [photo.score for photo in reversed(photos)]
    return [
        replace(photo, rank=rank, percentile=100 * bisect_right(scores, photo.score) / len(scores))
        for rank, photo in enumerate(photos, 1)
    ], failures


def place_all(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return outcomes in the order they came, photos with their percentile within the run but no rank."""
    # a list first: see run_rank
    everything = list(outcomes)
    percentiles = {photo.path: photo.percentile for photo in rank_all(everything)[0]}
    return [
        replace(outcome, percentile=percentiles[outcome.path]) if isinstance(outcome, PhotoScore) else outcome
        for outcome in everything
    ]


def get_default_jobs() -> int:
    """Return the number of cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _score_item(score: Score, item: str | Pair) -> Outcomes:
    if isinstance(item, str):
        return (_score_safely(score, item),)
    outcome = _score_safely(score, item.path)
    if isinstance(outcome, PhotoScore):
        return (replace(outcome, companions=item.companions),)
    others = [_score_safely(score, path) for path in item.companions]
    # RAW that cannot be read here is left out, as where it is found by itself
    return (outcome, *(other for other in others if isinstance(other, PhotoScore) or other.code != "unsupported"))


def _score_safely(score: Score, path: str) -> Outcome:
    try:
        return score(path)
    except Exception as error:  # noqa: BLE001 - whatever one photo does, the batch goes on and the photo is told
        return to_internal(path, error)
