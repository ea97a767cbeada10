"""The aesthetic model can be trained on public data sets, with or without the project's own photos."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("scipy")

from tests.training.test_datasets import put, put_photos
from training.datasets import split_of
from training.train_aesthetic import RECIPE, add_arguments, load_job


def parse(tmp_path: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["--pretrained", "x.tflite", "--runs", str(tmp_path / "runs"), *words])


def test_data_sets_are_examples_too(tmp_path: Path) -> None:
    words = []
    for name, mark in (("one", 3), ("two", 8)):
        put(tmp_path / name / "ratings.csv", "file,rating", *(f"{number}.jpg,{mark}" for number in range(6)))
        put_photos(tmp_path / name, *(f"{number}.jpg" for number in range(6)))
        words += ["--dataset", f"folder={tmp_path / name}"]
    train = sum(split_of(f"folder/{number}.jpg") == "train" for number in range(6))
    data, job = load_job(parse(tmp_path, *words))
    assert job.recipe == RECIPE
    assert 0 < train < 6
    assert data.means.tolist() == [3] * train + [8] * train
    assert data.source.tolist() == ["one"] * train + ["two"] * train
    assert not data.tile.any()


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="give --data or --dataset"):
        load_job(parse(tmp_path))
