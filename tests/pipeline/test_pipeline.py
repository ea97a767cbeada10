"""The pipeline: outcomes in the order of the paths, and a bounded few ahead."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from itertools import count
from queue import Queue

import pytest

from iqscore.pipeline import AHEAD, KNOWN_AHEAD, get_default_jobs, pass_known, place_all, score_all
from iqscore.records import Outcome, PhotoScore
from tests.pipeline.outcomes import WAIT, paths_of, score
from tests.samples import make_failure, make_photo


@pytest.mark.parametrize("jobs", [1, 2, 7, None])
def test_the_order_is_that_of_the_paths_whoever_is_first(jobs: int | None) -> None:
    naps = random.Random(0)

    def doze(path: str) -> Outcome:
        time.sleep(naps.random() * 0.01)
        return make_photo(path)

    paths = [f"{number}.jpg" for number in range(60)]
    assert paths_of(list(score_all(paths, doze, jobs))) == paths


def test_photos_are_scored_side_by_side() -> None:
    together = threading.Barrier(3, timeout=WAIT)

    def meet(path: str) -> Outcome:
        together.wait()
        return make_photo(path)

    assert len(list(score_all("abc", meet, 3))) == 3


def test_never_more_photos_at_once_than_jobs() -> None:
    working, most, lock = 0, 0, threading.Lock()

    def work(path: str) -> Outcome:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        time.sleep(0.002)
        with lock:
            working -= 1
        return make_photo(path)

    assert len(list(score_all(map(str, range(40)), work, 3))) == 40
    assert most == 3


@pytest.mark.parametrize("jobs", [1, 3])
def test_names_are_drawn_only_a_few_ahead(jobs: int) -> None:
    drawn = 0

    def draw() -> Iterator[str]:
        nonlocal drawn
        for number in range(200):
            drawn += 1
            yield str(number)

    outcomes = score_all(draw(), score, jobs)
    for consumed, _ in enumerate(outcomes, 1):
        if consumed % 20 == 0:
            time.sleep(0.01)  # as much as the feeder wants
        assert drawn <= consumed + AHEAD * jobs + 2
    assert drawn == 200


@pytest.mark.parametrize("known", [make_failure(), make_photo()])
def test_what_is_known_is_bounded_too(known: Outcome) -> None:
    drawn = 0

    def draw() -> Iterator[str | Outcome]:
        nonlocal drawn
        yield "first"
        for _ in range(4 * KNOWN_AHEAD):
            drawn += 1
            yield known

    outcomes = score_all(draw(), score, 1)
    next(outcomes)
    until = time.monotonic() + WAIT
    while drawn < KNOWN_AHEAD and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.05)
    assert KNOWN_AHEAD <= drawn <= KNOWN_AHEAD + 2
    assert len(list(outcomes)) == 4 * KNOWN_AHEAD


def test_what_is_known_needs_no_other_thread() -> None:
    drawing: set[int] = set()

    def draw() -> Iterator[str | Outcome]:
        for _ in range(3):
            drawing.add(threading.get_ident())
            yield make_photo()
        yield "new"
        drawing.add(threading.get_ident())

    outcomes = pass_known(draw(), lambda items: score_all(items, score, 1))
    for _ in range(3):
        next(outcomes)
    assert drawing == {threading.get_ident()}
    assert paths_of(list(outcomes)) == ["new"]
    assert len(drawing) == 2


def test_names_of_a_source_are_drawn_by_one_thread() -> None:
    drawing: set[int] = set()

    def draw() -> Iterator[str]:
        for name in "abc":
            drawing.add(threading.get_ident())
            yield name

    assert len(list(score_all(draw(), score, 1))) == 3
    assert len(drawing) == 1


def test_photos_that_are_known_pass_in_their_place_and_are_not_scored() -> None:
    asked: list[str] = []

    def score_and_note(path: str) -> Outcome:
        asked.append(path)
        return score(path)

    known = make_photo("b")
    outcomes = list(score_all(["a", known, "c"], score_and_note, 2))
    assert paths_of(outcomes) == ["a", "b", "c"]
    assert outcomes[1] is known
    assert sorted(asked) == ["a", "c"]


def test_nothing_is_drawn_before_it_is_asked_for() -> None:
    drawn = count()
    score_all((str(number) for number in drawn), score).close()
    time.sleep(0.02)
    assert next(drawn) == 0


def test_no_items_no_outcomes() -> None:
    assert list(score_all([], score)) == []


def test_a_slow_source_holds_no_outcome_back() -> None:
    names: Queue[str | None] = Queue()
    outcomes = score_all(iter(names.get, None), score, 2)
    for name in ("a", "b", "c"):
        names.put(name)
        # the source now waits for the next name, which is sent only when this outcome is there
        assert next(outcomes).path == name
    names.put(None)
    assert list(outcomes) == []


def test_one_job_a_core() -> None:
    assert 1 <= get_default_jobs() <= (os.cpu_count() or 1)


def test_places_are_known_in_the_order_of_the_photos() -> None:
    outcomes: list[Outcome] = [make_photo("a", score=20.0), make_failure("b"), make_photo("c", score=80.0)]
    outcomes += [make_photo("d", score=80.0), make_photo("e", score=50.0)]
    placed = place_all(outcomes)
    assert [outcome.path for outcome in placed] == list("abcde")
    photos = [outcome for outcome in placed if isinstance(outcome, PhotoScore)]
    assert [(photo.percentile, photo.rank) for photo in photos] == [(25, None), (100, None), (100, None), (50, None)]
