"""What is written into a photo's metadata, and what is found there."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields, replace
from typing import Literal

Pick = Literal["rejected", "pending", "accepted"]

PERCENTS = (0, 1, 25, 50, 75, 99)
"""What Windows keeps for no star to five."""
_PICKS: tuple[Pick, ...] = ("rejected", "pending", "accepted")
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Rating:
    """What is to be written; None leaves a property alone. ValueError where a value can be in no metadata."""

    stars: int | None = None
    """-1 rejected, 0 to 5; written as xmp:Rating, MicrosoftPhoto:Rating, iqscore:Rating and, in JPEG, EXIF."""
    label: str | None = None
    """An English colour word, as xmp:Label."""
    pick: Pick | None = None
    """As digiKam:PickLabel 1, 2, 3 and xmpDM:pick -1, 0, 1."""
    keywords: tuple[str, ...] = ()
    """Added to dc:subject, which keeps all that it has."""
    score: float | None = None
    model: str | None = None
    defects: str | None = None
    """In words, as "noise 0.61, haze 0.40"."""

    def __post_init__(self) -> None:
        if self.stars is not None and self.stars not in range(-1, 6):
            raise ValueError(f"stars are -1 to 5, not {self.stars}")
        if self.pick is not None and self.pick not in _PICKS:
            raise ValueError(f"a pick is one of {', '.join(_PICKS)}, not {self.pick!r}")
        if self.score is not None and not math.isfinite(self.score):
            raise ValueError(f"a score is a number, not {self.score}")
        for text in (self.label, self.model, self.defects, *self.keywords):
            if text is not None and (not text.strip() or _NO_XML.search(text)):
                raise ValueError(f"{text!r} cannot be written into metadata")


@dataclass(frozen=True, slots=True)
class Found:
    """What a file says, place by place, as stored; None where it says nothing."""

    xmp: int | None = None
    """xmp:Rating, to the nearest whole number; more than 0 is never taken for 0."""
    exif: int | None = None
    """EXIF 0x4746."""
    exif_percent: int | None = None
    """EXIF 0x4749."""
    microsoft: int | None = None
    """MicrosoftPhoto:Rating, a percent."""
    own: int | None = None
    """iqscore:Rating: the stars that iqscore wrote last."""
    own_label: str | None = None
    """iqscore:Label: the label that iqscore wrote last."""
    own_pick: int | None = None
    """iqscore:Pick: the digiKam:PickLabel that iqscore wrote last."""
    label: str | None = None
    pick: int | None = None
    """digiKam:PickLabel."""
    flag: int | None = None
    """xmpDM:pick."""
    keywords: tuple[str, ...] = ()
    score: str | None = None
    model: str | None = None
    defects: str | None = None

    @property
    def stars(self) -> int | None:
        """The rating that most programs show, -1 to 5: XMP, then EXIF, then percent."""
        for stars in (self.xmp, self.exif):
            if stars is not None:
                return max(-1, min(stars, 5))
        for percent in (self.exif_percent, self.microsoft):
            if percent is not None:
                return from_percent(percent)
        return None


def fill_gaps(first: Found, second: Found) -> Found:
    """Return what the first says, and where it says nothing the second; keywords are those of both."""
    names = [field.name for field in fields(Found) if field.name != "keywords"]
    gaps = {name: getattr(second, name) for name in names if getattr(first, name) is None}
    return replace(first, **gaps, keywords=tuple(dict.fromkeys(first.keywords + second.keywords)))


def to_percent(stars: int) -> int | None:
    """Return the percent that Windows keeps for stars, None for -1, which it cannot tell."""
    return PERCENTS[stars] if stars >= 0 else None


def from_percent(percent: int) -> int:
    """Return the stars that Windows shows for a percent."""
    return sum(percent >= least for least in (1, 13, 38, 63, 88))


def to_pick(found: Found) -> Pick | None:
    """Return the pick that a file shows; 0 is none, in both places."""
    number = found.pick or (found.flag or -2) + 2
    return _PICKS[number - 1] if number in (1, 2, 3) else None


def to_pick_label(pick: Pick) -> int:
    """Return what digiKam:PickLabel holds for a pick; xmpDM:pick is two less."""
    return _PICKS.index(pick) + 1
