"""Paths in a column that is too narrow for them: what tells them apart stays, what is common to all goes first."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from os.path import commonprefix

from iqscore.console.text import count_cells, shorten_middle

_SEPARATOR = re.compile(f"[{re.escape(os.sep + (os.altsep or ''))}]")


def shorten_paths(paths: Sequence[str], width: int, ellipsis: str) -> list[str]:
    """Return paths of at most `width` cells: whole, or from a folder on, a bit of those that are not common to all.

    Where two would look the same, they begin with the folder that parts them.
    """
    start = _find_start(paths)
    names = [_shorten(path, start, width, ellipsis) for path in paths]
    alike: dict[str, set[str]] = {}
    for name, path in zip(names, paths, strict=True):
        alike.setdefault(name, set()).add(path)
    # nothing parts a path from itself
    starts = {name: _find_start(list(group)) for name, group in alike.items() if len(group) > 1}
    return [
        shorten_middle(path[starts[name] :], width, ellipsis) if name in starts else name
        for name, path in zip(names, paths, strict=True)
    ]


def _find_start(paths: Sequence[str]) -> int:
    """Return where the names begin that are not folders common to all paths."""
    common = commonprefix(paths)  # noqa: RUF071 - of characters, and cut back to whole folders
    return max((match.end() for match in _SEPARATOR.finditer(common)), default=0)


def _shorten(path: str, start: int, width: int, ellipsis: str) -> str:
    if count_cells(path) <= width:
        return path
    # as many folders as there is room for, where all that parts the paths is among them
    for match in _SEPARATOR.finditer(path, 1, start):
        end = f"{ellipsis}{path[match.start() :]}"
        if count_cells(end) <= width:
            return end
    return shorten_middle(path[start:], width, ellipsis)
