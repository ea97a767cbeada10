"""Lines that people read: failures, the summary, warnings, what became of a rating."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from rich.console import Console

from iqscore import console
from iqscore.console.rating import to_rating_line
from iqscore.records import Edit, Failure, Rated, RatedOutcome
from tests.samples import make_failure, make_summary


def print_failures(failures: Sequence[Failure]) -> list[str]:
    file = io.StringIO()
    console.print_failures(failures, console=Console(file=file, width=40))
    return file.getvalue().splitlines()


def test_few_failures_are_all_named() -> None:
    lines = print_failures([make_failure(f"{n} [red].jpg") for n in range(3)])
    assert lines[0] == "3 photos could not be scored:"
    assert lines[1:] == [f"  {n} [red].jpg: cut short" for n in range(3)]


def test_many_equal_failures_share_a_line() -> None:
    failures = [make_failure(f"{n}.jpg") for n in range(1500)] + [make_failure("x\n.jpg", message="other")]
    assert print_failures(failures) == [
        "1,501 photos could not be scored:",
        "  1,500 photos: cut short: 0.jpg, 1.jpg, 2.jpg, …",
        "  x\\n.jpg: other",
    ]


def test_many_different_failures_are_cut() -> None:
    lines = print_failures([make_failure(f"{n}.jpg", message=f"reason {n}") for n in range(25)])
    assert len(lines) == 12
    assert lines[-1] == "  … and 15 more"


def test_no_failures_no_words() -> None:
    assert print_failures([]) == []


def print_summary(**changes: object) -> str:
    file = io.StringIO()
    console.print_summary(make_summary(**changes), console=Console(file=file, width=40))
    return file.getvalue()


def test_summary_is_one_line() -> None:
    assert print_summary() == (
        "1,204 photos: 311 accepted, 820 pending, 70 rejected, 3 failed · 41.2 s · 29.2 photos/s\n"
    )


def test_no_speed_where_nothing_was_scored() -> None:
    assert "photos/s" not in print_summary(photos=3, scored=0, failed=3, accepted=0, pending=0, rejected=0)


def test_summary_of_an_interrupted_run() -> None:
    line = print_summary(photos=1, scored=1, failed=0, accepted=1, pending=0, rejected=0, seconds=125, interrupted=True)
    assert line == "1 photo: 1 accepted, 0 pending, 0 rejected · 2 min 5 s · 0.0 photos/s · interrupted\n"


def test_warnings_are_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.warn("a\n[red]b\x1b[31m")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "iqscore: a\\n[red]b\\x1b[31m\n"


EDITS = (
    Edit("label", None, "Red"),
    Edit("pick", "accepted", None),
    Edit("keyword", None, "iqscore:noise"),
    Edit("keyword", "old", None),
)


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Rated("a.jpg", "written", None, 4, ("a.jpg",)), "  none -> 4       a.jpg"),
        (Rated("a.jpg", "written", 3, -1, ("a.jpg", "a.jpg.xmp")), "     3 -> reject  a.jpg  (a.jpg.xmp)"),
        (Rated("a.jpg", "kept", -1, -1, (), "rated by a person"), "reject kept       a.jpg  (rated by a person)"),
        (Rated("a.jpg", "unchanged", 0, 0), "     0 unchanged  a.jpg"),
        (
            Rated("a.tif", "written", 1, 1, ("a.tif.xmp",), "label kept"),
            "     1 -> 1       a.tif  (a.tif.xmp, label kept)",
        ),
        (
            Rated("a.jpg", "written", 3, 3, ("a.jpg", "a.jpg.xmp"), "", EDITS),
            "     3 -> 3       a.jpg: label Red, pick accepted -> none, +iqscore:noise, -old  (a.jpg.xmp)",
        ),
        (make_failure("a\x1b.jpg", "read_only", "write-protected"), "         failed  a\\x1b.jpg  (write-protected)"),
    ],
)
def test_a_line_of_a_rating(outcome: RatedOutcome, line: str) -> None:
    assert to_rating_line(outcome, "utf-8") == line
