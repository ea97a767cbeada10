"""A photo stays in its part of a data set for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.datasets.splits import split_of

GOLDEN = {
    "ava/953619": "train",
    "ava/953958": "train",
    "ava/71": "validation",
    "flickr/10004473376": "train",
    "flickr/10007357496": "train",
    "flickr/2780075807": "train",
    "spaq/00001": "train",
    "spaq/00017": "test",
    "folder/img/a.jpg": "train",
    "folder/ü.jpg": "train",
    "": "validation",
}


@pytest.mark.parametrize(("photo_id", "split"), GOLDEN.items())
def test_known_photos_stay_where_they_are(photo_id: str, split: str) -> None:
    assert split_of(photo_id) == split


@given(st.lists(st.text(), unique=True), st.randoms(use_true_random=False))
def test_neither_order_nor_company_moves_a_photo(ids: list[str], random: object) -> None:
    before = {photo: split_of(photo) for photo in ids}
    random.shuffle(ids)  # type: ignore[attr-defined]
    assert {photo: split_of(photo) for photo in ids[: len(ids) // 2 + 1]}.items() <= before.items()


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(["ava/", "flickr/", "folder/img/"]), st.integers(0, 10**9))
def test_the_shares_are_about_80_10_10(space: str, first: int) -> None:
    counts = Counter(split_of(f"{space}{number}") for number in range(first, first + 4000))
    assert counts.keys() == {"train", "validation", "test"}
    # five deviations of a binomial
    assert abs(counts["train"] / 4000 - 0.8) < 0.032
    assert abs(counts["validation"] / 4000 - 0.1) < 0.024


def test_a_name_that_is_not_utf_8_has_a_part() -> None:
    assert split_of(os.fsdecode(b"folder/\xff.jpg")) in ("train", "validation", "test")


def test_another_process_splits_alike() -> None:
    code = "from training.datasets.splits import split_of; print(''.join(split_of(str(i))[0] for i in range(200)))"
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "".join(split_of(str(i))[0] for i in range(200))
