"""The other ways of judging that the recipe is compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("sklearn")
pytest.importorskip("tflite")
from tests.training.backbones import make_backbone
from tests.training.test_train_aesthetic import make_set
from training import beside
from training.aesthetic_set import AestheticSet
from training.beside import average_folds, measure, predict_frozen
from training.photosets import Example, to_histogram
from training.train_aesthetic import RECIPE, Job

pytestmark = pytest.mark.training


def test_measures_rise_with_what_they_measure(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    busy = rng.integers(0, 256, (64, 64, 3)).astype(np.uint8)
    photos = {"grey": np.full_like(busy, 120), "stripes": busy, "red": np.full_like(busy, 0)}
    photos["stripes"] = (
        np.where(np.arange(64)[:, None, None] % 32 < 16, 20, 230).astype(np.uint8).repeat(64, 1).repeat(3, 2)
    )
    photos["red"][..., 0] = 200
    photos["busy"] = busy
    for name, pixels in photos.items():
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    examples = [Example(tmp_path / f"{name}.png", "photos", "x", 5.0, to_histogram(5.0, 1.2)) for name in photos]
    found = {
        key: dict(zip(photos, values, strict=True)) for key, values in measure(AestheticSet(examples, tmp_path)).items()
    }
    assert set(found) == {"colourfulness", "contrast", "saturation"}
    assert found["saturation"]["grey"] == pytest.approx(0)
    assert found["contrast"]["grey"] == pytest.approx(0)
    assert found["saturation"]["red"] == 1
    assert found["contrast"]["stripes"] > 0.35
    assert found["colourfulness"]["busy"] > found["colourfulness"]["stripes"] + 10


def test_frozen_features_predict_without_seeing_the_photo() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((300, 5)).astype(np.float32)
    means = 5 + features[:, 0].astype(np.float64)
    fold = np.arange(300) % 4 - 1
    marks = predict_frozen(features, fold, means)
    assert np.isnan(marks[fold == -1]).all()
    known = fold >= 0
    assert np.corrcoef(marks[known], means[known])[0, 1] > 0.9
    wrong = means.copy()
    wrong[1] = 50
    assert predict_frozen(features, fold, wrong)[1] == marks[1]


def test_a_rank_is_the_mean_of_folds_and_not_of_all() -> None:
    fold = np.array([0, 0, 0, 1, 1, 1, -1])
    means = np.array([1.0, 2, 3, 1, 2, 3, 9])
    marks = np.array([1.0, 2, 3, 30, 20, 10, np.nan])
    known = np.isfinite(marks)
    assert average_folds(marks, means, known, fold) == pytest.approx(0)
    assert average_folds(marks, means, known, np.where(fold == 0, 0, -1)) == pytest.approx(1)
    assert np.isnan(average_folds(marks, means, known & False, fold))


def test_the_table_has_a_row_for_each_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = make_set(tmp_path, 160)
    monkeypatch.setattr(beside, "read_mobilenet", lambda path: make_backbone())
    fold = np.arange(160) % 2
    beside.print_beside(data.means, data, fold < 0, fold, Job(RECIPE, tmp_path), tmp_path / "second", {})
    rows = {row[1]: row[2:-1] for row in (line.split("|") for line in capsys.readouterr().out.splitlines())}
    assert rows[" iqscore "] == [" 1.000 ", " - ", " - "]
    assert rows[" published NIMA, on the full photos "] == [" - "] * 3
    assert -1 <= float(rows[" teacher: three heads on two backbones "][0]) <= 1
    assert len(rows) == 9
