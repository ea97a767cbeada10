"""The other ways of judging that the recipe is compared with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("sklearn")
from training.aesthetic_set import AestheticSet
from training.beside import measure, predict_frozen
from training.photosets import Example, to_histogram

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
