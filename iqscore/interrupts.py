"""Ctrl-C, SIGTERM and SIGHUP: each ends the run in the same orderly way, with an exit status of its own."""

from __future__ import annotations

import signal
from types import FrameType

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_PATIENCE_SECONDS = 1


class Interrupted(KeyboardInterrupt):
    """A signal asked the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class Signals:
    """The signals that end a run: the first raises Interrupted in the main thread, more are not noticed.

    A signal that whoever started the program told it to ignore (nohup, a job in the background) stays ignored.
    """

    def __init__(self) -> None:
        numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
        self._ours = [n for n in numbers if signal.getsignal(n) in (signal.SIG_DFL, signal.default_int_handler)]
        self.interrupt: Interrupted | None = None
        """What the first signal raised; a library may have made another exception of it."""

    def catch(self) -> None:
        """Begin to catch them."""
        for number in self._ours:
            signal.signal(number, self._handle)

    def ignore(self) -> None:
        """Take no notice of them any more, not even while Python shuts down, when handlers are gone."""
        _stop_alarm()
        for number in self._ours:
            signal.signal(number, signal.SIG_IGN)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.interrupt is None:
            self.interrupt = Interrupted(number)
            unbroken.delay_or_raise(self.interrupt)


class Unbroken:
    """Entered, it lets a signal wait till it is left: what is counted is then written, and everywhere.

    Not for long: a pipe that nobody reads must not keep a program that was told to end.
    """

    def __init__(self) -> None:
        self._entered = False
        self._waiting: Interrupted | None = None

    def __enter__(self) -> None:
        self._entered = True

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        self._entered = False
        if kind is None:
            self._raise()

    def delay_or_raise(self, interrupt: Interrupted) -> None:
        """Raise an interrupt, at once or as soon as may be."""
        self._waiting = interrupt
        if not self._entered or not hasattr(signal, "alarm"):
            self._raise()
        signal.signal(signal.SIGALRM, lambda number, frame: self._raise())
        signal.alarm(_PATIENCE_SECONDS)

    def _raise(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            _stop_alarm()
            raise waiting


def _stop_alarm() -> None:
    # one that rings while Python shuts down, when its handler is gone, would kill the program
    if hasattr(signal, "alarm"):
        signal.alarm(0)


unbroken = Unbroken()
"""The one of this process, as signals are of a process too."""


def get_status(interrupt: BaseException | None) -> int:
    """Return the exit status of an interrupted run: 128 and the number of the signal."""
    return 128 + getattr(interrupt, "number", signal.SIGINT)
