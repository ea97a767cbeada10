"""Changes of a small view while the aesthetic model trains: some must not move its mark, some must lower it.

The rule for the lowered mark is a choice, not a measurement: a photo spoilt with strength s loses 0.6 s of what it
has above mark 2, so that a ruined 7 becomes a 4 and a ruined 3 hardly changes.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from training.photosets import MARKS, to_histogram

WORST, LOSS = 2.0, 0.6
BLURRED_TWINS = 0.35
"""Share of twins that are blurred."""
MIRRORED_TWINS = 0.5


def shrink(view: Tensor, rng: np.random.Generator) -> Tensor:
    """Return (1, 3, height, width) as it would look after a small copy of 80 to 180 px was enlarged again."""
    return _enlarge_again(view, float(rng.uniform(80, 180)), "bilinear")


def make_twins(photos: Tensor, rng: np.random.Generator) -> tuple[Tensor, float]:
    """Return changed copies of photos (photos, 3, height, width) of 0 … 255, and how strongly they are spoilt, 0 … 1.

    Most are as small copies look, which is no fault (0). The rest are blurred: who learns to pass over the softness of
    small copies alone passes over every blur. Half of all are mirrored, too.
    """
    if rng.random() < MIRRORED_TWINS:
        photos = photos.flip(3)
    if rng.random() < BLURRED_TWINS:
        strength = float(rng.uniform(0.1, 1.0))
        return _blur(photos, strength, rng), strength
    return _enlarge_again(photos, float(rng.uniform(60, 160)), str(rng.choice(["bilinear", "bicubic"]))), 0.0


def _enlarge_again(photos: Tensor, long_side: float, filtered: str) -> Tensor:
    height, width = photos.shape[2:]
    ratio = long_side / max(height, width)
    small = (max(1, round(height * ratio)), max(1, round(width * ratio)))
    tiny = functional.interpolate(photos, small, mode=filtered, antialias=True).round().clamp(0, 255)
    return functional.interpolate(tiny, (height, width), mode="bilinear")


def frame(view: Tensor, rng: np.random.Generator) -> Tensor:
    """Return the view with a thin border of one grey."""
    height, width = view.shape[2:]
    edge = int(rng.integers(1, 6))
    inside = functional.interpolate(view, (height - 2 * edge, width - 2 * edge), mode="bilinear", antialias=True)
    return functional.pad(inside, (edge,) * 4, value=float(rng.choice([0.0, 255.0, rng.uniform(0, 255)])))


def spoil(view: Tensor, rng: np.random.Generator) -> tuple[Tensor, float]:
    """Return the view blurred, noisy, darkened or cast, and how strongly, 0 … 1."""
    strength = float(rng.uniform(0.2, 1.0))
    change = (_blur, _add_noise, _darken, _cast)[int(rng.integers(4))]
    return change(view, strength, rng).clamp(0, 255), strength


def lower(histograms: Tensor, strength: float) -> Tensor:
    """Return histograms (photos, 10) of photos spoilt so strongly: of lower mean, as wide as before."""
    return torch.stack([_lower_one(shares.double().cpu().numpy(), strength) for shares in histograms])


def _lower_one(shares: NDArray[np.float64], strength: float) -> Tensor:
    mean = float(shares @ MARKS)
    spread = float(np.sqrt(shares @ (MARKS - mean) ** 2))
    return torch.from_numpy(to_histogram(lower_mark(mean, strength), spread)).float()


def lower_mark(mean: float, strength: float) -> float:
    """Return the mark of a photo of that mean mark, spoilt so strongly."""
    return mean - LOSS * strength * max(0.0, mean - WORST)


def _blur(view: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    sigma = 0.8 + 3.2 * strength
    reach = int(3 * sigma)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = (kernel / kernel.sum()).expand(3, 1, -1)
    padded = functional.pad(view, (reach,) * 4, mode="reflect")
    across = functional.conv2d(padded, kernel[:, :, None, :], groups=3)
    return functional.conv2d(across, kernel[:, :, :, None], groups=3)


def _add_noise(view: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    deviation = 8 + 42 * strength
    return view + deviation * torch.from_numpy(rng.standard_normal(tuple(view.shape), dtype=np.float32))


def _darken(view: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    stops = 1.0 + 3.0 * strength
    return 255 * ((view / 255) ** 2.2 * 2.0**-stops) ** (1 / 2.2)


def _cast(view: Tensor, strength: float, rng: np.random.Generator) -> Tensor:
    gains = np.exp2(rng.choice([-1, 1], 3) * (0.2 + 0.8 * strength) * rng.dirichlet((1, 1, 1)) * 1.5)
    gains = gains / (gains @ (0.2126, 0.7152, 0.0722))
    linear = (view / 255) ** 2.2 * torch.tensor(gains, dtype=torch.float32).view(1, 3, 1, 1)
    return 255 * linear.clamp(0, 1) ** (1 / 2.2)
