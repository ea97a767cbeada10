"""What is to be written into a photo's metadata, and what is not, because a person said otherwise."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal, get_args

from iqscore.metadata import Found, Rating
from iqscore.metadata.values import fill_gaps, from_percent, to_pick, to_pick_label
from iqscore.records import DEFECTS, Edit, Label, PhotoScore

What = Literal["stars", "label", "pick", "keywords"]
WHATS: tuple[What, ...] = get_args(What)
Source = Literal["score", "percentile", "label"]
SOURCES: tuple[Source, ...] = get_args(Source)
Author = Literal["nobody", "iqscore", "person"]

PERCENTILE_CUTS = (10.0, 30.0, 70.0, 90.0)
"""Where two, three, four and five stars begin: the best tenth of a run has five, its worst tenth one."""
STARS_OF_LABELS: Mapping[Label, int] = {"accepted": 5, "pending": 3, "rejected": -1}
COLOURS: Mapping[Label, str] = {"accepted": "Green", "pending": "Yellow", "rejected": "Red"}
KEYWORD = "iqscore:{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person asked to have written."""

    what: frozenset[What] = frozenset(["stars"])
    source: Source = "score"
    cuts: tuple[float, ...] | None = None
    """Where two, three, four and five stars begin; None for the calibration's, or PERCENTILE_CUTS."""
    keywords: tuple[str, ...] = ()
    """For every photo, beside a keyword for each defect where `what` has keywords."""
    overwrite: bool = False
    """Change what a person said too."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one photo."""

    rating: Rating | None
    """What is left to write; None where there is nothing."""
    old: int | None
    new: int | None
    note: str = ""
    edits: tuple[Edit, ...] = ()
    """What else would be changed."""


def to_rating(photo: PhotoScore, wishes: Wishes) -> Rating:
    """Return all that is wished to be written of a photo; `percentile` must be known where stars come from it."""
    what = wishes.what
    told = [(reason.code, reason.severity) for reason in photo.reasons if reason.code in DEFECTS]
    defects = tuple(KEYWORD.format(code) for code, _ in told) if "keywords" in what else ()
    return Rating(
        stars=to_stars(photo, wishes) if "stars" in what else None,
        label=COLOURS[photo.label] if "label" in what else None,
        pick=photo.label if "pick" in what else None,
        keywords=tuple(dict.fromkeys(defects + wishes.keywords)),
        score=round(photo.score, 1),
        model=", ".join(photo.models.values()),
        # something, so that nothing older stays
        defects=", ".join(f"{code} {severity:.2f}" for code, severity in told) or "none",
    )


def to_stars(photo: PhotoScore, wishes: Wishes) -> int:
    """Return -1 to 5; by score and by percentile, as they are printed, where a rejected photo has one star."""
    if wishes.source == "label":
        return STARS_OF_LABELS[photo.label]
    if photo.label == "rejected":
        return 1
    if wishes.source == "percentile":
        if photo.percentile is None:
            raise ValueError("the percentile is not known before the run is over")
        return 1 + bisect_right(wishes.cuts or PERCENTILE_CUTS, round(photo.percentile, 1))
    return 1 + bisect_right(wishes.cuts, round(photo.score, 1)) if wishes.cuts else photo.stars


def get_author(found: Found) -> Author:
    """Tell whose rating a place holds: ours only where all of it is what iqscore wrote last.

    Cameras write 0 for no rating. What iqscore wrote and somebody took away was a person's wish too.
    """
    percents = [percent for percent in (found.exif_percent, found.microsoft) if percent is not None]
    others = [*([] if found.exif is None else [found.exif]), *map(from_percent, percents)]
    if found.own is None:
        return "person" if found.xmp or any(others) else "nobody"
    is_ours = found.xmp == found.own and all(stars == max(found.own, 0) for stars in others)
    return "iqscore" if is_ours else "person"


def decide(places: Sequence[Found], wanted: Rating, *, overwrite: bool = False) -> Decision:
    """Return what of a wanted rating may be written, for all places that say something about one photo."""
    persons = [found for found in places if get_author(found) == "person"]
    old = next((found.stars for found in (*persons, *places) if found.stars is not None), None)
    rating = wanted if overwrite else _leave_to_people(places, wanted, rated=bool(persons))
    keeps = wanted.stars is not None and rating.stars is None
    nothing = rating.stars is None and rating.label is None and rating.pick is None and not rating.keywords
    return Decision(
        rating=None if nothing else rating,
        old=old,
        new=old if rating.stars is None else rating.stars,
        note=_to_note(persons, wanted, rating) if keeps or rating != wanted else "",
        edits=_find_edits(places, rating),
    )


def _leave_to_people(places: Sequence[Found], wanted: Rating, *, rated: bool) -> Rating:
    return replace(
        wanted,
        stars=None if rated else wanted.stars,
        label=None if any(map(_is_labelled, places)) else wanted.label,
        pick=None if any(map(_is_picked, places)) else wanted.pick,
    )


def _is_labelled(found: Found) -> bool:
    """Tell whether a label is a person's, or ours was taken away."""
    return bool(found.label) if found.own_label is None else found.label != found.own_label


def _is_picked(found: Found) -> bool:
    if found.own_pick is None:
        # 0 is neither, in both
        return bool(found.pick or found.flag)
    return (found.pick, found.flag) != (found.own_pick, found.own_pick - 2)


def _to_note(persons: Sequence[Found], wanted: Rating, rating: Rating) -> str:
    kept = [name for name in ("label", "pick") if getattr(rating, name) != getattr(wanted, name)]
    if rating.stars == wanted.stars:
        return f"{' and '.join(kept)} kept"
    stars = "rated by a person" if any(found.stars for found in persons) else "rating removed by a person"
    return ", ".join([stars, *(f"{name} kept" for name in kept)])


def _find_edits(places: Sequence[Found], rating: Rating) -> tuple[Edit, ...]:
    old = reduce(fill_gaps, places, Found())
    new = replace(
        old,
        label=rating.label or old.label,
        pick=old.pick if rating.pick is None else to_pick_label(rating.pick),
        keywords=tuple(dict.fromkeys(old.keywords + rating.keywords)),
    )
    return to_edits(old, new)


def to_edits(old: Found, new: Found) -> tuple[Edit, ...]:
    """Return what is different for people but for the stars."""
    edits = [Edit("label", old.label, new.label)] if old.label != new.label else []
    edits += [Edit("pick", to_pick(old), to_pick(new))] if to_pick(old) != to_pick(new) else []
    edits += [Edit("keyword", word, None) for word in old.keywords if word not in new.keywords]
    edits += [Edit("keyword", None, word) for word in new.keywords if word not in old.keywords]
    return tuple(edits)


def says(found: Found, rating: Rating) -> bool:
    """Tell whether a place says all of a rating that a person would see, and knows its stars as ours."""
    stars = rating.stars is None or (found.own == rating.stars and get_author(found) == "iqscore")
    label = rating.label is None or rating.label == found.label == found.own_label
    number = None if rating.pick is None else to_pick_label(rating.pick)
    pick = number is None or (found.pick, found.flag, found.own_pick) == (number, number - 2, number)
    return stars and label and pick and set(rating.keywords) <= set(found.keywords)
