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
        for number in self._ours:
            signal.signal(number, signal.SIG_IGN)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.interrupt is None:
            self.interrupt = Interrupted(number)
            raise self.interrupt


def get_status(interrupt: BaseException | None) -> int:
    """Return the exit status of an interrupted run: 128 and the number of the signal."""
    return 128 + getattr(interrupt, "number", signal.SIGINT)
