"""Made-up results, for tests of what shows and writes them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from iqscore.records import DEFECTS, Aesthetic, Failure, PhotoScore, Reason, Summary, Technical

_PHOTO = PhotoScore(
    path="a/b.jpg",
    score=71.3456,
    label="accepted",
    stars=4,
    aesthetic=Aesthetic(
        mean=6.1234, spread=1.4049, histogram=(0.012345, 0.02, 0.05, 0.1, 0.17, 0.25, 0.2, 0.12, 0.06, 0.017655)
    ),
    technical=Technical(mean=7.4),
    defects={name: 0.61234 if name == "haze" else 0.02 for name in DEFECTS},
    reasons=(Reason(code="haze", severity=0.61234, text="hazy"),),
    width=6000,
    height=4000,
    format="JPEG",
    models={"aesthetic": "nima@0123abcd", "defects": "flaws@4567cdef"},
)


def make_photo(path: str = "a/b.jpg", **changes: Any) -> PhotoScore:
    """Return a plausible PhotoScore, with fields changed."""
    return replace(_PHOTO, path=path, **changes)


def make_reasons(*texts: str) -> tuple[Reason, ...]:
    """Return reasons with these texts, gravest first."""
    return tuple(Reason(code="haze", severity=0.9 - 0.1 * n, text=text) for n, text in enumerate(texts))


def make_failure(path: str = "c.jpg", code: str = "truncated", message: str = "cut short") -> Failure:
    """Return a Failure."""
    return Failure(path=path, code=code, message=message)


def make_summary(**changes: Any) -> Summary:
    """Return the summary of a middling run, with fields changed."""
    summary = Summary(
        photos=1204, scored=1201, failed=3, accepted=311, pending=820, rejected=70, seconds=41.234, interrupted=False
    )
    return replace(summary, **changes)
