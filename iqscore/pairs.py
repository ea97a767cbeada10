"""One photo in several files: the picture that a camera finished, and the RAW data it keeps beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field

from iqscore.formats import RAW_SUFFIXES, to_suffix
from iqscore.taken import read_taken

FINISHED = ("jpg", "jpeg", "jpe", "heic", "heif", "hif")
"""Suffixes of the pictures that cameras write beside RAW; the first of these is scored, the RAW goes along."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo that is in more than one file."""

    path: str
    """The finished picture, which is scored."""
    companions: tuple[str, ...]
    """The RAW files that go along."""


@dataclass(slots=True)
class _Group:
    """The files of one folder and name before the suffix."""

    finished: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)


class Pairs:
    """Which of some files belong together; looked at no sooner than asked for."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._groups = _group(paths)
        self._known: dict[str, Pair | None] = {}

    def resolve(self, path: str) -> Pair | str | None:
        """Return the pair that a path leads, None where it goes along with another, and for all else the path."""
        pair = self._find(path) if self._groups else None
        if pair is None:
            return path
        if path in pair.companions:
            return None
        return pair if path == pair.path else path

    def _find(self, path: str) -> Pair | None:
        stem = _to_stem(path)
        if stem not in self._groups:
            return None
        if stem not in self._known:
            self._known[stem] = _to_pair(self._groups[stem])
        return self._known[stem]


def _group(paths: Iterable[str]) -> dict[str, _Group]:
    """Return the groups that have both kinds of files."""
    groups: dict[str, _Group] = {}
    kinds = [(path, to_suffix(path)) for path in paths]
    if any(suffix in RAW_SUFFIXES for _, suffix in kinds):
        for path, suffix in kinds:
            if suffix in RAW_SUFFIXES:
                groups.setdefault(_to_stem(path), _Group()).raw.append(path)
            elif suffix in FINISHED:
                groups.setdefault(_to_stem(path), _Group()).finished.append(path)
    return {stem: group for stem, group in groups.items() if group.raw and group.finished}


def _to_stem(path: str) -> str:
    return os.path.splitext(os.path.normpath(path))[0]  # noqa: PTH122


def _to_pair(group: _Group) -> Pair | None:
    """Return the pair of a group: a name alone is no proof where both files tell when they were taken."""
    finished = min(group.finished, key=lambda path: (FINISHED.index(to_suffix(path)), os.fsencode(path)))
    # nothing else is ever opened: a FIFO would wait for ever
    if not _is_regular(finished):
        return None
    taken = read_taken(finished)
    companions = [path for path in sorted(group.raw, key=os.fsencode) if _is_regular(path) and _fits(taken, path)]
    return Pair(finished, tuple(companions)) if companions else None


def _fits(taken: str | None, raw: str) -> bool:
    return taken is None or read_taken(raw) in (None, taken)


def _is_regular(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False
