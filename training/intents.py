"""Photos that are unusual on purpose: the defect model must not take them for faulty.

Each makes of a plain photo one that a photographer would have wanted, as far as arithmetic can.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.kernels import convolve, make_disc, make_path, make_spot
from training.light import LUMA, Pixels, Rng, to_encoded, to_linear, to_same

Intend = Callable[[Pixels, Rng], Pixels]


def make_bokeh(photo: Pixels, rng: Rng) -> Pixels:
    """A subject in focus before a background that is far out of it, with round highlights."""
    height, width, _ = photo.shape
    spot = make_spot(height, width, rng)[..., None]
    radius = (0.003 + 0.011 * rng.random()) * max(height, width) + 1
    behind = to_encoded(convolve(to_linear(photo), make_disc(radius)))
    return (photo * spot + behind * (1 - spot)).astype(np.float32)


def make_panning(photo: Pixels, rng: Rng) -> Pixels:
    """A subject that the camera followed, before a background smeared along its way."""
    height, width, _ = photo.shape
    spot = make_spot(height, width, rng)[..., None]
    length = (0.015 + 0.035 * rng.random()) * max(height, width) + 4
    behind = convolve(photo, make_path(length, rng.normal(0, 0.08), 0.0))
    return to_same(photo * spot + behind * (1 - spot))


def make_low_key(photo: Pixels, rng: Rng) -> Pixels:
    """A lit subject, as bright as it was or brighter, in surroundings that are left dark."""
    height, width, _ = photo.shape
    floor = np.float32(rng.uniform(0.01, 0.12))
    spot = make_spot(height, width, rng, rim=0.4)[..., None]
    return to_encoded(to_linear(photo) * (floor + (np.float32(rng.uniform(1.0, 1.4)) - floor) * spot))


def make_high_key(photo: Pixels, rng: Rng) -> Pixels:
    """A bright, soft rendering that keeps its darkest parts and clips little."""
    lift = np.float32(rng.uniform(0.45, 0.65))
    return to_same(photo**lift * np.float32(rng.uniform(0.95, 1.0)))


def make_monochrome(photo: Pixels, rng: Rng) -> Pixels:
    """Black and white, a third of it toned."""
    mix = LUMA + rng.uniform(-0.1, 0.25, 3).astype(np.float32)
    grey = (photo @ (mix / mix.sum()))[..., None]
    tone = np.array([1.06, 1.0, rng.uniform(0.8, 0.95)]) if rng.random() < 0.33 else np.ones(3)
    return to_same((grey * tone).astype(np.float32))


INTENTS: dict[str, Intend] = {
    "bokeh": make_bokeh,
    "pan": make_panning,
    "lowkey": make_low_key,
    "highkey": make_high_key,
    "bw": make_monochrome,
}
SHARES = {"bokeh": 0.3, "pan": 0.07, "lowkey": 0.25, "highkey": 0.1, "bw": 0.28}
"""How often each is drawn among photos that are made unusual."""
FORBIDDEN = {
    "bokeh": {"defocus_blur", "motion_blur"},
    "pan": {"defocus_blur", "motion_blur", "composition"},
    "lowkey": {"underexposure", "haze"},
    "highkey": {"overexposure", "haze", "undersaturation"},
    "bw": {"undersaturation", "oversaturation", "white_balance"},
}
"""Defects that would make nonsense of an intent, or that cannot be told from it afterwards."""
