"""Changes of a small view while the aesthetic model trains: some must not move its mark, some must lower it.

The rule for the lowered mark is a choice, not a measurement: a photo spoilt with strength s loses 0.6 s of what it
has above mark 2, so that a ruined 7 becomes a 4 and a ruined 3 hardly changes.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

WORST, LOSS = 2.0, 0.6


def shrink(view: Tensor, rng: np.random.Generator) -> Tensor:
    """Return (1, 3, height, width) as it would look after a small copy of 80 to 180 px was enlarged again."""
    height, width = view.shape[2:]
    ratio = float(rng.uniform(80, 180)) / max(height, width)
    small = (max(1, round(height * ratio)), max(1, round(width * ratio)))
    tiny = functional.interpolate(view, small, mode="bilinear", antialias=True).round()
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
