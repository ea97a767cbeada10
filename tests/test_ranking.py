"""Ranking: places and percentiles within a run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.pipeline import rank_all
from iqscore.records import Outcome
from tests.samples import make_failure, make_photo


def test_photos_are_ranked_best_first() -> None:
    ranked, failures = rank_all(
        [make_photo(name, score=points) for name, points in zip("abcd", (5, 80, 60, 7), strict=True)]
    )
    assert [(photo.path, photo.rank, photo.percentile) for photo in ranked] == [
        ("b", 1, 100),
        ("c", 2, 75),
        ("d", 3, 50),
        ("a", 4, 25),
    ]
    assert failures == []


def test_photos_of_equal_score_differ_in_rank_but_not_in_percentile() -> None:
    photos = [make_photo(name, score=points) for name, points in zip("abcde", (50, 70, 50, 70, 10), strict=True)]
    ranked, _ = rank_all(photos)
    assert [(photo.path, photo.rank, photo.percentile) for photo in ranked] == [
        ("b", 1, 100),
        ("d", 2, 100),
        ("a", 3, 60),
        ("c", 4, 60),
        ("e", 5, 20),
    ]


def test_failures_stand_apart_in_their_order() -> None:
    outcomes: list[Outcome] = [make_failure("y"), make_photo("a", score=1), make_failure("x"), make_photo("b", score=2)]
    ranked, failures = rank_all(iter(outcomes))
    assert [photo.path for photo in ranked] == ["b", "a"]
    assert failures == [outcomes[0], outcomes[2]]
    # failures do not count
    assert [photo.percentile for photo in ranked] == [100, 50]


def test_nothing_to_rank() -> None:
    assert rank_all([]) == ([], [])
    assert rank_all([make_failure()]) == ([], [make_failure()])


@given(st.lists(st.floats(0, 100), min_size=1))
@settings(deadline=None)
def test_any_run_is_ranked(scores: list[float]) -> None:
    ranked, _ = rank_all(make_photo(str(place), score=points) for place, points in enumerate(scores))
    assert [photo.score for photo in ranked] == sorted(scores, reverse=True)
    assert [photo.rank for photo in ranked] == list(range(1, len(scores) + 1))
    for photo in ranked:
        no_better = sum(other <= photo.score for other in scores)
        assert photo.percentile == pytest.approx(100 * no_better / len(scores))
