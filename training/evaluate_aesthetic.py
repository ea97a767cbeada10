"""Judge the recipe of the aesthetic model on photos that did not train, and int8 against float32.

    python -m training.evaluate_aesthetic --data DATA [--voc VOC] [--rated DIR] --pretrained FILE.tflite --runs DIR
        [--folds N] [--at-random] [--sources] [--beside [--second FILE.tflite]] [--float FILE.onnx --int8 FILE.onnx]

Five folds: rated photos and human-rated tiles at random, galleries (`--rated`) as whole sources, so that nobody's
photos are on both sides; VOC only ever trains. `--folds` judges the first of them only. `--beside` judges other ways on
the same folds, with `--second`, a MobileNet V2, an ensemble teacher among them. With `--sources` each other source of
photos is left out in turn as well. What is done is kept in the runs folder, so that a second call goes on where the
first one ended.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from iqscore.session import OnnxSession
from training.aesthetic_set import AestheticSet
from training.beside import print_beside
from training.measures import to_rank_correlation as srcc
from training.photosets import MARKS, read_published
from training.train_aesthetic import Job, add_arguments, load_job, predict, train
from training.views import Index

FOLDS = 5
FEWEST = 30
"""A gallery of fewer photos says little by itself."""

Marks = NDArray[np.float64]


def predict_held_out(name: str, held: Index, data: AestheticSet, runs: Path, job: Job) -> Marks:
    """Return mean marks of the photos `held`, by a model trained on all others; read from disk where already done."""
    file = runs / f"{name}.npy"
    if not file.exists():
        others = np.setdiff1d(np.arange(len(data.examples)), held)
        net = train(data, others, job)
        torch.save(net.state_dict(), file.with_suffix(".pt"))
        np.save(file, predict(net, data, held) @ MARKS)
    marks: Marks = np.load(file)
    return marks


def find_galleries(data: AestheticSet, rated: list[Path]) -> NDArray[np.bool_]:
    """Return which examples come from folders of galleries."""
    return np.array([any(folder in e.path.parents for folder in rated) for e in data.examples])


def choose_folds(data: AestheticSet, gallery: NDArray[np.bool_], count: int = FOLDS) -> Index:
    """Return the fold of each example, -1 for those that only train; where told apart, galleries stay whole.

    Of five folds the first `count` are told.
    """
    fold = np.random.default_rng(1).permutation(len(data.examples)) % FOLDS
    fold[data.source == "voc"] = -1
    sizes = {source: int((data.source[gallery] == source).sum()) for source in np.unique(data.source[gallery])}
    filled = [0] * FOLDS
    for source in sorted(sizes, key=lambda source: (-sizes[source], source)):
        emptiest = int(np.argmin(filled))
        filled[emptiest] += sizes[source]
        fold[gallery & (data.source == source)] = emptiest
    return np.where(fold < count, fold, -1)


def run_folds(
    name: str,
    data: AestheticSet,
    gallery: NDArray[np.bool_],
    fold: Index,
    runs: Path,
    job: Job,
    published: dict[str, float],
) -> Marks:
    """Print SRCC with the ratings and with people's votes, fold by fold and their means.

    Returned are the held-out marks of all photos, NaN where `fold` is -1.
    """
    marks = np.full(len(data.examples), np.nan)
    results = []
    for number in range(int(fold.max()) + 1):
        held = np.flatnonzero(fold == number)
        marks[held] = predict_held_out(f"{name}_{number}", held, data, runs, job)
        results.append(judge(marks, held, data, gallery, published))
        print(f"fold {number}: " + to_words(results[-1]), flush=True)
    print("mean:   " + to_words({name: float(np.mean([r[name] for r in results])) for name in results[0]}), flush=True)
    judged = gallery & (fold >= 0)
    if judged.any():
        print_galleries(marks, data, judged)
    return marks


def judge(
    marks: Marks, held: Index, data: AestheticSet, gallery: NDArray[np.bool_], published: dict[str, float]
) -> dict[str, float]:
    """Return SRCC by the kind of held-out photos; published NIMA's, on the full photos, beside ours on tiles."""
    names = [data.examples[photo].path.name for photo in held]
    nima = np.array([published.get(name, np.nan) for name in names])
    tile, rated = data.tile[held], gallery[held]
    known = tile & np.isfinite(nima)
    kinds = {
        "all ratings": ~tile,
        "of photos at random": ~tile & ~rated,
        "of left-out galleries": rated,
        "tiles": tile,
        "tiles known to NIMA": known,
    }
    found = {name: srcc(marks[held[flags]], data.means[held[flags]]) for name, flags in kinds.items() if flags.any()}
    return found | {"published NIMA": srcc(nima[known], data.means[held[known]])}


