"""Ctrl-C, SIGTERM and SIGHUP: each ends the run in the same orderly way, with an exit status of its own."""

from __future__ import annotations

import signal
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def catch_signals() -> None:
    """Raise Interrupted in the main thread at the first signal, and of more take no notice while the run is closed.

    A signal that whoever started the program told it to ignore (nohup, a job in the background) stays ignored.
    """
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    ours = [n for n in numbers if signal.getsignal(n) in (signal.SIG_DFL, signal.default_int_handler)]

    def interrupt(number: int, frame: FrameType | None) -> None:
        for each in ours:
            signal.signal(each, _take_no_notice)
        raise Interrupted(number)

    for number in ours:
        signal.signal(number, interrupt)


def _take_no_notice(number: int, frame: FrameType | None) -> None:
    """Not SIG_IGN: a second signal may be on its way to a handler already."""


def get_status(interrupt: BaseException | None) -> int:
    """Return the exit status of an interrupted run: 128 and the number of the signal."""
    return 128 + getattr(interrupt, "number", signal.SIGINT)
