"""Train the defect model on a pool made by `training.make_defect_pool`.

python -m training.train_defects --pool DIR --pretrained FILE.tflite --runs DIR
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional

from iqscore.records import DEFECTS
from training.backbone import read_mobilenet
from training.checkpoints import Checkpoint
from training.networks import DEVICE, AestheticNet, DefectNet, to_input

TRAINING_TILE = 128  # a part of each tile is enough to learn texture from, at a third of the cost
RECIPE = {"seed": 3, "epochs": 5, "batch": 24, "rate_head": 1e-3, "rate_backbone": 3e-4, "weight_decay": 1e-2}


class Pool:
    """All shards in memory, addressed by sample."""

    def __init__(self, folder: Path) -> None:
        files = sorted(folder.glob("*.npz"))
        found = [np.load(file) for file in files]
        targets = [np.column_stack([shard["severities"], (shard["technical"] - 1) / 9]) for shard in found]
        self.targets = torch.from_numpy(np.clip(np.concatenate(targets), 0, 1).astype(np.float32))
        first = 0
        for place, shard in enumerate(found):
            views = shard["views"]
            if place == 0:
                self.views = np.empty((len(self.targets), *views.shape[1:]), np.uint8)
            # filled in place: two copies of a large pool would not fit into memory
            self.views[first : first + len(views)] = views
            first += len(views)
        self.kind = np.concatenate([[file.stem[:-4]] * len(t) for file, t in zip(files, targets, strict=True)])
        """The kind of each sample, as its shard is named."""

    def __len__(self) -> int:
        return len(self.views)

    def draw(self, index: NDArray[np.int64], rng: np.random.Generator, side: int = 224) -> tuple[Tensor, Tensor]:
        """Return normalised wholes and tiles, flipped at random, of each tile a random square of `side` pixels."""
        views = self.views[index]
        flip = rng.random(len(index)) < 0.5
        views[flip] = views[flip, :, :, ::-1]
        top, left = rng.integers(0, 224 - side + 1, 2)
        parts = views[:, :1], views[:, 1:, top : top + side, left : left + side]
        whole, tiles = (
            to_input(torch.from_numpy(np.ascontiguousarray(part))).to(DEVICE, memory_format=torch.channels_last)
            for part in parts
        )
        return whole, tiles


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of soft severities, plus a squared error that presses on large mistakes; NaN is not known."""
    known = ~torch.isnan(targets)
    logits, targets = logits[known], targets[known]
    entropy = functional.binary_cross_entropy_with_logits(logits, targets)
    return entropy + 4 * functional.mse_loss(torch.sigmoid(logits), targets)


def make_net(pretrained: Path, aesthetic: Path | None, weights: Path | None = None) -> DefectNet:
    """Return the network to start from: ImageNet's backbone, the aesthetic model's, or all of `weights`."""
    backbone = read_mobilenet(pretrained)
    if aesthetic is not None:
        taught = AestheticNet(backbone)
        taught.load_state_dict(torch.load(aesthetic, map_location="cpu", weights_only=True))
        backbone = taught.backbone
    net = DefectNet(backbone)
    if weights is not None:
        net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
    return net.to(DEVICE, memory_format=torch.channels_last)


def train(net: DefectNet, pool: Pool, index: NDArray[np.int64], runs: Path, recipe: dict[str, float]) -> DefectNet:
    """Return the trained network; after a cut it goes on at the last whole epoch."""
    rng = np.random.default_rng(int(recipe["seed"]))
    torch.manual_seed(int(recipe["seed"]))
    epochs, batch = int(recipe["epochs"]), int(recipe["batch"])
    optimizer = make_optimizer(net, recipe)
    rates = [group["lr"] for group in optimizer.param_groups]
    steps = epochs * (len(index) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
    checkpoint = Checkpoint(runs / "defects.ckpt", recipe, rng, net=net, optimizer=optimizer, schedule=schedule)
    net.train()
    for epoch in range(checkpoint.load(), epochs):
        start, losses = time.monotonic(), []
        order = rng.permutation(index)
        for first in range(0, len(order) - batch + 1, batch):
            losses.append(step(net, pool, order[first : first + batch], optimizer, rng))
            schedule.step()
            if len(losses) % 100 == 0:
                print(f"    step {len(losses)} loss {np.mean(losses[-100:]):.4f}", flush=True)
        print(f"  epoch {epoch} loss {np.mean(losses):.4f} {time.monotonic() - start:.0f} s", flush=True)
        checkpoint.save(epoch + 1)
    return net.eval()


def make_optimizer(net: DefectNet, recipe: dict[str, float]) -> torch.optim.Optimizer:
    """Return AdamW with a rate for what was trained before and one for what was not."""
    known = [*net.trunk.parameters(), *net.deep.parameters()]
    new = [p for part in (net.tile, net.whole, net.colour, net.tilt, net.crop, net.head) for p in part.parameters()]
    groups = [{"params": known, "lr": recipe["rate_backbone"]}, {"params": new, "lr": recipe["rate_head"]}]
    return torch.optim.AdamW(groups, weight_decay=recipe["weight_decay"])


def step(
    net: DefectNet, pool: Pool, chosen: NDArray[np.int64], optimizer: torch.optim.Optimizer, rng: np.random.Generator
) -> float:
    """Take one step and return the loss."""
    with torch.autocast(DEVICE.type, torch.bfloat16):
        logits = net(*pool.draw(chosen, rng, TRAINING_TILE))
    loss = loss_of(logits.float(), pool.targets[chosen].to(DEVICE))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    return float(loss.detach())


def evaluate(net: DefectNet, pool: Pool, index: NDArray[np.int64]) -> None:
    """Print the mean absolute error and correlation of every severity on samples that did not train."""
    rng = np.random.default_rng(0)
    with torch.inference_mode():
        parts = np.array_split(index, max(1, len(index) // 32))
        opinion = torch.cat([torch.sigmoid(net(*pool.draw(part, rng))).cpu() for part in parts]).numpy()
    report(opinion, pool.targets[index].numpy())


def report(
    opinion: NDArray[np.float32], truth: NDArray[np.float32], names: Sequence[str] = (*DEFECTS, "technical")
) -> None:
    """Print error and correlation of severities and technical mark (samples, names), NaN where not known."""
    for place, name in enumerate(names):
        known = np.isfinite(truth[:, place])
        marks, real = opinion[known, place], truth[known, place]
        present = real > 0.05
        order = spearmanr(marks[present], real[present]).statistic
        error, straight = np.abs(marks - real).mean(), np.corrcoef(marks, real)[0, 1]
        print(f"  {name:16} error {error:.3f} r {straight:.3f} order where present {order:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--aesthetic", type=Path, help="weights of train_aesthetic to start from: two-stage transfer")
    parser.add_argument("--weights", type=Path, help="defects.pt to go on from, with a pool of your own for example")
    parser.add_argument("--runs", type=Path, required=True)
    for key, value in RECIPE.items():
        parser.add_argument(f"--{key}", type=type(value), default=value)
    args = parser.parse_args()
    args.runs.mkdir(parents=True, exist_ok=True)
    pool = Pool(args.pool)
    recipe = {key: getattr(args, key) for key in RECIPE}
    print(len(pool), "samples", recipe, flush=True)
    kept = np.arange(len(pool)) % 50 == 0
    net = make_net(args.pretrained, args.aesthetic, args.weights)
    net = train(net, pool, np.flatnonzero(~kept), args.runs, recipe)
    torch.save(net.state_dict(), args.runs / "defects.pt")
    evaluate(net, pool, np.flatnonzero(kept))


if __name__ == "__main__":
    main()
