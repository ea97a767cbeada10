"""Other ways of judging beauty, for comparison: simple measures, and ImageNet features that stay frozen."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from training.aesthetic_set import AestheticSet
from training.backbone import read_mobilenet
from training.baselines import to_colourfulness
from training.measures import to_rank_correlation
from training.networks import DEVICE, AestheticNet
from training.teacher import look_at_depths, predict_teacher
from training.train_aesthetic import Job, compute_features
from training.views import Index

Marks = NDArray[np.float64]
MOST = 5_000


def print_beside(
    marks: Marks,
    data: AestheticSet,
    gallery: NDArray[np.bool_],
    fold: Index,
    job: Job,
    second: Path | None,
    published: dict[str, float],
) -> None:
    """Print a table of SRCC, means of the folds, of the recipe and of other ways on the same held-out photos."""
    features = compute_features(AestheticNet(read_mobilenet(job.pretrained)).to(DEVICE).features, data).numpy()
    frozen = predict_frozen(features, fold, data.means)
    rows = {"iqscore": marks, "frozen features, support vectors": frozen}
    if second:
        look = partial(look_at_depths, read_mobilenet(second).to(DEVICE))
        both = np.concatenate((features, compute_features(look, data, "second").numpy()), 1)
        rows["teacher: three heads on two backbones"] = predict_teacher(both, fold, data.histograms, job.recipe)
    rows |= measure(data)
    rows["published NIMA, on the full photos"] = np.array([published.get(e.path.name, np.nan) for e in data.examples])
    kinds = {"all ratings": ~data.tile, "those of left-out galleries": gallery, "votes on tiles": data.tile}
    print("| SRCC with | " + " | ".join(kinds) + " |\n| --- |" + " ---: |" * len(kinds))
    for name, row in rows.items():
        means = [average_folds(row, data.means, kind & np.isfinite(row), fold) for kind in kinds.values()]
        print(f"| {name} | " + " | ".join("-" if np.isnan(mean) else f"{mean:.3f}" for mean in means) + " |")


def average_folds(marks: Marks, means: Marks, kind: NDArray[np.bool_], fold: Index) -> float:
    """Return the mean SRCC over folds of the photos of a kind; NaN where there are none."""
    held = [kind & (fold == number) for number in range(int(fold.max()) + 1)]
    return float(np.mean([to_rank_correlation(marks[h], means[h]) for h in held])) if held[0].any() else np.nan


def measure(data: AestheticSet) -> dict[str, Marks]:
    """Return colourfulness (Hasler and Süsstrunk, 2003), contrast and saturation (both 0 … 1) of every view."""
    found = [_measure_one(data.views.get(photo)) for photo in range(len(data.examples))]
    return {name: np.array([row[name] for row in found]) for name in found[0]}


def predict_frozen(features: NDArray[np.float32], fold: Index, means: Marks) -> Marks:
    """Return marks by an RBF support vector regression on frozen ImageNet features, each photo's own fold left out.

    It learns from MOST of the photos of the other folds, drawn at random: its time grows with their square.
    """
    marks = np.full(len(means), np.nan)
    for number in range(int(fold.max()) + 1):
        held = fold == number
        taught = np.random.default_rng(number).permutation(np.flatnonzero(~held))[:MOST]
        scaler = StandardScaler().fit(features[taught])
        # distances of standardised features grow with their number; at 1 / n the kernel is neither flat nor spiky
        machine = SVR(C=2.0, gamma=1.0 / features.shape[1], epsilon=0.2)
        machine.fit(scaler.transform(features[taught]), means[taught])
        marks[held] = machine.predict(scaler.transform(features[held]))
    return marks


def _measure_one(view: NDArray[np.uint8]) -> dict[str, float]:
    pixels = view.astype(np.float64) / 255
    highest, lowest = pixels.max(2), pixels.min(2)
    return {
        "colourfulness": to_colourfulness(view),
        "contrast": float((pixels @ (0.2126, 0.7152, 0.0722)).std()),
        "saturation": float(((highest - lowest) / np.maximum(highest, 1e-6)).mean()),
    }
