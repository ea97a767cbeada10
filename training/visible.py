"""How much of a severity shows on a photo, by which labels of spoilt photos are scaled."""

from __future__ import annotations

import numpy as np

from training.light import LUMA, Pixels, to_image


def to_visible(name: str, photo: Pixels, colour: float) -> float:
    """Return how much of a severity shows: half as much gain ruins a dark photo that leaves a bright one whole.

    `colour` is the mean range of channels before. A cast shows best on what was grey; on a photo without any colour
    it is a toning that somebody wanted.
    """
    if name in ("underexposure", "overexposure"):
        mean = float((photo @ LUMA).mean())
        away = 0.5 - mean if name == "underexposure" else mean - 0.42
        return float(np.clip(away / 0.22, 0.15, 1))
    if name in ("undersaturation", "oversaturation"):
        return float(np.clip(colour / 0.12, 0.05, 1))
    if name == "white_balance":
        return float(np.clip(colour / 0.03, 0.2, 1))
    return 1.0


def to_uprightness(photo: Pixels) -> float:
    """Return how plainly a photo would show a tilt, 0.15 to 1: by its share of edges within 5 degrees of the axes.

    Edges of no direction have a share of 0.11 for each axis, 0.22 together.
    """
    luma = np.asarray(to_image(photo).convert("L").resize((160, 160)), np.float32)
    down, across = np.gradient(luma)
    strength = np.hypot(down, across)
    strength = np.where(strength > 12, strength, 0)
    angle = np.degrees(np.arctan2(down, across)) % 90
    share = strength[np.minimum(angle, 90 - angle) < 5].sum() / (strength.sum() + 1e-6)
    return float(np.clip((share - 0.15) / 0.3, 0.15, 1))
