"""What people read in a terminal: table, progress, summary, warnings. The only place that knows rich.

File names are hostile input here: none is printed that did not pass `to_printable`. rich is imported late, as it
takes longer than everything a warning needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from iqscore.console.explanation import print_explanation
from iqscore.console.progress import Progress, open_bar
from iqscore.console.rating import to_rating_line
from iqscore.console.rows import to_aligned
from iqscore.console.text import shorten_middle, to_printable, to_shown
from iqscore.records import Failure, PhotoScore, Summary

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "Progress",
    "is_shared_terminal",
    "open_console",
    "open_progress",
    "print_explanation",
    "print_failures",
    "print_line",
    "print_ratings",
    "print_summary",
    "print_table",
    "shorten_middle",
    "to_aligned",
    "to_printable",
    "to_rating_line",
    "to_shown",
    "warn",
    "warn_at",
]

_UNBOUNDED = 10_000
_FAILURE_LINES = 10
_LINES = 1000
_GROUP = 3


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that takes nothing for markup, and colours only on a terminal without NO_COLOR.

    Elsewhere than on a terminal its width is COLUMNS, or without bounds, so that names stay whole in pipes. A closed
    pipe raises BrokenPipeError.
    """
    from rich.console import Console

    class PlainConsole(Console):
        def on_broken_pipe(self) -> None:
            raise  # noqa: PLE0704 - rich calls this where it has caught the BrokenPipeError, and would exit with 1

    console = PlainConsole(
        stderr=stderr,
        highlight=False,
        markup=False,
        emoji=False,
        # under NO_COLOR alone rich goes on to send codes for bold and dim
        color_system=None if os.environ.get("NO_COLOR") else "auto",
    )
    if not console.is_terminal and not os.environ.get("COLUMNS", "").isdigit():
        console.width = _UNBOUNDED
    return console


def print_table(photos: Sequence[PhotoScore], *, console: Console, sort: str | None = None) -> None:
    """Print photos in the order given, no wider than the console; a narrow one loses the least telling columns.

    Where they were sorted by a defect, its severity has a column.
    """
    from iqscore.console.segments import to_segments
    from iqscore.console.table import build_table, to_defect

    if photos:
        lines = build_table(photos, console.width, console.encoding, to_defect(sort))
        # in parts: rich keeps every cell of what it prints at once
        while part := list(islice(lines, _LINES)):
            console.print(to_segments(part), end="", soft_wrap=True)


def print_failures(failures: Sequence[Failure], *, console: Console, verb: str = "scored") -> None:
    """Print which photos failed and why, in about ten lines at most; of many, those with equal reasons together."""
    groups: dict[str, list[str]] = {}
    for failure in failures:
        groups.setdefault(failure.message, []).append(failure.path)
    smallest = _GROUP if len(failures) > _FAILURE_LINES else len(failures) + 1
    lines = [line for message, paths in groups.items() for line in _to_failure_lines(message, paths, smallest)]
    shown = lines[:_FAILURE_LINES]
    left = len(failures) - sum(count for _, count in shown)
    noun, done = ("path", "found") if all(failure.code == "not_found" for failure in failures) else ("photo", verb)
    texts = [f"{_count(len(failures), noun)} could not be {done}:"] if failures else []
    texts += [f"  {text}" for text, _ in shown]
    texts += [f"  … and {left:,} more"] if left else []
    for text in texts:
        _print(text, console)


def _to_failure_lines(message: str, paths: Sequence[str], smallest_group: int) -> list[tuple[str, int]]:
    """Return lines, each with the number of photos it stands for."""
    if len(paths) < smallest_group:
        return [(f"{path or repr(path)}: {message}", 1) for path in paths]
    more = ", …" if len(paths) > _GROUP else ""
    return [(f"{len(paths):,} photos: {message}: {', '.join(paths[:_GROUP])}{more}", len(paths))]


def print_summary(summary: Summary, *, console: Console, remembered: int = 0) -> None:
    """Print what a run came to, in one line, and of how many photos an earlier run had seen all there is to see."""
    counts = [f"{summary.accepted:,} accepted", f"{summary.pending:,} pending", f"{summary.rejected:,} rejected"]
    counts += [f"{summary.failed:,} failed"] if summary.failed else []
    parts = [f"{_count(summary.photos, 'photo')}: {', '.join(counts)}", _to_duration(summary.seconds)]
    # without a photo scored it says nothing about the speed of scoring
    if summary.scored and summary.photos_per_second is not None:
        parts.append(f"{summary.photos_per_second:,.1f} photos/s")
    parts += [f"{remembered:,} from the cache"] if remembered else []
    if summary.interrupted:
        parts.append("interrupted")
    _print(" · ".join(parts), console)


def print_ratings(
    counts: Mapping[str, int],
    failures: Sequence[Failure],
    *,
    console: Console,
    dry_run: bool,
    verb: str = "rated",
    noun: str = "photo",
    kept: str = "kept as people rated them",
    named: bool = True,
) -> None:
    """Print what became of ratings, in one line, after those that failed if these are to be named."""
    print_failures(failures if named else (), console=console, verb=verb)
    would = "would be " if dry_run else ""
    parts = [f"{_count(counts.get('written', 0), noun)} {would}{verb}"]
    parts += [f"{counts['unchanged']:,} unchanged"] if counts.get("unchanged") else []
    parts += [f"{counts['kept']:,} {kept}"] if counts.get("kept") else []
    parts += [f"{len(failures):,} failed"] if failures else []
    _print(", ".join(parts) + (" (dry run: nothing was written)" if dry_run else ""), console)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _to_duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _print(line: str, console: Console) -> None:
    console.print(to_shown(line, console.encoding), soft_wrap=True, markup=False, highlight=False, emoji=False)


def is_shared_terminal() -> bool:
    """Tell whether results and talk are read on a terminal, so that nothing need be said on both streams."""
    return all(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr))


def print_line(line: str, *, console: Console) -> None:
    """Print a line that may be of any characters."""
    _print(line, console)


def warn(message: str) -> None:
    """Say something worth knowing, or why iqscore stops, on stderr, in one line."""
    if sys.stderr is not None:  # a program without a console has none
        print(to_shown(f"iqscore: {message}", sys.stderr.encoding or "utf-8"), file=sys.stderr, flush=True)


def warn_at(text: str, at: int) -> None:
    """Say on stderr, after a warning, which character of a text it is about."""
    if sys.stderr is None:
        return
    from rich.cells import cell_len

    encoding = sys.stderr.encoding or "utf-8"
    before = cell_len(to_shown(text[:at], encoding))
    print(f"  {to_shown(text, encoding)}\n  {' ' * before}^", file=sys.stderr, flush=True)


@contextmanager
def open_progress(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield a Progress that shows count, rate and time left on stderr if that is a terminal and nobody wants quiet."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield Progress()
        return
    console = open_console(stderr=True)
    if not console.is_interactive:
        yield Progress()
        return
    with open_bar(console) as bar:
        yield Progress(bar)
