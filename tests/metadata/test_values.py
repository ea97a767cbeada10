"""What is written and what is found."""

from __future__ import annotations

import math
from typing import Any

import pytest

from iqscore.metadata.values import Found, Rating, fill_gaps, from_percent, to_percent, to_pick_label


def test_percents_are_those_of_windows() -> None:
    assert [to_percent(stars) for stars in range(-1, 6)] == [None, 0, 1, 25, 50, 75, 99]
    assert [from_percent(to_percent(stars) or 0) for stars in range(6)] == list(range(6))
    assert [from_percent(percent) for percent in (-5, 12, 13, 60, 100, 999)] == [0, 1, 2, 3, 5, 5]


@pytest.mark.parametrize(
    ("found", "stars"),
    [
        (Found(), None),
        (Found(xmp=2, exif=3, exif_percent=75), 2),
        (Found(exif=3, exif_percent=75), 3),
        (Found(exif_percent=75, microsoft=1), 4),
        (Found(microsoft=99), 5),
        (Found(xmp=0, exif=3), 0),
        (Found(xmp=-7), -1),
        (Found(xmp=60), 5),
        (Found(own=4, label="Red"), None),
    ],
)
def test_stars_are_what_most_programs_show(found: Found, stars: int | None) -> None:
    assert found.stars == stars


def test_picks_are_those_of_digikam() -> None:
    assert [to_pick_label(pick) for pick in ("rejected", "pending", "accepted")] == [1, 2, 3]


@pytest.mark.parametrize(
    "values",
    [
        {"stars": 6},
        {"stars": -2},
        {"pick": "perhaps"},
        {"score": math.nan},
        {"label": ""},
        {"model": " \n"},
        {"defects": "a\0b"},
        {"keywords": ("good", "\ud800")},
        {"keywords": ("\ufffe",)},
    ],
)
def test_what_no_metadata_can_hold_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Rating(**values)


def test_the_first_that_says_something_is_believed() -> None:
    first, second = Found(xmp=0, label="", keywords=("a",)), Found(xmp=3, exif=4, label="Red", keywords=("b", "a"))
    assert fill_gaps(first, second) == Found(xmp=0, exif=4, label="", keywords=("a", "b"))
