"""Keras weight files of a NIMA MobileNet with random weights, and what such a network says, worked out in plain NumPy.

Nothing here is shared with `iqscore.importing`: batch norm is not folded, and padding is what Keras's MobileNet does.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.pictures import make_scene

Numbers = NDArray[np.float64]
Layers = list[tuple[str, dict[str, NDArray[np.float32]]]]
"""Name and weights by name of every layer that has weights, in order."""

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1)
WIDTHS = (64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024)


@cache
def make_views() -> NDArray[np.uint8]:
    """Return views (3, 1, 224, 224, 3) of three pictures."""
    return np.stack([np.asarray(make_scene(seed, 224, 224).convert("RGB")) for seed in range(3)])[:, None]


@cache
def make_layers(seed: int = 0) -> Layers:
    """Return a network whose batch norm knows its inputs about as training leaves it, and whose ten bins vary."""
    rng = np.random.default_rng(seed)
    layers: Layers = []
    x = to_pixels(make_views())
    for name, depthwise, shape, stride in list_convs():
        kernel = rng.normal(0, 1, shape)
        z = convolve(x, kernel, stride)
        channels = z.shape[-1]
        norm = {
            "gamma": rng.uniform(0.5, 1.5, channels) * rng.choice([-1, 1], channels),
            "beta": rng.normal(0.5, 0.5, channels),
            "moving_mean": z.mean((0, 1, 2)) + rng.normal(0, 0.05, channels),
            "moving_variance": z.var((0, 1, 2)) * rng.uniform(0.9, 1.1, channels),
        }
        layers.append((name, {"depthwise_kernel" if depthwise else "kernel": kernel.astype(np.float32)}))
        layers.append((f"{name}_bn", {key: value.astype(np.float32) for key, value in norm.items()}))
        x = normalise(z, norm)
    features = x.mean((1, 2))
    weights = rng.normal(0, 1, (1024, 10))
    weights *= 2 / np.std((features - features.mean(0)) @ weights)
    bias = -features.mean(0) @ weights
    layers.append(("dense_1", {"kernel": weights.astype(np.float32), "bias": bias.astype(np.float32)}))
    return layers


def list_convs() -> list[tuple[str, bool, tuple[int, ...], int]]:
    """Return name, whether depthwise, shape of the kernel and stride of every convolution."""
    convs: list[tuple[str, bool, tuple[int, ...], int]] = [("conv1", False, (3, 3, 3, 32), 2)]
    channels = 32
    for block, (stride, width) in enumerate(zip(STRIDES, WIDTHS, strict=True), 1):
        convs.append((f"conv_dw_{block}", True, (3, 3, channels, 1), stride))
        convs.append((f"conv_pw_{block}", False, (1, 1, channels, width), 1))
        channels = width
    return convs


def to_pixels(views: NDArray[np.uint8]) -> Numbers:
    """Return (photos, 224, 224, 3) in -1 … 1."""
    return views[:, 0] / 127.5 - 1


def convolve(x: Numbers, kernel: NDArray[Any], stride: int) -> Numbers:
    """Return the convolution of (photos, height, width, channels) tap for tap; one channel out is depthwise."""
    size = kernel.shape[0]
    if size == 3:  # ZeroPadding2D(((0, 1), (0, 1))) before stride 2, "same" otherwise
        margin = (0, 1) if stride == 2 else (1, 1)
        x = np.pad(x, ((0, 0), margin, margin, (0, 0)))
    height, width = ((side - size) // stride + 1 for side in x.shape[1:3])
    total: Any = 0.0
    for down in range(size):
        for right in range(size):
            seen = x[:, down::stride, right::stride][:, :height, :width]
            tap = kernel[down, right].astype(np.float64)
            total = total + (seen * tap[:, 0] if kernel.shape[-1] == 1 else seen @ tap)
    return np.asarray(total, np.float64)


def normalise(z: Numbers, norm: dict[str, NDArray[Any]]) -> Numbers:
    """Return batch norm, as Keras does it, and ReLU6."""
    gain = norm["gamma"] / np.sqrt(norm["moving_variance"] + 1e-3)
    return np.asarray(np.clip((z - norm["moving_mean"]) * gain + norm["beta"], 0, 6), np.float64)


def predict(layers: Layers, views: NDArray[np.uint8]) -> Numbers:
    """Return histograms (photos, 10)."""
    weights = dict(layers)
    x = to_pixels(views)
    for name, depthwise, _, stride in list_convs():
        kernel = weights[name]["depthwise_kernel" if depthwise else "kernel"]
        x = normalise(convolve(x, kernel, stride), dict(weights[f"{name}_bn"]))
    marks = x.mean((1, 2)) @ weights["dense_1"]["kernel"].astype(np.float64) + weights["dense_1"]["bias"]
    shares = np.exp(marks - marks.max(1, keepdims=True))
    return np.asarray(shares / shares.sum(1, keepdims=True), np.float64)


def write_flat(path: Path, layers: Layers, *, whole: bool = False) -> Path:
    """Write what Keras 2 saves: the weights alone, or the whole model."""
    import h5py

    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if whole else file
        names = ["input_1", "conv1_pad", *(name for name, _ in layers)]
        root.attrs["layer_names"] = [name.encode() for name in names]
        for name in ("input_1", "conv1_pad"):
            root.create_group(name).attrs["weight_names"] = np.zeros(0, "S1")
        for name, weights in layers:
            group = root.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{key}:0".encode() for key in weights]
            for key, values in weights.items():
                group[f"{name}/{key}:0"] = values
    return path


def write_nested(path: Path, layers: Layers) -> Path:
    """Write what Keras 2 saves where MobileNet is one layer of a Sequential: trainable weights come first."""
    import h5py

    *inner, (head, dense) = layers
    named = [(f"{name}/{key}:0", values) for name, weights in inner for key, values in weights.items()]
    named.sort(key=lambda pair: "moving" in pair[0])
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [b"mobilenet_1.00_224", head.encode()]
        for layer, weights in (
            ("mobilenet_1.00_224", named),
            (head, [(f"{head}/{k}:0", v) for k, v in dense.items()]),
        ):
            group = file.create_group(layer)
            group.attrs["weight_names"] = [name.encode() for name, _ in weights]
            for name, values in weights:
                group[name] = values
    return path


def write_numbered(path: Path, layers: Layers) -> Path:
    """Write what Keras 3 saves as `.weights.h5`: classes in place of names, numbers in place of weights' names."""
    import h5py

    counts: dict[str, int] = {}
    with h5py.File(path, "w") as file:
        for _, weights in layers:
            kind = _to_class(set(weights))
            count = counts.get(kind, 0)
            counts[kind] = count + 1
            for number, values in enumerate(weights.values()):
                file[f"layers/{kind}{f'_{count}' if count else ''}/vars/{number}"] = values
        file["layers/dropout/seed_generator/vars/0"] = np.array([1, 2], np.uint32)
        file["optimizer/vars/0"] = np.int64(7)
    return path


def _to_class(names: set[str]) -> str:
    if "gamma" in names:
        return "batch_normalization"
    if "bias" in names:
        return "dense"
    return "conv2d" if "kernel" in names else "depthwise_conv2d"
