"""Paths to outcomes: threads that decode and score side by side, in the order of the paths, in bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from iqscore.records import Failure, Outcome, PhotoScore

AHEAD = 4
"""Photos a thread in flight: enough that one slow photo does not leave the others waiting."""

Score = Callable[[str], Outcome]


def score_all(items: Iterable[str | Failure], score: Score, jobs: int | None = None) -> Iterator[Outcome]:
    """Yield the outcome of every path in order, a Failure among `items` as it is; `jobs` threads, one a core."""
    jobs = jobs or get_default_jobs()
    window: deque[Future[Outcome] | Failure] = deque()
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="iqscore")
    try:
        for item in items:
            window.append(item if isinstance(item, Failure) else pool.submit(_score_safely, score, item))
            while window and (len(window) > AHEAD * jobs or _is_done(window[0])):
                yield _get(window.popleft())
        while window:
            yield _get(window.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def rank_all(outcomes: Iterable[Outcome]) -> tuple[list[PhotoScore], list[Failure]]:
    """Return the photos best first, with rank and percentile within the run, and the failures in their order."""
    photos: list[PhotoScore] = []
    failures: list[Failure] = []
    for outcome in outcomes:
        if isinstance(outcome, PhotoScore):
            photos.append(outcome)
        else:
            failures.append(outcome)
    photos.sort(key=lambda photo: -photo.score)
    return [replace(p, rank=n, percentile=_to_percentile(n, photos)) for n, p in enumerate(photos, 1)], failures


def get_default_jobs() -> int:
    """Return the number of cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _score_safely(score: Score, path: str) -> Outcome:
    try:
        return score(path)
    except Exception as error:  # noqa: BLE001 - whatever one photo does, the batch goes on and the photo is told
        return Failure(
            path=path, code="internal", message=f"iqscore failed on this photo ({error!r}); please report it"
        )


def _is_done(entry: Future[Outcome] | Failure) -> bool:
    return isinstance(entry, Failure) or entry.done()


def _get(entry: Future[Outcome] | Failure) -> Outcome:
    return entry if isinstance(entry, Failure) else entry.result()


def _to_percentile(rank: int, photos: Sequence[PhotoScore]) -> float:
    """Best is 100; the last of many is near 0."""
    return 100.0 if len(photos) == 1 else 100.0 * (len(photos) - rank) / (len(photos) - 1)
