"""Rows of text in columns, for people."""

from __future__ import annotations

from collections.abc import Sequence

from iqscore.console.paths import shorten_paths
from iqscore.console.text import can_write, count_cells, shorten_middle, to_shown

_GAP = 2
_LEAST = 12
Row = Sequence[str]


def to_aligned(titles: Row, rows: Sequence[Row], width: int, encoding: str) -> list[str]:
    """Return a line for the titles and each row, no wider than `width` cells.

    The first column, which has paths, is shortened first, then the last.
    """
    table = [tuple(to_shown(cell, encoding) for cell in row) for row in (titles, *rows)]
    widths = [max(map(count_cells, column)) for column in zip(*table, strict=True)]
    for column in (0, *range(len(widths) - 1, 0, -1)):
        surplus = sum(widths) + _GAP * (len(widths) - 1) - width
        widths[column] -= max(0, min(surplus, widths[column] - _LEAST))
    ellipsis = "…" if can_write("…", encoding) else "..."
    paths = shorten_paths([row[0] for row in table[1:]], widths[0], ellipsis)
    short = [table[0], *((path, *row[1:]) for path, row in zip(paths, table[1:], strict=True))]
    return [_to_line(row, widths, ellipsis)[: max(width, 1)] for row in short]


def _to_line(row: Row, widths: Sequence[int], ellipsis: str) -> str:
    cells = [shorten_middle(cell, width, ellipsis) for cell, width in zip(row, widths, strict=True)]
    padded = [cell + " " * (width - count_cells(cell)) for cell, width in zip(cells, widths, strict=True)]
    return (" " * _GAP).join(padded).rstrip()
