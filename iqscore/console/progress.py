"""How far a run is, shown while it goes on."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress

T = TypeVar("T")

_AHEAD_SECONDS = 0.02
_AHEAD = 500_000
"""The most items that are held to learn their number, some 150 bytes each; of more it is known only near the end."""
_RECENT_SECONDS = 30
"""How far back the speed is measured that the time left is told by: what a cache had is soon left out."""


class Progress:
    """How far a run is; silent without a bar to show it on."""

    def __init__(self, bar: RichProgress | None = None) -> None:
        self._bar = bar
        self._done = 0
        self._started = time.monotonic()
        self._task = bar.add_task("", total=None, rate="") if bar else None

    def set_total(self, total: int) -> None:
        """Say how many photos there are, once that is known."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, total=total)

    def advance(self) -> None:
        """Count one photo as done."""
        self._done += 1
        if self._bar is not None and self._task is not None:
            seconds = time.monotonic() - self._started
            rate = f"{self._done / seconds:,.1f} photos/s" if seconds > 0 else ""
            self._bar.update(self._task, completed=self._done, rate=rate)

    def count(self, items: Iterable[T]) -> Iterator[T]:
        """Yield items unchanged; where a bar is shown, run a little ahead to learn their number for it."""
        return iter(items) if self._bar is None else self._count_ahead(iter(items))

    def _count_ahead(self, items: Iterator[T]) -> Iterator[T]:
        ahead: deque[T] = deque()
        found, ended = 0, False
        while ahead or not ended:
            until = time.monotonic() + _AHEAD_SECONDS
            while not ended and (not ahead or (len(ahead) < _AHEAD and time.monotonic() < until)):
                try:
                    ahead.append(next(items))
                    found += 1
                except StopIteration:
                    ended = True
                    self.set_total(found)
            if ahead:
                yield ahead.popleft()


def open_bar(console: Console, get_time: Callable[[], float] | None = None) -> RichProgress:
    """Return a bar to enter, which is gone when it is left; `get_time` is the clock, in seconds."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("Scoring"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        refresh_per_second=4,
        speed_estimate_period=_RECENT_SECONDS,
        get_time=get_time,
        # stdout is data: rich would send it through the bar's console, which is stderr
        redirect_stdout=False,
    )
