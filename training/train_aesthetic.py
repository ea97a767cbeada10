"""Train the aesthetic NIMA that is shipped; training.evaluate_aesthetic judges the recipe.

python -m training.train_aesthetic --data DATA --rated DIR --pretrained FILE.tflite --runs DIR [--start FILE.onnx]

With `--start` it goes on from a model that was shipped, with what is at hand now: photos of one's own, say.
"""

from __future__ import annotations

import argparse
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from training.aesthetic_set import AestheticSet
from training.backbone import read_mobilenet
from training.checkpoints import Checkpoint
from training.datasets import find_training
from training.networks import DEVICE, AestheticNet
from training.photosets import find_examples
from training.shipped import load_shipped
from training.spoil import lower, make_twins
from training.views import Index

Look = Callable[[Tensor], Tensor]
RECIPE = {
    "seed": 7,
    "head_epochs": 10,
    "head_rate": 1e-3,
    "epochs": 2,
    "batch": 32,
    "rate": 4e-5,
    "weight_decay": 0.3,
    "dropout": 0.35,
    "least_crop": 0.85,
    "shrink_share": 0.3,
    "frame_share": 0.1,
    "spoil_share": 0.1,
    "twin_share": 0.75,
    "tile_repeats": 3,
    "average": 0.99,
    "kept": 0.5,
}
"""Seeds, rates and shares; `average` is the decay of the running average of weights that is kept, `kept` how much of
a model to start from stays in the weights at the end.

`twin_share` of the batches are judged a second time as `spoil.make_twins` changes them; tiles come `tile_repeats` times
an epoch.
"""


@dataclass(frozen=True)
class Job:
    """Where training starts: its recipe, the ImageNet backbone, and a shipped model whose weights take its place."""

    recipe: dict[str, float]
    pretrained: Path
    start: Path | None = None


def train(data: AestheticSet, index: Index, job: Job) -> AestheticNet:
    """Return the trained network: a head on frozen features or what was shipped, then every layer at a low rate."""
    torch.manual_seed(int(job.recipe["seed"]))
    net = AestheticNet(read_mobilenet(job.pretrained), job.recipe["dropout"])
    net = net.to(DEVICE, memory_format=torch.channels_last)
    if not job.start:
        train_head(net, data, index, job.recipe)
        return train_all(net, data, index, job.recipe)
    load_shipped(net, job.start)
    before = {name: weights.clone() for name, weights in net.state_dict().items()}
    # a run that was cut off goes on only where it began from the same model
    recipe = job.recipe | {"start": zlib.crc32(job.start.read_bytes())}
    return blend(train_all(net, data, index, recipe), before, recipe["kept"])


def blend(net: AestheticNet, before: dict[str, Tensor], kept: float) -> AestheticNet:
    """Mix the weights a network had before into those it has: it forgets less (Wortsman et al., arXiv 2109.01903)."""
    net.load_state_dict({name: kept * before[name] + (1 - kept) * now for name, now in net.state_dict().items()})
    return net


def train_head(net: AestheticNet, data: AestheticSet, index: Index, recipe: dict[str, float]) -> None:
    """Fit the head on features of the ImageNet backbone."""
    features = compute_features(net.features, data)[index].to(DEVICE)
    net.centre.copy_(features.mean(0))
    net.scale.copy_(features.std(0) + 1e-3)
    fit_head(net.head, (features - net.centre) / net.scale, data.histograms[index].to(DEVICE), recipe)


