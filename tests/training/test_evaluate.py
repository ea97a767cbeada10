"""Judging shipped models by a table of ratings: which photos count, and by which group."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from training import evaluate

pytestmark = pytest.mark.training


def test_groups_are_columns_or_folders() -> None:
    row = {"file": "ann/2020/a.jpg", "source": "phone"}
    assert evaluate.to_group(row, None) == ""
    assert evaluate.to_group(row, "source") == "phone"
    assert evaluate.to_group(row, "folder") == "ann"


def test_a_line_tells_the_rank_of_each_mark() -> None:
    ratings = np.array([1.0, 2, 3, 4])
    marks = np.column_stack([ratings**3, -ratings, [2.0, 1, 4, 3]])
    assert evaluate.to_line("all", marks, ratings) == "all: 4 photos, aesthetic 1.000, technical -1.000, score 0.600"


def test_photographs_are_judged_all_together_and_by_large_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(evaluate.FEWEST + 3):
        name = f"{'large' if number < evaluate.FEWEST else 'small'}/{number}.png"
        (tmp_path / name).parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8)).resize((96, 64)).save(tmp_path / name)
        rows.append({"file": name, "rating": str(number), "graphic": "0"})
    rows.append({"file": "small/chart.png", "rating": "1", "graphic": "1"})
    rows.append({"file": "small/gone.png", "rating": "1", "graphic": "0"})
    with (tmp_path / "ratings.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    words = ["--photos", str(tmp_path), "--ratings", str(tmp_path / "ratings.csv"), "--group", "folder"]
    monkeypatch.setattr(sys, "argv", ["evaluate", *words])
    evaluate.main()
    told = capsys.readouterr().out.splitlines()
    assert told[0] == f"1 of {evaluate.FEWEST + 4} photos could not be scored"
    assert [line.split(",")[0] for line in (told[1], told[3])] == [
        f"large: {evaluate.FEWEST} photos",
        f"all: {evaluate.FEWEST + 3} photos",
    ]
    assert told[2].startswith("mean of 1 groups: aesthetic ")
