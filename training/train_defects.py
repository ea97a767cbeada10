"""Train the defect model on a pool made by `training.make_defect_pool`.

python -m training.train_defects --pool DIR --pretrained FILE.tflite --runs DIR
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from iqscore.records import DEFECTS
from training.backbone import read_mobilenet_v1
from training.networks import DefectNet, to_input

TRAINING_TILE = 128  # a part of each tile is enough to learn texture from, at a third of the cost
RECIPE = {"seed": 3, "epochs": 5, "batch": 24, "rate_head": 1e-3, "rate_backbone": 3e-4, "weight_decay": 1e-2}


class Pool:
    """All shards in memory, addressed by sample."""

    def __init__(self, folder: Path) -> None:
        files = sorted(folder.glob("shard_*.npz"))
        targets = []
        for place, file in enumerate(files):
            shard = np.load(file)
            views = shard["views"]
            if place == 0:
                self.views = np.empty((len(files) * len(views), *views.shape[1:]), np.uint8)
            # filled in place: two copies of a large pool would not fit into memory
            self.views[place * len(views) : (place + 1) * len(views)] = views
            targets.append(np.column_stack([shard["severities"], (shard["technical"] - 1) / 9]))
        self.targets = torch.from_numpy(np.clip(np.concatenate(targets), 0, 1).astype(np.float32))

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
            to_input(torch.from_numpy(np.ascontiguousarray(part))).contiguous(memory_format=torch.channels_last)
            for part in parts
        )
        return whole, tiles


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of soft severities, plus a squared error that presses on large mistakes."""
    entropy = functional.binary_cross_entropy_with_logits(logits, targets)
    return entropy + 4 * functional.mse_loss(torch.sigmoid(logits), targets)


def train(pool: Pool, index: NDArray[np.int64], pretrained: Path, runs: Path, recipe: dict[str, float]) -> DefectNet:
    """Return the trained network; a checkpoint is written after every epoch."""
    rng = np.random.default_rng(int(recipe["seed"]))
    torch.manual_seed(int(recipe["seed"]))
    net = DefectNet(read_mobilenet_v1(pretrained)).to(memory_format=torch.channels_last)
    backbone = [*net.trunk.parameters(), *net.deep.parameters()]
    head = [p for part in (net.tile, net.whole, net.colour, net.head) for p in part.parameters()]
    rates = [recipe["rate_backbone"], recipe["rate_head"]]
    optimizer = torch.optim.AdamW(
        [{"params": backbone, "lr": rates[0]}, {"params": head, "lr": rates[1]}], weight_decay=recipe["weight_decay"]
    )
    batch = int(recipe["batch"])
    steps = int(recipe["epochs"]) * (len(index) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rates, total_steps=steps, pct_start=0.1)
    for epoch in range(int(recipe["epochs"])):
        net.train()
        start, total = time.monotonic(), 0.0
        order = rng.permutation(index)
        for step, first in enumerate(range(0, len(order) - batch + 1, batch)):
            chosen = order[first : first + batch]
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(*pool.draw(chosen, rng, TRAINING_TILE))
            loss = loss_of(logits.float(), pool.targets[chosen])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
            if step % 100 == 99:
                print(f"    step {step + 1} loss {total / (step + 1):.4f}", flush=True)
        print(f"  epoch {epoch} loss {total / (step + 1):.4f} {time.monotonic() - start:.0f} s", flush=True)
        torch.save(net.state_dict(), runs / "defects.pt")
    return net.eval()


def evaluate(net: DefectNet, pool: Pool, index: NDArray[np.int64]) -> None:
    """Print the mean absolute error and correlation of every severity on samples that did not train."""
    rng = np.random.default_rng(0)
    with torch.inference_mode():
        parts = np.array_split(index, max(1, len(index) // 32))
        opinion = torch.cat([torch.sigmoid(net(*pool.draw(part, rng))) for part in parts]).numpy()
    truth = pool.targets[index].numpy()
    for place, name in enumerate((*DEFECTS, "technical")):
        error = np.abs(opinion[:, place] - truth[:, place]).mean()
        print(f"  {name:16} error {error:.3f} r {np.corrcoef(opinion[:, place], truth[:, place])[0, 1]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    for key, value in RECIPE.items():
        parser.add_argument(f"--{key}", type=type(value), default=value)
    args = parser.parse_args()
    args.runs.mkdir(parents=True, exist_ok=True)
    pool = Pool(args.pool)
    recipe = {key: getattr(args, key) for key in RECIPE}
    print(len(pool), "samples", recipe, flush=True)
    last = len(pool) - 400
    net = train(pool, np.arange(last), args.pretrained, args.runs, recipe)
    evaluate(net, pool, np.arange(last, len(pool)))


if __name__ == "__main__":
    main()
