"""The only file that knows h5py: reads the weights of a NIMA MobileNet that Keras wrote.

Three layouts: the weight file of Keras 1 and 2 (`layer_names` says what is there), the whole model of the same
(`model_weights` holds that), and the `.weights.h5` of Keras 3 (`layers/NAME/vars/N`). Names of layers differ from
one trainer to the next, so weights are told by kind and by their order, which is the order of the layers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from iqscore.errors import ModelError
from iqscore.importing.nima import BLOCKS, MARKS, Array, BatchNorm, Nima, fold, list_kernels

NORM = ("gamma", "beta", "moving_mean", "moving_variance")
Found = dict[str, list[Any]]
"""Data sets of each kind: those of NORM, "depthwise", "full" (all other convolutions), "dense" and "bias"."""


def read_nima(path: Path) -> Nima:
    """Return the network of a Keras weight file; ModelError says in what the file is none."""
    h5py = _import_h5py()
    if not path.exists():
        raise ModelError(f"{path}: no such file")
    if not path.is_file() or not h5py.is_hdf5(path):
        raise ModelError(f"{path}: not an HDF5 file; give the weights that Keras saved (.hdf5, .h5)")
    try:
        with h5py.File(path, "r") as file:
            return _to_nima(_find_weights(h5py, file))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelError(f"{path}: cannot be read, perhaps cut short ({reason})") from error


def _import_h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise ModelError("importing a model needs h5py; install it with: pip install 'iqscore[import]'") from error
    return h5py


def _find_weights(h5py: Any, file: Any) -> Found:
    root = file.get("model_weights", file)
    if "layer_names" in root.attrs:
        named = list(_find_named(root))
    elif "layers" in file:
        named = list(_find_numbered(h5py, file["layers"]))
    else:
        raise ModelError("no Keras weights in it; give the weights that Keras saved (.hdf5, .h5)")
    found: Found = {kind: [] for kind in (*NORM, "depthwise", "full", "dense", "bias")}
    for name, data in named:
        kind = _to_kind(name, data.shape)
        if kind in found:
            found[kind].append(data)
    return found


def _find_named(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and data of every weight, from the lists of names that Keras 1 and 2 keep."""
    for layer in root.attrs["layer_names"]:
        group = root[layer]
        for name in group.attrs["weight_names"]:
            text = name.decode("utf-8") if isinstance(name, bytes) else str(name)
            yield text.rpartition("/")[2].partition(":")[0], group[name]


def _find_numbered(h5py: Any, layers: Any) -> Iterator[tuple[str, Any]]:
    """Yield name and data of every weight of a Keras 3 file, which has numbers in place of names."""
    data: list[tuple[str, Any]] = []
    # a callback that returned something would end the visit
    layers.visititems(lambda name, item: data.append((name, item)) if isinstance(item, h5py.Dataset) else None)
    places = sorted((_to_place(name), name, item) for name, item in data if "/vars/" in name)
    for _, layer in groupby(places, key=lambda entry: entry[0][:2]):
        weights = [item for _, _, item in layer]
        if len(weights) > 1 or weights[0].ndim > 1:  # the rest are random seeds of dropout
            yield from zip(NORM if len(weights) == len(NORM) else ("kernel", "bias"), weights, strict=False)


def _to_place(name: str) -> tuple[tuple[int, ...], str, int]:
    """Return where a weight stands: numbers and name of its layer (`conv2d_10` after `conv2d_9`), number in it."""
    layer, _, number = name.rpartition("/vars/")
    layer = layer.replace("conv2d", "conv")
    return tuple(int(digits) for digits in re.findall(r"\d+", layer)), re.sub(r"\d+", "", layer), int(number)


def _to_kind(name: str, shape: tuple[int, ...]) -> str:
    if name in ("kernel", "depthwise_kernel"):
        return "dense" if len(shape) == 2 else "depthwise" if shape[-1:] == (1,) else "full"
    return name


def _to_nima(found: Found) -> Nima:
    kernels = list_kernels()
    for kind, count in _count_kinds().items():
        if len(found[kind]) != count:
            raise ModelError(f"not a NIMA MobileNet ({kind} weights: {len(found[kind])}, wanted {count})")
    queues = {kind: iter(data) for kind, data in found.items()}
    convs = []
    for shape, stride in kernels:
        kernel = _read(next(queues["depthwise" if shape[-1] == 1 else "full"]), shape)
        channels = shape[2] if shape[-1] == 1 else shape[3]
        norm = BatchNorm(*(_read(next(queues[kind]), (channels,)) for kind in NORM))
        if norm.variance.min() < 0:
            raise ModelError("not a NIMA MobileNet (a variance is below zero)")
        convs.append(fold(kernel, norm, stride))
    return Nima(
        convs=tuple(convs),
        weights=_read(next(queues["dense"]), (BLOCKS[-1][0], MARKS)),
        bias=_read(next(queues["bias"]), (MARKS,)),
    )


def _count_kinds() -> dict[str, int]:
    """Return how many weights of each kind there must be."""
    pairs = len(BLOCKS)
    return {"depthwise": pairs, "full": 1 + pairs, **dict.fromkeys(NORM, 1 + 2 * pairs), "dense": 1, "bias": 1}


def _read(data: Any, shape: tuple[int, ...]) -> Array:
    """Return a weight; ModelError where it has another shape, before anything is read, or is not finite."""
    if data.shape != shape:
        raise ModelError(f"not a NIMA MobileNet of full width (a weight {data.shape}, wanted {shape})")
    values = np.asarray(data[()], np.float32)
    if not np.isfinite(values).all():
        raise ModelError("a weight is not a finite number")
    return values
