"""Keras weight files: every layout is read the same, and what is no NIMA MobileNet is told in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from iqscore.errors import ModelError
from tests.keras_files import Layers, make_layers, write_flat, write_nested, write_numbered

h5py: Any = pytest.importorskip("h5py")
from iqscore.importing.keras import read_nima  # noqa: E402 - only where h5py is


def to_trouble(path: Path) -> str:
    """Return what is said of a file, without its path."""
    with pytest.raises(ModelError) as caught:
        read_nima(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    return text.removeprefix(f"{path}: ")


def change(layer: str, **weights: Any) -> Layers:
    """Return layers with one changed; a weight of None is left out, a layer without weights too."""
    changed = []
    for name, old in make_layers():
        new = {key: value for key, value in (old | weights if name == layer else old).items() if value is not None}
        changed += [(name, new)] if new else []
    return changed


@pytest.mark.parametrize("write", [write_flat, write_nested, write_numbered])
def test_every_layout_says_the_same(write: Callable[[Path, Layers], Path], tmp_path: Path) -> None:
    one = read_nima(write(tmp_path / "a.h5", make_layers()))
    other = read_nima(write_flat(tmp_path / "b.hdf5", make_layers(), whole=True))
    assert len(one.convs) == 27
    for first, second in zip(one.convs, other.convs, strict=True):
        assert np.array_equal(first.weights, second.weights)
        assert np.array_equal(first.bias, second.bias)
        assert (first.stride, first.groups) == (second.stride, second.groups)
    assert np.array_equal(one.weights, other.weights)
    assert np.array_equal(one.bias, other.bias)


def test_layers_may_have_any_name(tmp_path: Path) -> None:
    renamed = [(f"x{name}_7", weights) for name, weights in make_layers()]
    assert len(read_nima(write_flat(tmp_path / "a.h5", renamed)).convs) == 27


def test_files_that_are_no_weights(tmp_path: Path) -> None:
    assert to_trouble(tmp_path / "gone.h5") == "no such file"
    assert "not an HDF5 file" in to_trouble(tmp_path)
    (tmp_path / "text.h5").write_text("weights")
    assert "not an HDF5 file" in to_trouble(tmp_path / "text.h5")
    (tmp_path / "empty.h5").touch()
    assert "not an HDF5 file" in to_trouble(tmp_path / "empty.h5")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["data"] = np.zeros(3)
    assert "no Keras weights in it" in to_trouble(tmp_path / "other.h5")


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.99])
def test_a_file_cut_short(share: float, tmp_path: Path) -> None:
    whole = write_flat(tmp_path / "whole.h5", make_layers()).read_bytes()
    cut = tmp_path / "cut.h5"
    cut.write_bytes(whole[: int(len(whole) * share)])
    assert "cut short" in to_trouble(cut)


@pytest.mark.parametrize(
    ("layer", "weights", "told"),
    [
        ("dense_1", {"bias": None}, "bias weights: 0, wanted 1"),
        ("dense_1", {"kernel": np.zeros((1024, 5), np.float32)}, "(1024, 5), wanted (1024, 10)"),
        ("dense_1", {"bias": np.full(10, np.nan, np.float32)}, "not a finite number"),
        ("conv_pw_13", {"kernel": None}, "full weights: 13, wanted 14"),
        ("conv_dw_2", {"depthwise_kernel": None}, "depthwise weights: 12, wanted 13"),
        ("conv_dw_2", {"depthwise_kernel": np.zeros((5, 5, 64, 1), np.float32)}, "(5, 5, 64, 1), wanted (3, 3, 64, 1)"),
        ("conv1_bn", {"gamma": None}, "gamma weights: 26, wanted 27"),
        ("conv1_bn", {"beta": np.zeros(16, np.float32)}, "(16,), wanted (32,)"),
        ("conv1_bn", {"moving_variance": np.full(32, -1, np.float32)}, "below zero"),
        ("conv1", {"kernel": np.zeros((3, 3, 3, 16), np.float32)}, "(3, 3, 3, 16), wanted (3, 3, 3, 32)"),
        ("conv1", {"bias": np.zeros(32, np.float32)}, "bias weights: 2, wanted 1"),
    ],
)
def test_another_architecture(layer: str, weights: dict[str, Any], told: str, tmp_path: Path) -> None:
    assert told in to_trouble(write_flat(tmp_path / "a.h5", change(layer, **weights)))


def test_a_huge_weight_is_told_before_it_is_read(tmp_path: Path) -> None:
    path = write_flat(tmp_path / "a.h5", make_layers())
    with h5py.File(path, "r+") as file:
        del file["conv1/conv1/kernel:0"]
        file["conv1"].create_dataset("conv1/kernel:0", (1 << 20, 1 << 20, 3, 32), "f4", chunks=True)
    assert "wanted (3, 3, 3, 32)" in to_trouble(path)


@pytest.mark.parametrize("names", [["conv1", "gone"], [b"\xff"], [], 7])
def test_lists_of_names_that_lie(names: Any, tmp_path: Path) -> None:
    path = write_flat(tmp_path / "a.h5", make_layers())
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = names
    to_trouble(path)


def test_a_group_where_a_weight_should_be(tmp_path: Path) -> None:
    path = write_flat(tmp_path / "a.h5", make_layers())
    with h5py.File(path, "r+") as file:
        del file["conv1/conv1/kernel:0"]
        file["conv1"].create_group("conv1/kernel:0")
    to_trouble(path)


def test_without_h5py_the_advice_is_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ModelError, match=r"needs h5py; install it with: pip install 'iqscore\[import\]'"):
        read_nima(tmp_path / "a.h5")
