"""A teacher: heads of several seeds on the frozen features of two backbones, too large to ship, for comparison."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from training.backbone import SameConv
from training.networks import DEVICE, make_head, pool_depths
from training.photosets import MARKS
from training.train_aesthetic import fit_head
from training.views import Index

SEEDS = (7, 8, 9)


def look_at_depths(backbone: nn.Sequential, x: Tensor) -> Tensor:
    """Return features (photos, size), as of `AestheticNet`, before the last step to a smaller size, and of the end."""
    strided = [n for n, layer in enumerate(backbone) if isinstance(layer, SameConv) and layer.conv.stride[0] == 2]
    middle = backbone[: strided[-1]](x)
    return pool_depths(middle, backbone[strided[-1] :](middle))


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
