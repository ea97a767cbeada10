"""Train the aesthetic NIMA: folds, one source left out at a time, or the model to ship.

python -m training.train_aesthetic --data DATA --pretrained FILE.tflite --runs DIR folds|sources|final
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional

from iqscore.cards import Views
from iqscore.decode import decode_photo
from iqscore.preprocess import to_views
from training.backbone import read_mobilenet_v1
from training.datasets import find_training
from training.networks import AestheticNet
from training.photosets import Example, find_examples

SIZE, MARGIN = 224, 16
RECIPE = {
    "seed": 7,
    "head_epochs": 10,
    "head_rate": 1e-3,
    "epochs": 1,
    "batch": 32,
    "rate": 8e-6,
    "weight_decay": 0.3,
    "dropout": 0.35,
    "shrink_share": 0.0,
}


def load_views(examples: list[Example], size: int, cache: Path) -> NDArray[np.uint8]:
    """Return (examples, size, size, 3), read once and kept in `cache`."""
    file = cache / f"views_{len(examples)}_{size}.npy"
    if not file.exists():
        views = Views(size=size, tiles=0, long_side=1500)
        np.save(file, np.stack([to_views(decode_photo(str(e.path)).pixels, views)[0] for e in examples]))
    return np.load(file, mmap_mode="r")


class AestheticSet:
    """All examples with their views in memory, addressed by index."""

    def __init__(self, examples: list[Example], cache: Path) -> None:
        self.examples = examples
        self.exact = load_views(examples, SIZE, cache)
        self.wide = load_views(examples, SIZE + MARGIN, cache)
        self.histograms = torch.tensor(np.stack([e.histogram for e in examples]), dtype=torch.float32)
        self.means = np.array([e.mean for e in examples])
        self.tile = np.array([e.domain == "tiles" for e in examples])
        self.source = np.array([e.source for e in examples])

    def draw(self, index: NDArray[np.int64], rng: np.random.Generator, shrink_share: float) -> Tensor:
        """Return a batch with random flips, crops of up to 7 % and some photos shrunk to a tile's 80 px."""
        out = []
        for i in index:
            side = int(rng.integers(SIZE, SIZE + MARGIN + 1))
            top, left = rng.integers(0, SIZE + MARGIN - side + 1, 2)
            crop = np.array(self.wide[i, top : top + side, left : left + side])
            view = torch.from_numpy(crop).permute(2, 0, 1)[None].float()
            if not self.tile[i] and rng.random() < shrink_share:
                small = int(rng.integers(80, 160))
                view = functional.interpolate(view, (small, small), mode="bilinear", antialias=True)
            view = functional.interpolate(view, (SIZE, SIZE), mode="bilinear", antialias=side > SIZE)
            out.append(view.flip(3) if rng.random() < 0.5 else view)
        return torch.cat(out) / 127.5 - 1

    def plain(self, index: NDArray[np.int64]) -> Tensor:
        """Return a batch exactly as serving sees it."""
        return torch.from_numpy(self.exact[index]).permute(0, 3, 1, 2).float() / 127.5 - 1


def emd_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Squared earth mover's distance of ten-bin histograms, with r = 2 as in NIMA."""
    difference = torch.cumsum(torch.softmax(logits.float(), 1) - target, 1)
    return difference.pow(2).mean(1).sqrt().mean()


def train(data: AestheticSet, index: NDArray[np.int64], pretrained: Path, recipe: dict[str, float]) -> AestheticNet:
    """Return the trained network: first its head on frozen features, then every layer at a low rate."""
    torch.manual_seed(int(recipe["seed"]))
    net = AestheticNet(read_mobilenet_v1(pretrained), recipe["dropout"]).to(memory_format=torch.channels_last)
    train_head(net, data, index, recipe)
    train_all(net, data, index, recipe)
    return net.eval()