def fit_head(head: nn.Module, features: Tensor, histograms: Tensor, recipe: dict[str, float]) -> None:
    """Fit a head on standardised features (photos, size) and their histograms (photos, 10)."""
    rng = np.random.default_rng(int(recipe["seed"]))
    optimizer = torch.optim.AdamW(head.parameters(), recipe["head_rate"], weight_decay=recipe["weight_decay"])
    epochs, batch = int(recipe["head_epochs"]), 64
    schedule = make_schedule(optimizer, epochs * (len(features) // batch))
    for _ in range(epochs):
        order = rng.permutation(len(features))
        for first in range(0, len(order) - batch + 1, batch):
            chosen = order[first : first + batch]
            step(head, emd_loss(head(features[chosen]), histograms[chosen]), optimizer, schedule)


def compute_features(look: Look, data: AestheticSet, name: str = "features") -> Tensor:
    """Return what an untrained network sees of all photos (examples, size), computed once for a set and a name."""
    file = data.cache.with_suffix(f".{name}.npy")
    if not file.exists():
        parts = data.views.split(np.arange(len(data.examples)), 64)
        with torch.inference_mode():
            found = torch.cat([look(data.views.plain(part)).cpu() for part in parts]).numpy()
        np.save(file, found[np.argsort(np.concatenate(parts))])
    return torch.from_numpy(np.load(file))


def train_all(net: AestheticNet, data: AestheticSet, index: Index, recipe: dict[str, float]) -> AestheticNet:
    """Fine-tune every layer on changed photos; return the running average of the weights."""
    rng = np.random.default_rng(int(recipe["seed"]))
    index = np.concatenate([index, *[index[data.tile[index]]] * (int(recipe["tile_repeats"]) - 1)])
    optimizer = torch.optim.AdamW(net.parameters(), recipe["rate"], weight_decay=recipe["weight_decay"])
    epochs, batch = int(recipe["epochs"]), int(recipe["batch"])
    schedule = make_schedule(optimizer, epochs * len(data.views.split(index, batch)))
    averaged = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(recipe["average"]))
    file = data.cache.with_suffix(f".{zlib.crc32(index.tobytes()):08x}.ckpt")
    checkpoint = Checkpoint(file, recipe, rng, net=net, averaged=averaged, optimizer=optimizer, schedule=schedule)
    net.train()
    for epoch in range(checkpoint.load(), epochs):
        start, losses = time.monotonic(), []
        for part in data.views.split(index, batch, rng):
            photos, target = data.draw(part, rng, recipe)
            has_twins = not data.tile[part].any() and rng.random() < recipe["twin_share"]
            loss = find_loss(net, photos, target, rng if has_twins else None)
            losses.append(step(net, loss * (len(part) / batch), optimizer, schedule))
            averaged.update_parameters(net)
        print(f"  epoch {epoch} loss {np.mean(losses):.4f} {time.monotonic() - start:.0f} s", flush=True)
        checkpoint.save(epoch + 1)
    checkpoint.remove()
    kept: AestheticNet = averaged.module
    return kept.eval()


def find_loss(net: AestheticNet, photos: Tensor, target: Tensor, rng: np.random.Generator | None) -> Tensor:
    """Return the loss on photos (photos, 3, height, width) in -1 … 1; with `rng`, on twins of them as well.

    Twins are pulled towards what was just said of the photos, not towards the target: they are to agree.
    """
    with torch.autocast(DEVICE.type, torch.bfloat16):
        logits = net(photos)
    loss = emd_loss(logits, target)
    if rng is None:
        return loss
    twins, strength = make_twins((photos + 1) * 127.5, rng)
    said = torch.softmax(logits.detach().float(), 1)
    wanted = lower(said, strength).to(DEVICE) if strength else said
    with torch.autocast(DEVICE.type, torch.bfloat16):
        agreed = net((twins / 127.5 - 1).contiguous(memory_format=torch.channels_last))
    return loss + emd_loss(agreed, wanted)


def emd_loss(logits: Tensor, target: Tensor) -> Tensor:
    """Squared earth mover's distance of ten-bin histograms, with r = 2 as in NIMA."""
    difference = torch.cumsum(torch.softmax(logits.float(), 1) - target, 1)
    # the root has no gradient at 0, where twins agree
    return (difference.pow(2).mean(1) + 1e-9).sqrt().mean()


def make_schedule(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Return the rise and fall of the optimizer's rate over so many steps."""
    rate = optimizer.param_groups[0]["lr"]
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=0.15)


def step(
    net: nn.Module,
    loss: Tensor,
    optimizer: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    """Take one step down a loss and return it."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    return float(loss.detach())


def predict(net: AestheticNet, data: AestheticSet, index: Index) -> NDArray[np.float64]:
    """Return histograms (len(index), 10) in full precision."""
    histograms = torch.zeros((len(data.examples), 10))
    with torch.inference_mode():
        for part in data.views.split(index, 64):
            histograms[part] = torch.softmax(net(data.views.plain(part)), 1).cpu()
    return histograms[index].double().numpy()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what every job on the aesthetic model needs, the recipe's own numbers among it."""
    parser.add_argument("--data", type=Path, help="the project's own photos; may be left out where --dataset is given")
    parser.add_argument(
        "--dataset", action="append", default=[], metavar="NAME=FOLDER", help="a public data set; see training.datasets"
    )
    parser.add_argument("--voc", type=Path, help="folder with JPEGImages/ of the VOC photos rated in voc_ratings.csv")
    parser.add_argument("--rated", type=Path, action="append", default=[], help="folder of galleries with ratings.csv")
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="go on from this shipped model, not from ImageNet")
    parser.add_argument("--runs", type=Path, required=True, help="checkpoints and caches go here")
    for key, value in RECIPE.items():
        parser.add_argument(f"--{key.replace('_', '-')}", type=type(value), default=value)


def load_job(args: argparse.Namespace) -> tuple[AestheticSet, Job]:
    """Return the examples and the job of the arguments."""
    args.runs.mkdir(parents=True, exist_ok=True)
    recipe = {key: getattr(args, key) for key in RECIPE}
    examples = list(find_examples(args.data, args.voc, args.rated)) if args.data else []
    examples += find_training(args.dataset)
    if not examples:
        raise SystemExit("nothing to learn from: give --data or --dataset")
    data = AestheticSet(examples, args.runs)
    print(len(data.examples), "examples", recipe, flush=True)
    return data, Job(recipe, args.pretrained, args.start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    args = parser.parse_args()
    data, job = load_job(args)
    net = train(data, np.arange(len(data.examples)), job)
    torch.save(net.state_dict(), args.runs / "aesthetic.pt")


if __name__ == "__main__":
    main()
