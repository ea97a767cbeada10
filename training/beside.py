"""Other ways of judging beauty, for comparison: simple measures, and ImageNet features that stay frozen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR

from training.aesthetic_set import AestheticSet
from training.baselines import to_colourfulness
from training.views import Index

Marks = NDArray[np.float64]
MOST = 5_000


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
