"""What is written and what is left alone: people first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.metadata import Found, Rating
from iqscore.metadata.values import to_percent
from iqscore.rating import Decision, Wishes, decide, get_author, says, to_rating, to_stars
from iqscore.records import Edit, Reason
from tests.samples import make_photo

NOTHING = Found()
OURS = Found(xmp=3, exif=3, exif_percent=50, microsoft=50, own=3)
FIVE = Rating(stars=5)


@pytest.mark.parametrize(
    ("found", "author"),
    [
        (NOTHING, "nobody"),
        # cameras write it into every photo
        (Found(xmp=0), "nobody"),
        (Found(exif=0, exif_percent=0), "nobody"),
        (Found(xmp=1), "person"),
        (Found(xmp=-1), "person"),
        (Found(exif=4), "person"),
        (Found(exif_percent=99), "person"),
        (Found(microsoft=25), "person"),
        (Found(xmp=0, exif=4), "person"),
        (OURS, "iqscore"),
        (Found(xmp=3, own=3), "iqscore"),
        (Found(xmp=-1, exif=0, own=-1), "iqscore"),
        # somebody had another word
        (Found(xmp=4, exif=3, exif_percent=50, microsoft=50, own=3), "person"),
        (Found(xmp=3, exif=4, own=3), "person"),
        (Found(xmp=3, exif_percent=75, own=3), "person"),
        (Found(xmp=3, microsoft=1, own=3), "person"),
        (Found(xmp=3, exif=0, own=3), "person"),
        # or took ours away
        (Found(own=3), "person"),
        (Found(xmp=0, own=3), "person"),
        (Found(exif=3, own=3), "person"),
        (Found(xmp=0, own=-1), "person"),
    ],
)
def test_whose_rating_it_is(found: Found, author: str) -> None:
    assert get_author(found) == author


@pytest.mark.parametrize("place", [NOTHING, Found(xmp=0), OURS])
def test_where_no_person_rated_stars_are_written(place: Found) -> None:
    assert decide([place], FIVE) == Decision(FIVE, place.stars, 5)


@pytest.mark.parametrize("places", [[Found(xmp=2)], [NOTHING, Found(xmp=2)], [OURS, Found(exif=2)]])
def test_a_person_in_any_place_is_heard(places: list[Found]) -> None:
    assert decide(places, FIVE) == Decision(None, 2, 2, "rated by a person")
    assert decide(places, FIVE, overwrite=True) == Decision(FIVE, 2, 5)


def test_a_rating_that_a_person_took_away_stays_away() -> None:
    assert decide([Found(own=3)], FIVE) == Decision(None, None, None, "rating removed by a person")
    assert decide([Found(xmp=0, own=3)], FIVE) == Decision(None, 0, 0, "rating removed by a person")


def test_what_was_asked_for_beside_the_stars_is_written_where_these_are_kept() -> None:
    wanted = Rating(stars=5, label="Green", keywords=("iqscore:haze",), score=90.0)
    decision = decide([Found(xmp=2)], wanted)
    left = Rating(label="Green", keywords=("iqscore:haze",), score=90.0)
    edits = (Edit("label", None, "Green"), Edit("keyword", None, "iqscore:haze"))
    assert decision == Decision(left, 2, 2, "rated by a person", edits)


def test_edits_are_what_no_place_said_before() -> None:
    places = [Found(keywords=("x",)), Found(label="Red", flag=-1)]
    wanted = Rating(label="Red", pick="accepted", keywords=("x", "y"))
    edits = (Edit("pick", "rejected", "accepted"), Edit("keyword", None, "y"))
    assert decide(places, wanted, overwrite=True).edits == edits


@pytest.mark.parametrize(
    ("found", "kept"),
    [
        (Found(label="Blue"), {"label"}),
        (Found(label="Green"), {"label"}),
        (Found(label=""), set()),
        (Found(pick=1), {"pick"}),
        (Found(pick=3, flag=1), {"pick"}),
        (Found(pick=0, flag=0), set()),
        (Found(flag=-1), {"pick"}),
        (Found(label="Red", pick=2), {"label", "pick"}),
        # our own earlier ones
        (Found(label="Red", own_label="Red"), set()),
        (Found(pick=1, flag=-1, own_pick=1), set()),
        # which a person changed or took away
        (Found(label="Blue", own_label="Red"), {"label"}),
        (Found(own_label="Red"), {"label"}),
        (Found(pick=2, flag=0, own_pick=1), {"pick"}),
        (Found(pick=1, flag=1, own_pick=1), {"pick"}),
        (Found(own_pick=1), {"pick"}),
    ],
)
def test_labels_and_picks_of_people_stay(found: Found, kept: set[str]) -> None:
    wanted = Rating(stars=5, label="Green", pick="accepted")
    left = decide([NOTHING, found], wanted).rating
    assert left is not None
    assert left.stars == 5
    assert {name for name in ("label", "pick") if getattr(left, name) is None} == kept
    assert decide([found], wanted, overwrite=True).rating == wanted


def test_a_note_tells_what_was_kept() -> None:
    wanted = Rating(stars=5, label="Green", pick="accepted")
    assert decide([Found(label="Red", pick=1)], wanted).note == "label and pick kept"
    assert decide([Found(xmp=1, label="Red")], wanted).note == "rated by a person, label kept"
    assert decide([OURS], wanted).note == ""


numbers = st.none() | st.integers(-1, 5)
percents = st.none() | st.integers(0, 99)
founds = st.builds(Found, xmp=numbers, exif=numbers, exif_percent=percents, microsoft=percents, own=numbers)


@settings(max_examples=300)
@given(st.lists(founds, min_size=1, max_size=3), st.integers(-1, 5))
def test_no_person_is_ever_overruled(places: list[Found], stars: int) -> None:
    decision = decide(places, Rating(stars=stars))
    touched = decision.rating is not None
    for found in places:
        said = {found.xmp, found.exif} - {None, 0} | {value for value in (found.exif_percent, found.microsoft) if value}
        if found.own is None and said:
            assert not touched
    assert touched == (all(get_author(found) != "person" for found in places))


def test_what_a_place_says() -> None:
    assert says(OURS, Rating(stars=3, score=1.0))
    assert not says(OURS, Rating(stars=4))
    # a person's is not ours, also where it is the same
    assert not says(Found(xmp=3), Rating(stars=3))
    assert not says(Found(xmp=3, exif=2, own=3), Rating(stars=3))
    ours = Found(label="Green", own_label="Green", pick=3, flag=1, own_pick=3)
    assert says(ours, Rating(label="Green", pick="accepted"))
    assert not says(ours, Rating(label="Red"))
    assert not says(ours, Rating(pick="pending"))
    assert not says(Found(label="Green"), Rating(label="Green"))
    assert not says(Found(pick=3, flag=1), Rating(pick="accepted"))
    assert says(Found(keywords=("a", "b")), Rating(keywords=("b",)))
    assert not says(Found(keywords=("a",)), Rating(keywords=("b",)))
    assert not says(NOTHING, Rating(stars=0))


def rate(**wishes: Any) -> Rating:
    """Return the rating of a photo of 71.3 with haze."""
    return to_rating(make_photo(stars=4, percentile=88.0), Wishes(**wishes))


def test_what_is_wished_for() -> None:
    assert rate() == Rating(stars=4, score=71.3, model="nima@0123abcd, flaws@4567cdef", defects="haze 0.61")
    everything = rate(what=frozenset(["stars", "label", "pick", "keywords"]), keywords=("mine", "iqscore:haze"))
    assert (everything.label, everything.pick) == ("Green", "accepted")
    assert everything.keywords == ("iqscore:haze", "mine")
    assert rate(what=frozenset(["label"])).stars is None


def test_a_photo_without_defects_says_so() -> None:
    verdict = (Reason("appealing", 0.0, "appealing, nothing wrong"),)
    rating = to_rating(make_photo(reasons=verdict), Wishes(what=frozenset(["keywords"])))
    assert (rating.defects, rating.keywords) == ("none", ())


@pytest.mark.parametrize(
    ("wishes", "changes", "stars"),
    [
        ({}, {"stars": 2}, 2),
        ({"cuts": (35.0, 50.0, 65.0, 80.0)}, {"score": 34.9}, 1),
        ({"cuts": (35.0, 50.0, 65.0, 80.0)}, {"score": 35.0}, 2),
        ({"cuts": (35.0, 50.0, 65.0, 80.0)}, {"score": 49.94}, 2),
        ({"cuts": (35.0, 50.0, 65.0, 80.0)}, {"score": 49.96}, 3),
        ({"cuts": (35.0, 50.0, 65.0, 80.0)}, {"score": 80.0}, 5),
        ({"cuts": (35.0, 50.0, 65.0, 80.0)}, {"score": 80.0, "label": "rejected"}, 1),
        ({"source": "percentile"}, {"percentile": 100.0}, 5),
        ({"source": "percentile"}, {"percentile": 50.0}, 3),
        ({"source": "percentile"}, {"percentile": 9.9}, 1),
        ({"source": "percentile"}, {"percentile": 9.96}, 2),
        ({"source": "percentile", "cuts": (1.0, 2.0, 3.0, 60.0)}, {"percentile": 50.0}, 4),
        ({"source": "percentile"}, {"percentile": 99.0, "label": "rejected"}, 1),
        ({"source": "label"}, {"label": "accepted"}, 5),
        ({"source": "label"}, {"label": "pending"}, 3),
        ({"source": "label"}, {"label": "rejected"}, -1),
    ],
)
def test_where_stars_come_from(wishes: dict[str, Any], changes: dict[str, Any], stars: int) -> None:
    assert to_stars(make_photo(**changes), Wishes(**wishes)) == stars


def test_a_percentile_that_is_not_known_is_no_guess() -> None:
    with pytest.raises(ValueError, match="percentile"):
        to_stars(make_photo(), Wishes(source="percentile"))


@pytest.mark.parametrize("stars", range(6))
def test_what_iqscore_writes_is_known_as_ours(stars: int) -> None:
    percent = to_percent(stars)
    assert get_author(Found(stars, stars, percent, percent, own=stars)) == "iqscore"
