"""Soft targets: what two frozen backbones together say of a photo that they did not learn from.

One rating in two passes is noisy. A teacher with the features of two ImageNet backbones knows more than the one that
is trained, and out of fold it cannot repeat the noise; half its opinion is mixed into each target.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from training.aesthetic_set import AestheticSet
from training.networks import AestheticNet

FOLDS, EPOCHS, BATCH = 5, 10, 64
SECOND_TAPS = (158, 191)
"""Tensors of the second backbone: 768 channels at 1/16, and the 1,280 before its pooling."""


def emd_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Squared earth mover's distance of ten-bin histograms, with r = 2 as in NIMA."""
    difference = torch.cumsum(torch.softmax(logits.float(), 1) - target, 1)
    return difference.pow(2).mean(1).sqrt().mean()


def make_schedule(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the rise and fall of the optimizer's rate over so many steps."""
    rate = optimizer.param_groups[0]["lr"]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.15)


def fit_head(head: nn.Module, features: Tensor, targets: Tensor, recipe: dict[str, float]) -> None:
    """Train `head` on standardised features (photos, n) and histograms (photos, 10)."""
    rng = np.random.default_rng(int(recipe["seed"]))
    optimizer = torch.optim.AdamW(head.parameters(), recipe["head_rate"], weight_decay=recipe["weight_decay"])
    schedule = make_schedule(optimizer, EPOCHS * (len(features) // BATCH))
    head.train()
    for _ in range(EPOCHS):
        order = rng.permutation(len(features))
        for first in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[first : first + BATCH]
            loss = emd_loss(head(features[chosen]), targets[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
    head.eval()


def soften(features: Tensor, histograms: Tensor, recipe: dict[str, float]) -> Tensor:
    """Return histograms (photos, 10) mixed with what teachers that never saw the photo say of it."""
    fold = np.random.default_rng(int(recipe["seed"])).permutation(len(features)) % FOLDS
    standard = (features - features.mean(0)) / (features.std(0) + 1e-3)
    said = torch.zeros_like(histograms)
    for number in range(FOLDS):
        others, held = (torch.from_numpy(np.flatnonzero(flags)) for flags in (fold != number, fold == number))
        torch.manual_seed(number)
        head = _make_head(features.shape[1], recipe["dropout"])
        fit_head(head, standard[others], histograms[others], recipe)
        with torch.inference_mode():
            said[held] = torch.softmax(head(standard[held]), 1)
    return (1 - recipe["soft_share"]) * histograms + recipe["soft_share"] * said


def compute_features(net: AestheticNet, data: AestheticSet) -> Tensor:
    """Return the features (examples, 1536) of the untrained network, computed once for a set."""

    def compute() -> NDArray[np.float32]:
        found = np.zeros((len(data.examples), net.centre.shape[0]), np.float32)
        with torch.inference_mode():
            for part in data.views.split(np.arange(len(data.examples)), 64):
                found[part] = net.features(data.views.plain(part)).numpy()
        return found

    return _keep(data.cache.with_suffix(".first.npy"), compute)


def compute_second(model: Path, data: AestheticSet) -> Tensor:
    """Return square roots of the features (examples, 2048) of MobileNetEdgeTPU 1.0, photo and mirror image averaged.

    The file is `mobilenet_edgetpu_224_1.0_uint8.tflite` of MLCommons' mobile_models (ImageNet, Apache-2.0).
    """

    def compute() -> NDArray[np.float32]:
        look = _open_second(model)
        found = np.zeros((len(data.examples), look(np.zeros((224, 224, 3), np.uint8)).size), np.float32)
        for photo in range(len(found)):
            view = Image.fromarray(np.array(data.views.get(photo, wide=True)))
            pixels = np.asarray(view.resize((224, 224), Image.Resampling.BILINEAR))
            found[photo] = (look(pixels) + look(pixels[:, ::-1])) / 2
        return np.sqrt(np.maximum(found, 0) + 1e-4).astype(np.float32)

    return _keep(data.cache.with_suffix(".second.npy"), compute)


def _make_head(features: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Dropout(dropout), nn.Linear(features, 256), nn.ReLU(), nn.Dropout(dropout), nn.Linear(256, 10)
    )


def _keep(file: Path, compute: Callable[[], NDArray[np.float32]]) -> Tensor:
    if not file.exists():
        np.save(file, compute())
    return torch.from_numpy(np.load(file))


def _open_second(model: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter: Any = Interpreter(
        str(model),
        num_threads=2,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    interpreter.allocate_tensors()
    place = interpreter.get_input_details()[0]["index"]
    details = {tensor["index"]: tensor["quantization"] for tensor in interpreter.get_tensor_details()}

    def look(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        interpreter.set_tensor(place, np.ascontiguousarray(pixels)[None])
        interpreter.invoke()
        pooled = []
        for tap in SECOND_TAPS:
            scale, zero = details[tap]
            pooled.append((interpreter.get_tensor(tap)[0].astype(np.float32) - zero).mean((0, 1)) * scale)
        return np.concatenate(pooled)

    return look
