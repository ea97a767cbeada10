"""Judge the recipe of the aesthetic model on photos that did not train, and int8 against float32.

    python -m training.evaluate_aesthetic --data DATA [--voc VOC] --pretrained FILE.tflite --runs DIR
        [--float FILE.onnx --int8 FILE.onnx]

Five random folds over rated photos and human-rated tiles (VOC only ever trains), then each source of photos left
out in turn. What is done is kept in the runs folder, so that a second call goes on where the first one ended.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from training.photosets import MARKS, read_published
from training.train_aesthetic import AestheticSet, add_arguments, load_job, predict, srcc, train

FOLDS = 5


def predict_held_out(
    name: str, held: NDArray[np.int64], data: AestheticSet, args: argparse.Namespace, recipe: dict[str, float]
) -> NDArray[np.float64]:
    """Return mean marks of the photos `held`, by a model trained on all others; read from disk where already done."""
    file = args.runs / f"{name}.npy"
    if not file.exists():
        others = np.setdiff1d(np.arange(len(data.examples)), held)
        net = train(data, others, args.pretrained, recipe)
        torch.save(net.state_dict(), file.with_suffix(".pt"))
        np.save(file, predict(net, data, held) @ MARKS)
    marks: NDArray[np.float64] = np.load(file)
    return marks


def run_folds(data: AestheticSet, args: argparse.Namespace, recipe: dict[str, float]) -> None:
    """Print SRCC with the ratings and with people's votes, fold by fold and their means."""
    fold = np.random.default_rng(1).permutation(len(data.examples)) % FOLDS
    fold[data.source == "voc"] = -1
    published = read_published(args.data)
    results = []
    for number in range(FOLDS):
        held = np.flatnonzero(fold == number)
        marks = predict_held_out(f"fold_{number}", held, data, args, recipe)
        tile = data.tile[held]
        names = [data.examples[i].path.name for i in held[tile]]
        known = np.array([name in published for name in names])
        nima = np.array([published.get(name, 0.0) for name in names])
        truth = data.means[held]
        results.append(
            (
                srcc(marks[~tile], truth[~tile]),
                srcc(marks[tile], truth[tile]),
                srcc(marks[tile][known], truth[tile][known]),
                srcc(nima[known], truth[tile][known]),
            )
        )
        print(f"fold {number}: " + to_words(results[-1]), flush=True)
    print("mean:   " + to_words(tuple(np.mean(results, axis=0))), flush=True)


def to_words(row: tuple[float, ...]) -> str:
    photos, tiles, common, published = row
    return (
        f"ratings {photos:.3f}, tiles {tiles:.3f}; where published NIMA has a value: "
        f"ours {common:.3f}, published NIMA (on the full photos) {published:.3f}"
    )


def run_sources(data: AestheticSet, args: argparse.Namespace, recipe: dict[str, float]) -> None:
    """Print SRCC with the ratings of each source of photos left out in turn."""
    for source in sorted(set(data.source[~data.tile]) - {"voc"}):
        held = np.flatnonzero((data.source == source) & ~data.tile)
        marks = predict_held_out(f"without_{source}", held, data, args, recipe)
        print(f"without {source}: {len(held)} photos, ratings {srcc(marks, data.means[held]):.3f}", flush=True)


def compare_int8(data: AestheticSet, float_file: Path, int8_file: Path) -> None:
    """Print SRCC of both files with the ratings (of photos that trained), and how far apart they are."""
    index = np.flatnonzero(~data.tile)
    marks = []
    for file in (float_file, int8_file):
        session = onnxruntime.InferenceSession(str(file))
        parts = np.array_split(index, len(index) // 64)
        histograms = [session.run(None, {"views": np.array(data.exact[part])[:, None]})[0] for part in parts]
        marks.append(np.concatenate(histograms) @ MARKS)
        print(f"{file.name}: SRCC with the ratings it learned from {srcc(marks[-1], data.means[index]):.4f}")
    difference = np.abs(marks[0] - marks[1])
    print(f"float32 and int8: SRCC {srcc(*marks):.4f}, mean difference {difference.mean():.3f} of a mark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--float", type=Path, help="float32 model, to compare")
    parser.add_argument("--int8", type=Path, help="shipped model, to compare")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data is needed here")
    data, recipe = load_job(args)
    if args.float and args.int8:
        compare_int8(data, args.float, args.int8)
    run_folds(data, args, recipe)
    run_sources(data, args, recipe)


if __name__ == "__main__":
    main()
