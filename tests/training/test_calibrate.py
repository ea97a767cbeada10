"""Calibration: the scale is that of the pool, and the cut points are those that are shipped."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from iqscore.cards import find_models_folder, load_cards
from iqscore.opinion import load_calibration
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from training import calibrate
from training.photosets import Example, to_histogram

pytestmark = pytest.mark.training
COUNT = 21


def make_pool(folder: Path) -> list[Example]:
    """Write noise of several sizes and brightnesses, and a tile that is not of the pool."""
    rng = np.random.default_rng(0)
    examples = []
    for number in range(COUNT + 1):
        path = folder / f"{number}.png"
        grain = rng.integers(0, 80 + 8 * number, (3 + number % 5, 4, 3)).astype(np.uint8)
        Image.fromarray(grain).resize((120, 90)).save(path)
        domain = "tiles" if number == COUNT else "photos"
        examples.append(Example(path, domain, "x", 5.0, to_histogram(5.0, 1.2)))
    return examples


def test_scores_are_shares_of_the_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    shutil.copytree(find_models_folder(), models)
    examples = make_pool(tmp_path)
    monkeypatch.setattr(calibrate, "find_examples", lambda *folders: iter(examples))
    monkeypatch.setattr(sys, "argv", ["calibrate", "--data", str(tmp_path), "--models", str(models)])
    calibrate.main()
    written = json.loads((models / "calibration.json").read_text(encoding="utf-8"))
    assert written["reference_pool"].startswith(f"{COUNT} photos: ")
    assert written["made_with"] == {card.role: card.identity for card in load_cards(models)}
    scorer = open_scorer("cpu", models=models)
    outcomes = [scorer.score(str(example.path)) for example in examples[:-1]]
    scores = np.array([outcome.score for outcome in outcomes if isinstance(outcome, PhotoScore)])
    assert len(scores) == COUNT
    assert np.median(scores) == pytest.approx(50, abs=0.1)
    assert np.percentile(scores, 75) == pytest.approx(75, abs=0.5)


def test_the_shipped_cut_points_are_those_of_training() -> None:
    shipped = json.loads((find_models_folder() / "calibration.json").read_text(encoding="utf-8"))["calibration"]
    assert {name: shipped[name] for name in calibrate.CHOICES} == calibrate.CHOICES
    assert load_calibration(find_models_folder()).score[1:-1] == calibrate.SHARES
