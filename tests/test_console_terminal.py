"""Colours and progress on a terminal that wants them, and silence where nobody looks."""

from __future__ import annotations

import io
import random
import sys
from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.console import Console

from iqscore import console
from iqscore.console.progress import Progress, open_bar
from tests.tables import NAMES, make_photos


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


def print_to_stdout(file: io.StringIO, environment: pytest.MonkeyPatch) -> str:
    environment.setattr(sys, "stdout", file)
    console.print_table(make_photos(), console=console.open_console())
    return file.getvalue()


def test_no_color_means_no_codes_at_all(plain_environment: pytest.MonkeyPatch) -> None:
    assert "\x1b" in print_to_stdout(Terminal(), plain_environment)
    plain_environment.setenv("NO_COLOR", "1")
    assert "\x1b" not in print_to_stdout(Terminal(), plain_environment)


def test_a_pipe_gets_whole_names_and_no_codes(plain_environment: pytest.MonkeyPatch) -> None:
    text = print_to_stdout(io.StringIO(), plain_environment)
    assert "\x1b" not in text
    assert all(console.to_printable(name) in text for name in NAMES)


def test_a_pipe_obeys_columns(plain_environment: pytest.MonkeyPatch) -> None:
    plain_environment.setenv("COLUMNS", "80")
    lines = print_to_stdout(io.StringIO(), plain_environment).splitlines()
    assert 70 < max(map(cell_len, lines)) <= 80


def test_a_closed_pipe_is_told_to_the_caller(plain_environment: pytest.MonkeyPatch) -> None:
    class ClosedPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        print_to_stdout(ClosedPipe(), plain_environment)


def run_progress(*, quiet: bool = False) -> list[int]:
    with console.open_progress(quiet=quiet) as progress:
        progress.set_total(3)
        done = []
        for number in progress.count(range(3)):
            progress.advance()
            done.append(number)
    return done


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_progress() == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_on_a_terminal_unless_quiet(
    plain_environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stderr = Terminal()
    plain_environment.setattr(sys, "stderr", stderr)
    assert run_progress(quiet=True) == [0, 1, 2]
    assert stderr.getvalue() == ""
    with console.open_progress():
        print("data")
    assert capsys.readouterr().out == "data\n"
    assert run_progress() == [0, 1, 2]
    assert "photos/s" in stderr.getvalue()
    assert "3/3" in stderr.getvalue()


def test_progress_learns_the_total_while_the_first_photo_waits() -> None:
    bar = open_bar(Console(file=io.StringIO()))
    progress = Progress(bar)
    items = progress.count(iter("abc"))
    assert next(items) == "a"
    assert bar.tasks[0].total == 3
    assert list(items) == ["b", "c"]


def test_the_number_of_a_large_library_is_known_at_once() -> None:
    bar = open_bar(Console(file=io.StringIO()))
    items = Progress(bar).count(iter(range(100_000)))
    for _ in range(1000):
        next(items)
    assert bar.tasks[0].total == 100_000


@pytest.mark.parametrize("known", [0, 5_000], ids=["a first run", "one that goes on"])
@pytest.mark.parametrize("rate", [1.5, 12.0, 300.0])
def test_the_time_left_is_right_after_a_minute(known: int, rate: float) -> None:
    chance = random.Random(1)
    clock = 0.0
    bar = open_bar(Console(file=io.StringIO()), get_time=lambda: clock)
    progress = Progress(bar)
    left = round(600 * rate)
    progress.set_total(known + left)
    for _ in range(known):
        clock += 0.0002
        progress.advance()
    # some photos take three times as long as others
    while clock < 60:
        clock += chance.uniform(0.5, 1.5) / rate
        progress.advance()
        left -= 1
    assert bar.tasks[0].time_remaining == pytest.approx(left / rate, rel=0.2)


def test_progress_keeps_the_order_of_slow_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.console.progress._AHEAD_SECONDS", 0.0)
    bar = open_bar(Console(file=io.StringIO()))
    items = Progress(bar).count(iter("abc"))
    assert next(items) == "a"
    assert bar.tasks[0].total is None
    assert list(items) == ["b", "c"]
    assert bar.tasks[0].total == 3


def test_progress_looks_ahead_no_further_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.console.progress._AHEAD", 5)
    drawn = 0

    def draw_items() -> Iterator[int]:
        nonlocal drawn
        while drawn < 99:
            drawn += 1
            yield drawn

    bar = open_bar(Console(file=io.StringIO()))
    items = Progress(bar).count(draw_items())
    assert next(items) == 1
    assert drawn == 5
    assert list(items) == list(range(2, 100))
    assert bar.tasks[0].total == 99
