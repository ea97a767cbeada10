"""Ratings and votes become histograms that keep their mean."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.photosets import MARKS, find_examples, read_published, to_histogram

VIEW = "file,rating,rating_1,rating_2,graphic\nimg/wall_photos_0001.jpg,7,6.5,7.5,0\nimg/sketch_02.jpg,3,3,3,1\n"
TILES = (
    "file,source_set,mos_1,mos_2,mos_3,mos_4,mos_5,nima_aesthetic_pred\n"
    "tiles/a.png,koniq,0,0,1,0,0,4.5\ntiles/b.png,ava,1,0,0,0,1,\n"
)


@given(mean=st.floats(1.3, 9.7), spread=st.floats(0.8, 2.5))
def test_a_histogram_has_the_mean_of_the_rating(mean: float, spread: float) -> None:
    histogram = to_histogram(mean, spread)
    assert histogram @ MARKS == pytest.approx(mean, abs=1e-6)
    assert histogram.sum() == pytest.approx(1)
    assert (histogram >= 0).all()


@given(mean=st.floats(1, 10), spread=st.floats(0, 0.8))
def test_a_rating_that_all_agree_on_is_a_histogram_too(mean: float, spread: float) -> None:
    histogram = to_histogram(mean, spread)
    assert histogram.sum() == pytest.approx(1)
    assert histogram @ MARKS == pytest.approx(mean, abs=0.5)


def test_a_wider_spread_is_a_flatter_histogram() -> None:
    assert to_histogram(5.5, 2.0).max() < to_histogram(5.5, 1.0).max()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for name, text in (("photos_small", VIEW.splitlines()[0]), ("photos_view", VIEW), ("rated_tiles", TILES)):
        (tmp_path / name).mkdir()
        table = "labels.csv" if name == "rated_tiles" else "ratings.csv"
        (tmp_path / name / table).write_text(text, encoding="utf-8")
    return tmp_path


def test_examples_are_photographs_and_tiles(data: Path) -> None:
    photo, *tiles = find_examples(data, None)
    assert (photo.path.name, photo.domain, photo.source, photo.mean) == (
        "wall_photos_0001.jpg", "photos", "wall_photos", 7.0,
    )  # fmt: skip
    assert photo.histogram @ MARKS == pytest.approx(7, abs=1e-6)
    assert [tile.source for tile in tiles] == ["koniq", "ava"]


def test_five_stars_are_stretched_to_ten_marks(data: Path) -> None:
    _, three_stars, split = find_examples(data, None)
    assert three_stars.mean == pytest.approx(5.5)
    assert split.histogram.tolist() == [0.5, *[0.0] * 8, 0.5]
    assert np.count_nonzero(three_stars.histogram) == 2


def test_published_marks_where_they_are_known(data: Path) -> None:
    assert read_published(data) == {"a.png": 4.5}
