"""What was typed about ratings, made one finished, cross-checked description."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args

from iqscore.errors import UsageError
from iqscore.exchange import Care
from iqscore.formats import is_photo_name
from iqscore.metadata import Rating
from iqscore.metadata.sidecar import Names
from iqscore.rating import SOURCES, WHATS, Source, What, Wishes
from iqscore.words import choose

NAMES: tuple[Names, ...] = ("auto", "adobe", "full")
Lines = Literal["text", "ndjson"]
LINES: tuple[Lines, ...] = get_args(Lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedRating:
    """What was typed, as it was typed."""

    what: Sequence[str] = ()
    stars_from: str = "score"
    cuts: str | None = None
    keywords: Sequence[str] = ()
    overwrite: bool = False
    sidecar: bool = False
    sidecar_name: str = "auto"
    dry_run: bool = False
    journal: str | None = None
    keep_mtime: bool = False
    break_c2pa: bool = False
    write_read_only: bool = False
    hard_links: bool = False
    lines: str = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingPlan:
    """How photos are rated."""

    wishes: Wishes = field(default_factory=Wishes)
    care: Care = field(default_factory=Care)
    sidecar: bool = False
    """Write a sidecar also where a rating could go into the photo."""
    names: Names = "auto"
    break_signature: bool = False
    """Write into photos that a C2PA signature vouches for, which is broken then."""
    dry_run: bool = False
    journal: str | None = None
    """A file; None for one of its own."""
    lines: Lines | None = None
    """What standard output is told of each photo; None where it is told something else."""

    @property
    def needs_all(self) -> bool:
        """Whether no photo can be rated before the last is scored."""
        return self.wishes.source == "percentile"


def build_rating(typed: TypedRating) -> RatingPlan:
    """Return the finished plan of what was typed; UsageError where it makes no sense."""
    if typed.journal is not None:
        _check_journal(typed.journal)
    return RatingPlan(
        wishes=_build_wishes(typed),
        care=Care(keep_mtime=typed.keep_mtime, read_only=typed.write_read_only, hard_links=typed.hard_links),
        sidecar=typed.sidecar,
        names=choose("no such kind of sidecar names:", typed.sidecar_name, NAMES),
        break_signature=typed.break_c2pa,
        dry_run=typed.dry_run,
        journal=typed.journal,
        lines=choose("no such format:", typed.lines, LINES),
    )


def _build_wishes(typed: TypedRating) -> Wishes:
    what: frozenset[What] = frozenset(choose("cannot write", word, WHATS) for word in _split(typed.what or ["stars"]))
    source: Source = choose("stars cannot come from", typed.stars_from, SOURCES)
    if "stars" not in what and (typed.cuts or source != "score"):
        raise UsageError("--cuts and --stars-from are about stars; add stars to --what")
    if typed.cuts and source == "label":
        raise UsageError("--cuts says where stars begin by score or percentile; with --stars-from label there is none")
    keywords = _split(typed.keywords)
    try:
        Rating(keywords=keywords)
    except ValueError as error:
        raise UsageError(f"--keywords: {error}") from error
    cuts = _read_cuts(typed.cuts) if typed.cuts else None
    return Wishes(what=what, source=source, cuts=cuts, keywords=keywords, overwrite=typed.overwrite)


def _split(words: Iterable[str]) -> tuple[str, ...]:
    """Return words that were typed one by one or with commas between."""
    parts = [part.strip() for word in words for part in word.split(",")]
    return tuple(part for part in parts if part)


def _read_cuts(text: str) -> tuple[float, ...]:
    try:
        cuts = tuple(float(part) for part in text.split(","))
    except ValueError:
        cuts = ()
    if len(cuts) != 4 or not all(low < high for low, high in pairwise((0.0, *cuts, 100.0))):
        raise UsageError(
            f"--cuts {text}: four rising numbers between 0 and 100, where two to five stars begin: 35,50,65,80"
        )
    return cuts


def _check_journal(path: str) -> None:
    real = os.path.realpath(path)
    if is_photo_name(real) or real.lower().endswith(".xmp"):
        raise UsageError(f"{path}: a journal is never written over a photo or a sidecar; choose another name")
