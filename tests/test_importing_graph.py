"""The graph of an imported network says what the network says: Keras itself where it is there, plain NumPy always."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("h5py")
pytest.importorskip("onnx")
from iqscore.errors import ModelError
from iqscore.importing.graph import build_float, build_int8
from iqscore.importing.keras import read_nima
from iqscore.importing.nima import Conv, Nima
from iqscore.importing.rounding import to_int8
from iqscore.session import OnnxSession
from tests.keras_files import make_layers, make_views, predict, write_flat


@pytest.fixture(scope="module")
def nima(tmp_path_factory: pytest.TempPathFactory) -> Nima:
    return read_nima(write_flat(tmp_path_factory.mktemp("keras") / "nima.h5", make_layers()))


def run(model: bytes, views: NDArray[np.uint8], folder: Path) -> NDArray[np.float32]:
    """Return the histograms of views."""
    file = folder / "model.onnx"
    file.write_bytes(model)
    (histogram,) = OnnxSession(file, "cpu").run(views)
    return histogram


def test_float32_says_what_plain_numpy_says(nima: Nima, tmp_path: Path) -> None:
    expected = predict(make_layers(), make_views())
    assert expected.std(0).max() > 0.05  # else anything would fit
    histogram = run(build_float(nima), make_views(), tmp_path)
    assert histogram.shape == (3, 10)
    assert np.abs(histogram - expected).max() < 1e-4


def test_int8_says_nearly_the_same(nima: Nima, tmp_path: Path) -> None:
    # random weights make a head that shouts; ten of the pooled features, each as it is, tell more
    plain = replace(nima, weights=np.eye(1024, 10, dtype=np.float32), bias=np.zeros(10, np.float32))
    exact, whole = build_float(plain), build_int8(plain)
    assert len(whole) < 0.3 * len(exact)
    features, rough = (np.log(run(model, make_views(), tmp_path)) for model in (exact, whole))
    assert np.corrcoef(features.ravel(), rough.ravel())[0, 1] > 0.9
    assert np.abs(features - rough).mean() < 0.4 * features.std()


def test_the_same_weights_make_the_same_file(nima: Nima) -> None:
    assert build_int8(nima) == build_int8(nima)


def test_keras_itself_says_the_same(tmp_path: Path) -> None:
    keras: Any = pytest.importorskip("keras")
    base = keras.applications.MobileNet(input_shape=(224, 224, 3), weights=None, include_top=False, pooling="avg")
    dense = keras.layers.Dense(10, activation="softmax")
    network = keras.Model(base.inputs, dense(keras.layers.Dropout(0.75)(base.output)))
    mine = iter(make_layers())
    for layer in network.layers:
        if layer.get_weights():
            layer.set_weights(list(next(mine)[1].values()))
    path = tmp_path / "nima.weights.h5"
    network.save_weights(path)
    expected = network.predict(make_views()[:, 0].astype(np.float32) / 127.5 - 1, verbose=0)
    assert np.abs(run(build_float(read_nima(path)), make_views(), tmp_path) - expected).max() < 1e-4


def make_conv(weights: NDArray[np.float32], bias: float = 0.0, groups: int = 1) -> Conv:
    out = len(weights)
    return Conv(
        weights=weights,
        bias=np.full(out, bias, np.float32),
        stride=1,
        groups=groups,
        centre=np.zeros(out, np.float32),
        deviation=np.ones(out, np.float32),
    )


@pytest.mark.parametrize("groups", [1, 5])
def test_rounding_keeps_the_average_output(groups: int) -> None:
    rng = np.random.default_rng(1)
    average = rng.uniform(0, 2, 5)
    conv = make_conv(rng.normal(0, 1, (5, 5 // groups, 3, 3)).astype(np.float32), 0.5, groups)
    whole = to_int8(conv, 6 / 255, average)
    weights = whole.weights * whole.scales[:, None, None, None]
    assert np.abs(whole.weights).max() == 64
    assert np.abs(weights - conv.weights).max() <= whole.scales.max() / 2 + 1e-6
    sums, exact = weights.sum((2, 3)), conv.weights.sum((2, 3))
    shown = sums[:, 0] * average if groups > 1 else sums @ average
    wanted = exact[:, 0] * average if groups > 1 else exact @ average
    assert shown + whole.bias * whole.bias_scales == pytest.approx(wanted + 0.5, abs=1e-3)


def test_a_channel_that_is_switched_off_keeps_its_bias() -> None:
    whole = to_int8(make_conv(np.zeros((2, 3, 1, 1), np.float32), 3.0), 6 / 255, np.ones(3))
    assert whole.bias * whole.bias_scales.astype(np.float64) == pytest.approx([3.0, 3.0])


def test_the_average_after_relu6_is_that_of_a_clipped_normal() -> None:
    centre, deviation = np.array([-9, 0, 1.5, 5, 20], np.float32), np.array([1, 2, 0.7, 3, 1], np.float32)
    drawn = np.random.default_rng(2).normal(centre, deviation, (200_000, 5)).clip(0, 6).mean(0)
    conv = make_conv(np.zeros((5, 3, 1, 1), np.float32))
    told = Conv(conv.weights, conv.bias, conv.stride, conv.groups, centre, deviation).expected
    assert told == pytest.approx(drawn, abs=0.02)


def test_without_onnx_the_advice_is_to_install_it(nima: Nima, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelError, match=r"needs onnx; install it with: pip install 'iqscore\[import\]'"):
        build_int8(nima)
