"""The teacher that the recipe is compared with: features of two backbones, heads that never saw what they judge."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
pytest.importorskip("scipy")
from tests.training.backbones import make_backbone
from tests.training.test_train_aesthetic import make_set
from training.backbone import Residual, SameConv, read_mobilenet
from training.networks import AestheticNet
from training.teacher import look_at_depths, predict_teacher
from training.train_aesthetic import RECIPE, compute_features

pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("ignore")]
SECOND = os.environ.get("IQSCORE_SECOND", "")


def test_features_are_of_the_depths_that_the_recipe_uses() -> None:
    photos = torch.rand((2, 3, 64, 96)) * 2 - 1
    assert torch.allclose(look_at_depths(make_backbone(), photos), AestheticNet(make_backbone()).features(photos))


def test_features_stay_with_their_photo(tmp_path: Path) -> None:
    data = make_set(tmp_path, 14)
    look = partial(look_at_depths, make_backbone())
    found = compute_features(look, data, "second").numpy()
    with torch.inference_mode():
        alone = torch.cat([look(data.views.plain(np.array([n]))) for n in range(14)]).numpy()
    assert found == pytest.approx(alone, abs=1e-4)
    np.save(tmp_path / f"{data.cache.name}.second.npy", found + 1)
    assert compute_features(look, data, "second").numpy() == pytest.approx(found + 1)


def test_a_residual_block_adds_and_a_bottleneck_keeps_what_is_below_zero() -> None:
    convolution = torch.nn.Conv2d(1, 1, 1, bias=False)
    torch.nn.init.constant_(convolution.weight, -8)
    photo = torch.tensor([-1.0, 0.5, 1.0]).reshape(1, 1, 1, 3)
    assert SameConv(convolution)(photo).flatten().tolist() == [6, 0, 0]
    linear = SameConv(convolution, linear=True)
    assert linear(photo).flatten().tolist() == [8, -4, -8]
    assert Residual([linear])(photo).flatten().tolist() == [7, -3.5, -7]


def test_the_teacher_does_not_see_what_it_judges() -> None:
    rng = np.random.default_rng(0)
    features = rng.standard_normal((900, 6)).astype(np.float32)
    places = np.clip(np.round(4.5 + 2 * features[:, 0]), 0, 9).astype(int)
    histograms = torch.eye(10)[places]
    fold = np.arange(900) % 3 - 1
    marks = predict_teacher(features, fold, histograms, RECIPE)
    assert np.isnan(marks[fold == -1]).all()
    known = fold >= 0
    assert np.corrcoef(marks[known], places[known])[0, 1] > 0.8
    lies = histograms.clone()
    lies[fold == 1] = torch.eye(10)[0]
    again = predict_teacher(features, fold, lies, RECIPE)
    assert again[fold == 1] == pytest.approx(marks[fold == 1], abs=1e-6)
    assert again[fold == 0].mean() < marks[fold == 0].mean() - 0.5


@pytest.mark.skipif(not SECOND, reason="set IQSCORE_SECOND to the TensorFlow Lite file of MobileNet V2")
def test_the_published_file_reads() -> None:
    layers = read_mobilenet(Path(SECOND))
    assert sum(isinstance(layer, Residual) for layer in layers) == 10
    assert layers(torch.zeros(1, 3, 224, 224)).shape == (1, 1280, 7, 7)
    assert look_at_depths(layers, torch.zeros(1, 3, 224, 224)).shape == (1, 576 + 1280)