def train_head(net: AestheticNet, data: AestheticSet, index: NDArray[np.int64], recipe: dict[str, float]) -> None:
    """Fit the head on features of the ImageNet backbone, computed once."""
    rng = np.random.default_rng(int(recipe["seed"]))
    features = torch.cat(list(compute_features(net, data, index)))
    net.centre.copy_(features.mean(0))
    net.scale.copy_(features.std(0) + 1e-3)
    optimizer = torch.optim.AdamW(net.head.parameters(), recipe["head_rate"], weight_decay=recipe["weight_decay"])
    epochs, batch = int(recipe["head_epochs"]), 64
    schedule = make_schedule(optimizer, epochs * (len(index) // batch))
    for _ in range(epochs):
        order = rng.permutation(len(index))
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            step(net, net.judge(features[chosen]), data.histograms[index[chosen]], optimizer, schedule)


def compute_features(net: AestheticNet, data: AestheticSet, index: NDArray[np.int64]) -> Iterator[Tensor]:
    with torch.inference_mode():
        for part in np.array_split(index, max(1, len(index) // 64)):
            yield net.features(data.plain(part).contiguous(memory_format=torch.channels_last))


def train_all(net: AestheticNet, data: AestheticSet, index: NDArray[np.int64], recipe: dict[str, float]) -> None:
    """Fine-tune every layer on augmented photos."""
    rng = np.random.default_rng(int(recipe["seed"]))
    optimizer = torch.optim.AdamW(net.parameters(), recipe["rate"], weight_decay=recipe["weight_decay"])
    epochs, batch = int(recipe["epochs"]), int(recipe["batch"])
    schedule = make_schedule(optimizer, epochs * (len(index) // batch))
    net.train()
    for epoch in range(epochs):
        start, losses = time.monotonic(), []
        order = rng.permutation(index)
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            photos = data.draw(chosen, rng, recipe["shrink_share"]).contiguous(memory_format=torch.channels_last)
            with torch.autocast("cpu", torch.bfloat16):
                logits = net(photos)
            losses.append(step(net, logits.float(), data.histograms[chosen], optimizer, schedule))
        print(f"  epoch {epoch} loss {np.mean(losses):.4f} {time.monotonic() - start:.0f} s", flush=True)
    net.eval()


def make_schedule(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    rate = optimizer.param_groups[0]["lr"]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.15)


def step(
    net: AestheticNet,
    logits: Tensor,
    target: Tensor,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    loss = emd_loss(logits, target)
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    return float(loss.detach())


def predict(net: AestheticNet, data: AestheticSet, index: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return histograms (len(index), 10) in full precision."""
    with torch.inference_mode():
        parts = [torch.softmax(net(data.plain(part)), 1) for part in np.array_split(index, max(1, len(index) // 64))]
    return torch.cat(parts).double().numpy()


def srcc(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's rank correlation."""
    return float(spearmanr(a, b).statistic)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every job on the aesthetic model needs, the recipe's own numbers among it."""
    parser.add_argument("--data", type=Path, help="the project's own photos; may be left out where --dataset is given")
    parser.add_argument(
        "--dataset", action="append", default=[], metavar="NAME=FOLDER", help="a public data set; see training.datasets"
    )
    parser.add_argument("--voc", type=Path, help="folder with JPEGImages/ of the VOC photos rated in voc_ratings.csv")
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="checkpoints and caches go here")
    for key, value in RECIPE.items():
        parser.add_argument(f"--{key.replace('_', '-')}", type=type(value), default=value)


def load_job(args: argparse.Namespace) -> tuple[AestheticSet, dict[str, float]]:
    """Return the examples and the recipe of the arguments."""
    args.runs.mkdir(parents=True, exist_ok=True)
    recipe = {key: getattr(args, key) for key in RECIPE}
    examples = list(find_examples(args.data, args.voc)) if args.data else []
    examples += find_training(args.dataset)
    if not examples:
        raise SystemExit("nothing to learn from: give --data or --dataset")
    data = AestheticSet(examples, args.runs)
    print(len(data.examples), "examples", recipe, flush=True)
    return data, recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    args = parser.parse_args()
    data, recipe = load_job(args)
    net = train(data, np.arange(len(data.examples)), args.pretrained, recipe)
    torch.save(net.state_dict(), args.runs / "aesthetic.pt")


if __name__ == "__main__":
    main()
