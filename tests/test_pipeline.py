"""The pipeline: outcomes in the order of the paths, a bounded few ahead, whatever a photo or the source does."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from itertools import count, islice
from queue import Queue

import pytest

from iqscore.pipeline import AHEAD, KNOWN_AHEAD, get_default_jobs, pass_known, place_all, score_all
from iqscore.records import Failure, Outcome, PhotoScore
from tests.samples import make_failure, make_photo

WAIT = 10
"""Seconds after which something hangs."""


def score(path: str) -> Outcome:
    return make_photo(path)


def paths_of(outcomes: list[Outcome]) -> list[str]:
    return [outcome.path for outcome in outcomes]


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + WAIT / 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before


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


@pytest.mark.parametrize("trouble", [OSError("gone"), KeyboardInterrupt()])
def test_what_is_known_comes_before_what_a_source_raises(trouble: BaseException) -> None:
    def draw() -> Iterator[str | Outcome]:
        yield make_photo("a")
        raise trouble

    outcomes = pass_known(draw(), lambda items: score_all(items, score, 1))
    assert next(outcomes).path == "a"
    with pytest.raises(type(trouble)):
        next(outcomes)


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


def test_found_failures_pass_in_their_place() -> None:
    failures = [make_failure("x", "not_found"), make_failure("y", "unreadable")]
    outcomes = list(score_all(["a", failures[0], "b", failures[1], "c"], score, 2))
    assert paths_of(outcomes) == ["a", "x", "b", "y", "c"]
    assert outcomes[1] is failures[0]
    assert outcomes[3] is failures[1]


def test_a_failure_that_is_scored_passes() -> None:
    failure = make_failure("bad.jpg")
    outcomes = list(score_all(["a", "bad.jpg", "c"], lambda path: failure if path == "bad.jpg" else make_photo(path)))
    assert outcomes[1] is failure
    assert paths_of(outcomes) == ["a", "bad.jpg", "c"]


@pytest.mark.parametrize("error", [ZeroDivisionError("by zero"), RuntimeError(), MemoryError(), AssertionError("odd")])
def test_what_breaks_on_one_photo_is_told_and_the_rest_goes_on(error: Exception) -> None:
    def stumble(path: str) -> Outcome:
        if path == "b":
            raise error
        return make_photo(path)

    outcomes = list(score_all("abc", stumble, 2))
    assert paths_of(outcomes) == ["a", "b", "c"]
    assert [isinstance(outcome, PhotoScore) for outcome in outcomes] == [True, False, True]
    failure = outcomes[1]
    assert isinstance(failure, Failure)
    assert failure.code == "internal"
    assert repr(error) in failure.message
    assert "report" in failure.message


def test_an_error_of_the_source_comes_after_the_outcomes_before_it() -> None:
    def draw() -> Iterator[str]:
        yield from "abc"
        raise OSError("unplugged")

    outcomes = score_all(draw(), score, 2)
    assert paths_of(list(islice(outcomes, 3))) == ["a", "b", "c"]
    with pytest.raises(OSError, match="unplugged"):
        next(outcomes)
    assert list(outcomes) == []


def test_not_even_an_exit_within_the_source_is_lost() -> None:
    def draw() -> Iterator[str]:
        yield "a"
        raise SystemExit(7)

    def consume() -> None:
        try:
            ended.put(len(list(score_all(draw(), score, 1))))
        except SystemExit as error:
            ended.put(error)

    ended: Queue[object] = Queue()
    threading.Thread(target=consume, daemon=True).start()
    assert isinstance(ended.get(timeout=WAIT / 5), SystemExit)


def test_no_items_no_outcomes() -> None:
    assert list(score_all([], score)) == []


def test_closing_early_ends_an_endless_source() -> None:
    scored: Queue[str] = Queue()

    def work(path: str) -> Outcome:
        scored.put(path)
        return make_photo(path)

    outcomes = score_all(map(str, count()), work, 2)
    next(outcomes)
    started = time.monotonic()
    outcomes.close()
    assert time.monotonic() - started < WAIT
    # what was not begun is dropped
    assert scored.qsize() <= 1 + AHEAD * 2 + 2


def test_closing_early_waits_for_photos_that_were_begun_and_drops_the_rest() -> None:
    begun, go_on, ended = threading.Semaphore(0), threading.Event(), []

    def work(path: str) -> Outcome:
        if path != "0":
            begun.release()
            go_on.wait(WAIT)
        ended.append(path)
        return make_photo(path)

    outcomes = score_all(map(str, range(50)), work, 2)
    next(outcomes)
    assert begun.acquire(timeout=WAIT)
    assert begun.acquire(timeout=WAIT)
    threading.Timer(0.3, go_on.set).start()
    outcomes.close()
    assert sorted(ended) == ["0", "1", "2"]


def test_closing_does_not_wait_for_a_name_that_never_comes() -> None:
    release = threading.Event()

    def draw() -> Iterator[str]:
        yield "a"
        release.wait(WAIT)

    outcomes = score_all(draw(), score, 1)
    try:
        assert next(outcomes).path == "a"
        started = time.monotonic()
        outcomes.close()
        assert time.monotonic() - started < WAIT / 2
    finally:
        release.set()


def test_a_slow_source_holds_no_outcome_back() -> None:
    names: Queue[str | None] = Queue()
    outcomes = score_all(iter(names.get, None), score, 2)
    for name in ("a", "b", "c"):
        names.put(name)
        # the source now waits for the next name, which is sent only when this outcome is there
        assert next(outcomes).path == name
    names.put(None)
    assert list(outcomes) == []


def test_an_interrupt_in_the_middle_of_a_photo_reaches_the_caller() -> None:
    def interrupt(path: str) -> Outcome:
        if path == "b":
            raise KeyboardInterrupt
        return make_photo(path)

    outcomes = score_all("abc", interrupt, 1)
    assert next(outcomes).path == "a"
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)


def test_one_job_a_core() -> None:
    assert 1 <= get_default_jobs() <= (os.cpu_count() or 1)


def test_places_are_known_in_the_order_of_the_photos() -> None:
    outcomes: list[Outcome] = [make_photo("a", score=20.0), make_failure("b"), make_photo("c", score=80.0)]
    outcomes += [make_photo("d", score=80.0), make_photo("e", score=50.0)]
    placed = place_all(outcomes)
    assert [outcome.path for outcome in placed] == list("abcde")
    photos = [outcome for outcome in placed if isinstance(outcome, PhotoScore)]
    assert [(photo.percentile, photo.rank) for photo in photos] == [(25, None), (100, None), (100, None), (50, None)]