def print_galleries(marks: Marks, data: AestheticSet, gallery: NDArray[np.bool_]) -> None:
    """Print SRCC over all left-out galleries and within each of the larger ones."""
    print(f"all {gallery.sum()} photos of left-out galleries: {srcc(marks[gallery], data.means[gallery]):.3f}")
    within = []
    for source in np.unique(data.source[gallery]):
        chosen = gallery & (data.source == source)
        if chosen.sum() >= FEWEST:
            within.append(srcc(marks[chosen], data.means[chosen]))
            print(f"  {source}: {chosen.sum()} photos, {within[-1]:.3f}")
    print(f"mean within {len(within)} galleries: {np.mean(within):.3f}")


def to_words(result: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in result.items())


def run_sources(data: AestheticSet, gallery: NDArray[np.bool_], runs: Path, job: Job) -> None:
    """Print SRCC with the ratings of each source of photos left out in turn."""
    for source in sorted(set(data.source[~data.tile & ~gallery]) - {"voc"}):
        held = np.flatnonzero((data.source == source) & ~data.tile)
        marks = predict_held_out(f"without_{source}", held, data, runs, job)
        print(
            f"without {source}: {len(held)} photos, ratings {srcc(marks, data.means[held]):.3f}",
            flush=True,
        )


def compare_int8(data: AestheticSet, float_file: Path, int8_file: Path) -> None:
    """Print SRCC of both files with the ratings (of photos that trained), and how far apart they are."""
    index = np.flatnonzero(~data.tile)
    marks = []
    for file in (float_file, int8_file):
        session = OnnxSession(file, "cpu")
        found = [session.run(data.views.get(int(photo))[None, None])[0][0] for photo in index]
        marks.append(np.stack(found) @ MARKS)
        print(f"{file.name}: SRCC with the ratings it learned from {srcc(marks[-1], data.means[index]):.4f}")
    difference = np.abs(marks[0] - marks[1])
    print(f"float32 and int8: SRCC {srcc(*marks):.4f}, mean difference {difference.mean():.3f} of a mark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_arguments(parser)
    parser.add_argument("--sources", action="store_true", help="leave out each source that is no gallery, too")
    parser.add_argument("--folds", type=int, choices=range(1, FOLDS + 1), default=FOLDS, help="judge fewer of the five")
    parser.add_argument("--at-random", action="store_true", help="five folds with galleries at random, too: easier")
    parser.add_argument("--beside", action="store_true", help="judge other ways on the same photos, too")
    parser.add_argument("--second", type=Path, help="a MobileNet V2, for the teacher")
    parser.add_argument("--float", type=Path, help="float32 model, to compare")
    parser.add_argument("--int8", type=Path, help="shipped model, to compare")
    args = parser.parse_args()
    if args.data is None:
        parser.error("--data is needed here")
    data, job = load_job(args)
    gallery = find_galleries(data, args.rated)
    if args.float and args.int8:
        compare_int8(data, args.float, args.int8)
    published = read_published(args.data)
    if args.at_random:
        nowhere = np.zeros_like(gallery)
        fold = choose_folds(data, nowhere, args.folds)
        run_folds("random", data, nowhere, fold, args.runs, job, published)
    fold = choose_folds(data, gallery, args.folds)
    marks = run_folds("fold", data, gallery, fold, args.runs, job, published)
    if args.beside:
        print_beside(marks, data, gallery, fold, job, args.second, published)
    if args.sources:
        run_sources(data, gallery, args.runs, job)


if __name__ == "__main__":
    main()
