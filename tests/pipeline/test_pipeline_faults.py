"""The pipeline whatever a photo or the source does: failures, errors, interrupts, an early end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import count, islice
from queue import Queue

import pytest

from iqscore.pipeline import AHEAD, pass_known, score_all
from iqscore.records import Failure, Outcome, PhotoScore
from tests.pipeline.outcomes import WAIT, paths_of, score
from tests.samples import make_failure, make_photo


@pytest.mark.parametrize("trouble", [OSError("gone"), KeyboardInterrupt()])
def test_what_is_known_comes_before_what_a_source_raises(trouble: BaseException) -> None:
    def draw() -> Iterator[str | Outcome]:
        yield make_photo("a")
        raise trouble

    outcomes = pass_known(draw(), lambda items: score_all(items, score, 1))
    assert next(outcomes).path == "a"
    with pytest.raises(type(trouble)):
        next(outcomes)


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


def test_an_interrupt_in_the_middle_of_a_photo_reaches_the_caller() -> None:
    def interrupt(path: str) -> Outcome:
        if path == "b":
            raise KeyboardInterrupt
        return make_photo(path)

    outcomes = score_all("abc", interrupt, 1)
    assert next(outcomes).path == "a"
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)
