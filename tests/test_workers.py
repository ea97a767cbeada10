"""Photos that take too long are given up, and nothing waits for them: neither memory, nor the others, nor the end."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from iqscore import limits, workers
from iqscore.limits import GivenUp, holding
from iqscore.pipeline import score_all
from iqscore.records import Failure, Outcome
from tests.samples import make_photo

LIMIT = 0.2


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """An event that stuck photos wait for, which comes when the test ends."""
    event = threading.Event()
    yield event
    event.set()
    while any(thread.name == "iqscore" for thread in threading.enumerate()):
        time.sleep(0.01)


def list_codes(outcomes: list[Outcome]) -> list[str]:
    return [outcome.code if isinstance(outcome, Failure) else "ok" for outcome in outcomes]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_photo_that_takes_too_long_is_a_failure_and_the_rest_goes_on(jobs: int, release: threading.Event) -> None:
    def score(path: str) -> Outcome:
        if path in "bce":
            release.wait(30)
        return make_photo(path)

    started = time.monotonic()
    outcomes = list(score_all("abcdef", score, jobs, time_limit=LIMIT))
    assert time.monotonic() - started < 20
    assert [outcome.path for outcome in outcomes] == list("abcdef")
    assert list_codes(outcomes) == ["ok", "timeout", "timeout", "ok", "timeout", "ok"]
    failure = outcomes[1]
    assert isinstance(failure, Failure)
    assert failure.message.startswith("given up after 0.2 seconds; ")


def test_so_it_is_where_outcomes_come_as_they_are_done(release: threading.Event) -> None:
    def score(path: str) -> Outcome:
        if path in "bf":
            release.wait(30)
        return make_photo(path)

    outcomes = list(score_all("abcdef", score, 2, ordered=False, time_limit=LIMIT))
    assert sorted(outcome.path for outcome in outcomes) == list("abcdef")
    assert sorted(list_codes(outcomes)) == ["ok"] * 4 + ["timeout"] * 2


def test_a_stuck_photo_is_given_up_though_others_are_quick(release: threading.Event) -> None:
    def score(path: str) -> Outcome:
        if path == "stuck":
            release.wait(30)
        time.sleep(0.02)
        return make_photo(path)

    paths = ["stuck", *map(str, range(150))]
    outcomes = list(score_all(paths, score, 2, ordered=False, time_limit=LIMIT))
    assert list_codes(outcomes).index("timeout") < 100


def test_closing_waits_for_a_stuck_photo_only_for_a_while(
    release: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_PATIENCE", 0.1)
    monkeypatch.setattr(limits, "MAX_PIXELS", 100)
    monkeypatch.setattr(limits._memory, "free", 100)
    begun = threading.Event()

    def score(path: str) -> Outcome:
        if path == "b":
            with holding(80):
                begun.set()
                release.wait(30)
        return make_photo(path)

    outcomes = score_all("ab", score, 2, time_limit=2.0)
    assert next(outcomes).path == "a"
    assert begun.wait(30)
    started = time.monotonic()
    outcomes.close()
    assert time.monotonic() - started < 1.5
    # nobody waits for it, and yet it is given up in its time
    while limits._memory.free != 100 and time.monotonic() - started < 30:
        time.sleep(0.05)
    assert limits._memory.free == 100
    assert not release.is_set()


def test_what_a_stuck_photo_holds_is_free_again(release: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 100)
    monkeypatch.setattr(limits._memory, "free", 100)

    def score(path: str) -> Outcome:
        with holding(80):
            if path == "b":
                release.wait(30)
        return make_photo(path)

    assert list_codes(list(score_all("abcd", score, 2, time_limit=LIMIT))) == ["ok", "timeout", "ok", "ok"]
    assert limits._memory.free == 100


def test_waiting_for_memory_is_no_time_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_PIXELS", 100)
    monkeypatch.setattr(limits._memory, "free", 100)

    def score(path: str) -> Outcome:
        with holding(100):
            time.sleep(0.25)
        return make_photo(path)

    # the last of them waits four times as long as one may take
    assert list_codes(list(score_all("abcde", score, 5, time_limit=1.0))) == ["ok"] * 5


def test_who_was_given_up_gets_no_memory_any_more(release: threading.Event) -> None:
    ended: list[BaseException] = []

    def score(path: str) -> Outcome:
        release.wait(30)
        try:
            with holding(1):
                return make_photo(path)
        except GivenUp as error:
            ended.append(error)
            raise

    assert list_codes(list(score_all("a", score, 1, time_limit=LIMIT))) == ["timeout"]
    release.set()
    deadline = time.monotonic() + 10
    while not ended and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended
    assert limits._memory.free == limits.MAX_PIXELS


def test_memory_is_given_in_the_order_of_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large photo is not kept waiting by small ones that come after it."""
    monkeypatch.setattr(limits, "MAX_PIXELS", 100)
    monkeypatch.setattr(limits._memory, "free", 100)
    order: list[int] = []

    def take(cost: int) -> None:
        with holding(cost):
            order.append(cost)

    threads = [threading.Thread(target=take, args=(cost,)) for cost in (100, 1, 2)]
    with holding(50):
        for count, thread in enumerate(threads, 1):
            thread.start()
            while len(limits._memory.queue) < count:
                time.sleep(0.001)
    for thread in threads:
        thread.join(10)
    assert order[0] == 100
    assert limits._memory.free == 100


def test_the_program_ends_though_a_photo_does_not() -> None:
    program = (
        "import threading\n"
        "from iqscore.pipeline import score_all\n"
        "print([o.code for o in score_all('ab', lambda path: threading.Event().wait(), 1, time_limit=0.2)])\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert ended.stdout == "['timeout', 'timeout']\n"


def test_memory_of_large_photos_is_handed_back_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anybody else gets it: the C library would keep it for the thread that had it."""
    free: list[int] = []
    monkeypatch.setattr(limits, "trim", lambda: free.append(limits._memory.free))
    with holding(limits._LARGE):
        pass
    with holding(limits._LARGE - 1):
        pass
    assert free == [limits.MAX_PIXELS - limits._LARGE]


def test_trimming_does_no_harm() -> None:
    limits.trim()
