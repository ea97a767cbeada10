"""Sorting: every key of --sort."""

from __future__ import annotations

from typing import Any

import pytest

from iqscore.records import DEFECT_GROUPS, DEFECTS, Aesthetic, PhotoScore, Technical
from iqscore.sorting import SORT_KEYS, sort_photos
from tests.samples import make_photo


def make_defects(**severities: float) -> dict[str, float]:
    return dict.fromkeys(DEFECTS, 0.0) | severities


def sorted_paths(key: str | None, *photos: PhotoScore) -> str:
    return " ".join(photo.path for photo in sort_photos(photos, key))


def test_without_a_key_photos_stay_as_they_are() -> None:
    assert sorted_paths(None, make_photo("b", score=1.0), make_photo("a", score=9.0)) == "b a"


def make_marked(key: str, value: float) -> PhotoScore:
    """Return a photo named after a value, which its mark or defect has."""
    changes: dict[str, dict[str, Any]] = {
        "score": {"score": value},
        "aesthetic": {"aesthetic": Aesthetic(mean=value, spread=1 - value, histogram=(0.1,) * 10)},
        "technical": {"technical": Technical(value)},
    }
    return make_photo(str(value), **changes.get(key, {"defects": make_defects(**{key: value})}))


@pytest.mark.parametrize("key", ["score", "aesthetic", "technical", *DEFECTS])
def test_marks_come_best_first_and_defects_worst_first(key: str) -> None:
    assert sorted_paths(key, *(make_marked(key, value) for value in (0.2, 0.9, 0.3, 0.0))) == "0.9 0.3 0.2 0.0"


@pytest.mark.parametrize(("group", "one", "other"), [(group, *names) for group, names in DEFECT_GROUPS.items()])
def test_of_a_group_the_worse_counts(group: str, one: str, other: str) -> None:
    photos = [
        make_photo("both", defects=make_defects(**{one: 0.3, other: 0.3})),
        make_photo("one", defects=make_defects(**{one: 0.5})),
        make_photo("other", defects=make_defects(**{other: 0.4})),
        make_photo("none", defects=make_defects(composition=1.0)),
    ]
    assert sorted_paths(group, *photos) == "one other both none"


def test_of_any_the_worst_counts() -> None:
    severities = {"underexposure": 0.2, "haze": 0.5, "composition": 0.4, "noise": 0.3}
    photos = [make_photo(name, defects=make_defects(**{name: value})) for name, value in severities.items()]
    assert sorted_paths("any", *photos) == "haze composition noise underexposure"


def test_every_key_sorts() -> None:
    photos = [make_photo("b"), make_photo("a")]
    for key in SORT_KEYS:
        # equal photos keep their order, but for those keys that look at the path
        assert sorted_paths(key, *photos) == ("a b" if key in {"path", "taken"} else "b a")


def test_paths_come_in_the_order_of_their_bytes() -> None:
    photos = [make_photo(path) for path in ("b", "\udcff", "é", "a/b", "B", "😀", "a")]
    assert [photo.path for photo in sort_photos(photos, "path")] == ["B", "a", "a/b", "b", "é", "😀", "\udcff"]


def test_every_order_can_be_turned_round() -> None:
    photos = [make_photo("a", score=1.0), make_photo("b", score=3.0), make_photo("c", score=2.0)]
    assert [photo.path for photo in sort_photos(photos, "score", reverse=True)] == ["a", "c", "b"]
    assert [photo.path for photo in sort_photos(photos, None, reverse=True)] == ["c", "b", "a"]


def test_times_rise_and_photos_without_one_come_last() -> None:
    photos = [
        make_photo("z"),
        make_photo("late", taken="2026-05-04T10:00:01"),
        make_photo("y"),
        make_photo("b", taken="2026-05-04T10:00:00"),
        make_photo("a", taken="2026-05-04T10:00:00"),
        make_photo("early", taken="1999-12-31T23:59:59"),
    ]
    assert sorted_paths("taken", *photos) == "early a b late y z"
