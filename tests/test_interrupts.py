"""Signals that come at a bad moment: they wait, not for long, and nothing of that waiting is left behind."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from iqscore import interrupts
from iqscore.interrupts import Interrupted, Signals, Unbroken

pytestmark = pytest.mark.skipif(not hasattr(signal, "alarm"), reason="Windows knows no alarms")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    numbers = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM]
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    signal.alarm(0)
    for number, handler in before.items():
        signal.signal(number, handler)


def is_alarm_set() -> bool:
    return signal.getitimer(signal.ITIMER_REAL)[0] > 0


def test_an_interrupt_waits_for_the_end_of_what_must_be_whole_and_takes_its_alarm_along() -> None:
    unbroken, done = Unbroken(), []

    def do_all() -> None:
        with unbroken:
            unbroken.delay_or_raise(Interrupted(signal.SIGINT))
            done.append(is_alarm_set())

    with pytest.raises(Interrupted):
        do_all()
    assert done == [True]
    assert not is_alarm_set()


def test_it_does_not_wait_for_ever() -> None:
    unbroken = Unbroken()

    def take_long() -> None:
        with unbroken:
            unbroken.delay_or_raise(Interrupted(signal.SIGINT))
            time.sleep(60)

    with pytest.raises(Interrupted):
        take_long()
    assert not is_alarm_set()


def test_no_alarm_rings_while_python_shuts_down(monkeypatch: pytest.MonkeyPatch) -> None:
    unbroken, signals = Unbroken(), Signals()
    monkeypatch.setattr(interrupts, "unbroken", unbroken)
    signals.catch()

    def break_off() -> None:
        with unbroken:
            os.kill(os.getpid(), signal.SIGTERM)
            raise ValueError("something else")

    with pytest.raises(ValueError, match="something else"):
        break_off()
    assert is_alarm_set()
    signals.ignore()
    assert not is_alarm_set()
