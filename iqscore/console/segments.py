"""Lines of styled pieces as rich prints them at once: a Text for each takes ten times as long."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment, Segments
from rich.style import Style

from iqscore.console.table import Line


def to_segments(lines: Iterable[Line]) -> Segments:
    """Return lines, each with its end, to be printed without wrapping."""
    end = Segment.line()
    pieces: list[Segment] = []
    for line in lines:
        pieces += [Segment(text, Style.parse(style) if style else None) for text, style in line]
        pieces.append(end)
    return Segments(pieces)
