"""From the means of an imported model to those of the shipped one: see `iqscore.curve`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from iqscore.curve import Curve
from iqscore.errors import ModelError

FEWEST = 20
"""Photos without which two models cannot be compared."""
SHARES = (2, 10, 25, 50, 75, 90, 98)
"""Of the photos, in percent, that are below a knot."""
PUBLISHED = (5.24, 0.54)
"""Mean and deviation of the marks that the published NIMA MobileNet, trained on AVA, gave 722 photos of six sources
(500px, AADB, AVA, KonIQ-10k, Pixabay and private ones; columns `nima_aesthetic_pred` of the SOPHOAPPEAL data set, TU
Ilmenau). AVA's own mean marks are about 5.4 ± 0.7; a network that is not sure of itself stays nearer to the middle."""


def match(own: Sequence[float], shipped: Sequence[float]) -> Curve:
    """Return the curve by which two models spread the same photos alike: quantile for quantile."""
    knots = zip(np.percentile(own, SHARES), np.percentile(shipped, SHARES), strict=True)
    return _to_curve([(float(low), float(high)) for low, high in knots])


def stretch(folder: Path) -> Curve:
    """Return the straight curve from marks spread as PUBLISHED to those of the shipped model on its reference pool.

    It is straight to three deviations on both sides and ends at 1 and 10, where both scales end.
    """
    path = folder / "calibration.json"
    try:
        reference = json.loads(path.read_text(encoding="utf-8"))["reference_aesthetic"]
        mean, deviation = float(reference["mean"]), float(reference["deviation"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path}: says nothing usable of the reference_aesthetic ({error!r})") from error
    return _to_curve([(PUBLISHED[0] + z * PUBLISHED[1], mean + z * deviation) for z in (-3, 0, 3)])


def _to_curve(knots: Sequence[tuple[float, float]]) -> Curve:
    """Return the curve through rising knots and both ends of the scales; knots as good as equal are one."""
    kept = [(1.0, 1.0)]
    for own, shipped in knots:
        if kept[-1][0] + 0.01 <= own <= 9.99:
            kept.append((round(own, 4), round(min(max(shipped, 1.0), 10.0), 4)))
    kept.append((10.0, 10.0))
    return Curve(mean=tuple(own for own, _ in kept), shipped=tuple(shipped for _, shipped in kept))
