"""Fit the heads of the defect model on features of many spoilt photos; the convolutions stay as they are.

python -m training.fit_defect_heads --pool DIR --pretrained FILE.tflite --weights defects.pt --runs DIR [--only HEAD]

The pool is made with `training.make_defect_pool --features`, by the int8 network that is served: heads learn what it
really sees, and ten times as many photos as every layer could be trained on in the same time. With `--only` one head
is fitted and all else stays as it is in `--weights`, which may be a shipped model then.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from iqscore.records import DEFECTS
from training.backbone import read_mobilenet
from training.networks import COMPOSITION, DEVICE, DefectNet
from training.shipped import load_shipped
from training.train_defects import loss_of, report

RECIPE = {"seed": 3, "epochs": 14, "batch": 96, "rate": 1e-3, "weight_decay": 0.05}
TIMES = {"voted": 6, "marked": 2}
"""How often samples of a kind count: what people said of photos is little."""
CONVOLUTIONS = ("trunk.", "deep.", "colour.")
HEADS = ("tile", "whole", "tilt", "crop", "head")
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Features:
    """All shards in memory: features (samples, FIXED) and (samples, tiles, TILE) in half precision, and targets.

    Targets are those of `to_targets`; `times` is how often each sample is shown in an epoch.
    """

    fixed: Tensor
    tiles: Tensor
    targets: Tensor
    times: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.fixed)


def read_pool(folder: Path) -> Features:
    """Return all samples of the shards in a folder, in the order of their names."""
    files = sorted(folder.glob("*.npz"))
    shards = [np.load(file) for file in files]
    times = [np.full(len(s["technical"]), TIMES.get(f.stem[:-4], 1)) for f, s in zip(files, shards, strict=True)]
    targets = [to_targets(shard["severities"], shard["technical"], shard["tilt"], shard["crop"]) for shard in shards]
    fixed, tiles = (torch.from_numpy(np.concatenate([s[name] for s in shards])) for name in ("fixed", "tiles"))
    return Features(
        fixed,
        tiles,
        torch.from_numpy(np.clip(np.concatenate(targets), 0, 1).astype(np.float32)),
        np.concatenate(times),
    )


def to_targets(severities: Floats, technical: Floats, tilt: Floats, crop: Floats) -> Floats:
    """Return what `DefectNet.judge_parts` should say (samples, 15): how else a tilted photo is framed is not known."""
    severities = severities.copy()
    severities[tilt > 0, COMPOSITION] = np.nan
    return np.column_stack([severities, (technical - 1) / 9, tilt, crop])


def fit(
    net: DefectNet, pool: Features, index: NDArray[np.int64], recipe: dict[str, float], chosen: Sequence[str] = HEADS
) -> DefectNet:
    """Return the network with the chosen heads made anew."""
    torch.manual_seed(int(recipe["seed"]))
    rng = np.random.default_rng(int(recipe["seed"]))
    if set(chosen) == set(HEADS):
        standardise(net, pool, index)
    parts = [getattr(net, name) for name in chosen]
    for layer in (layer for part in parts for layer in part if isinstance(layer, nn.Linear)):
        layer.reset_parameters()
    heads = [parameter for part in parts for parameter in part.parameters()]
    optimizer = torch.optim.AdamW(heads, recipe["rate"], weight_decay=recipe["weight_decay"])
    epochs, batch = int(recipe["epochs"]), int(recipe["batch"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe["rate"], total_steps=epochs * (len(index) // batch), pct_start=0.1
    )
    net.train()
    for epoch in range(epochs):
        order, losses = rng.permutation(index), []
        for first in range(0, len(order) - batch + 1, batch):
            logits, targets = judge(net, pool, order[first : first + batch])
            loss = loss_of(logits, targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(heads, 1.0)
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
        print(f"  epoch {epoch} loss {np.mean(losses):.4f}", flush=True)
    return net.eval()


def standardise(net: DefectNet, pool: Features, index: NDArray[np.int64]) -> None:
    """Set mean and deviation of the features that come in."""
    chosen = index[:: max(1, len(index) // 8000)]
    fixed, tiles = pool.fixed[chosen].float(), pool.tiles[chosen].float().flatten(0, 1)
    for centre, scale, found in (
        (net.fixed_centre, net.fixed_scale, fixed),
        (net.tiles_centre, net.tiles_scale, tiles),
    ):
        centre.copy_(found.mean(0))
        scale.copy_(found.std(0) + 1e-3)


def judge(net: DefectNet, pool: Features, chosen: NDArray[np.int64]) -> tuple[Tensor, Tensor]:
    """Return logits (photos, 15) and targets."""
    fixed, tiles = pool.fixed[chosen].float().to(DEVICE), pool.tiles[chosen].float().to(DEVICE)
    return net.judge_parts(fixed, tiles), pool.targets[chosen].to(DEVICE)


def evaluate(net: DefectNet, pool: Features, index: NDArray[np.int64]) -> None:
    """Print error and correlation of every severity on samples that did not train."""
    with torch.inference_mode():
        parts = [judge(net, pool, part) for part in np.array_split(index, max(1, len(index) // 256))]
    opinion, truth = (torch.cat([part[place] for part in parts]).cpu() for place in (0, 1))
    report(torch.sigmoid(opinion).numpy(), truth.numpy(), (*DEFECTS, "technical", "tilt", "crop"))


def load(pretrained: Path, weights: Path, only: str | None) -> DefectNet:
    """Return the network of a file of weights or of a shipped model, all of it where one head is to be made anew."""
    net = DefectNet(read_mobilenet(pretrained))
    if weights.suffix == ".onnx":
        load_shipped(net, weights, but=only)
        return net
    found = torch.load(weights, map_location="cpu", weights_only=True)
    # heads that are made anew may be of another make in the file
    kept = found if only else {name: found[name] for name in found if name.startswith(CONVOLUTIONS)}
    net.load_state_dict(kept, strict=only is not None)
    return net


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="defects.pt of train_defects, or a shipped model")
    parser.add_argument("--only", choices=HEADS, help="fit this head, keep the others")
    parser.add_argument("--runs", type=Path, required=True)
    for key, value in RECIPE.items():
        parser.add_argument(f"--{key}", type=type(value), default=value)
    args = parser.parse_args()
    args.runs.mkdir(parents=True, exist_ok=True)
    pool = read_pool(args.pool)
    recipe = {key: getattr(args, key) for key in RECIPE}
    print(len(pool), "samples of", len(DEFECTS), "defects", recipe, flush=True)
    kept = np.arange(len(pool)) % 50 == 0
    net = load(args.pretrained, args.weights, args.only)
    index = np.repeat(np.flatnonzero(~kept), pool.times[~kept])
    net = fit(net.to(DEVICE), pool, index, recipe, [args.only] if args.only else HEADS)
    torch.save(net.cpu().state_dict(), args.runs / "defects_heads.pt")
    evaluate(net.to(DEVICE), pool, np.flatnonzero(kept))


if __name__ == "__main__":
    main()
