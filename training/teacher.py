"""A teacher: heads of several seeds on the frozen features of two backbones, too large to ship, for comparison."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.aesthetic_set import AestheticSet
from training.backbone import SameConv
from training.networks import DEVICE, make_head
from training.photosets import MARKS
from training.train_aesthetic import fit_head
from training.views import Index

SEEDS = (7, 8, 9)


def pool_depths(backbone: nn.Sequential, x: Tensor) -> Tensor:
    """Return square roots of pooled features (photos, size) before the last step to a smaller size, and of the end."""
    strided = [n for n, layer in enumerate(backbone) if isinstance(layer, SameConv) and layer.conv.stride[0] == 2]
    middle = backbone[: strided[-1]](x)
    pooled = torch.cat((middle.mean((2, 3)), backbone[strided[-1] :](middle).mean((2, 3))), 1)
    # linear bottlenecks may be below 0
    return torch.sqrt(torch.relu(pooled) + 1e-4)


def compute_depths(backbone: nn.Sequential, data: AestheticSet, name: str) -> NDArray[np.float32]:
    """Return features (examples, size) of all photos, computed once for a set."""
    file: Path = data.cache.with_suffix(f".{name}.npy")
    if not file.exists():
        backbone = backbone.to(DEVICE, memory_format=torch.channels_last)
        parts = data.views.split(np.arange(len(data.examples)), 64)
        with torch.inference_mode():
            found = torch.cat([pool_depths(backbone, data.views.plain(part)).cpu() for part in parts]).numpy()
        np.save(file, found[np.argsort(np.concatenate(parts))])
    features: NDArray[np.float32] = np.load(file)
    return features


def predict_teacher(
    features: NDArray[np.float32], fold: Index, histograms: Tensor, recipe: dict[str, float]
) -> NDArray[np.float64]:
    """Return mean marks (examples,) of heads on all features, each photo's own fold left out; NaN where fold is -1."""
    marks = np.full(len(fold), np.nan)
    for number in range(int(fold.max()) + 1):
        held, taught = fold == number, fold != number
        centre, scale = features[taught].mean(0), features[taught].std(0) + 1e-3
        known = torch.from_numpy((features - centre) / scale).to(DEVICE)
        said = [_predict_one(known, taught, held, histograms.to(DEVICE), recipe | {"seed": seed}) for seed in SEEDS]
        marks[held] = np.mean(said, 0) @ MARKS
    return marks


def _predict_one(
    known: Tensor, taught: NDArray[np.bool_], held: NDArray[np.bool_], histograms: Tensor, recipe: dict[str, float]
) -> NDArray[np.float64]:
    torch.manual_seed(int(recipe["seed"]))
    head = make_head(known.shape[1], recipe["dropout"]).to(DEVICE)
    fit_head(head, known[taught], histograms[taught], recipe)
    with torch.inference_mode():
        found: NDArray[np.float64] = torch.softmax(head.eval()(known[held]), 1).cpu().double().numpy()
    return found
