"""What pooled features of a network do not tell, from the pixels alone: detail, directions of edges, colours.

Photos are normalised (photos, 3, height, width), -1 … 1.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

LEVELS, TINTS = 5, 11
COLOURS = LEVELS * TINTS * TINTS
ANGLES = 120
FAINT = 0.75
"""Edges weaker than about 3 of 255 a pixel are noise; in the units of `count_edges`."""
OCTAVES = 5
DETAIL = 4 * OCTAVES


def measure_detail(photos: Tensor) -> Tensor:
    """Return logarithms of the mean steps (photos, DETAIL) between neighbours, in four directions at each octave.

    Blur takes detail away up to the octave of its width, motion blur in one direction.
    """
    luma = photos.float().mean(1, keepdim=True)
    found = []
    for octave in range(OCTAVES):
        luma = functional.avg_pool2d(luma, 2) if octave else luma
        pairs = (
            (luma[..., 1:], luma[..., :-1]),
            (luma[..., 1:, :], luma[..., :-1, :]),
            (luma[..., 1:, 1:], luma[..., :-1, :-1]),
            (luma[..., 1:, :-1], luma[..., :-1, 1:]),
        )
        found += [(one - other).abs().mean((1, 2, 3)) for one, other in pairs]
    return torch.log(torch.stack(found, 1) + 1e-3)


def count_edges(photos: Tensor) -> Tensor:
    """Return square roots of shares (photos, ANGLES) of edges by direction, half a turn in all, by their strength.

    `photos` are normalised (photos, 3, height, width). What is level or upright stands in two narrow peaks; a tilt
    moves them aside.
    """
    luma = 0.299 * photos[:, 0] + 0.587 * photos[:, 1] + 0.114 * photos[:, 2]
    rows = 3 * luma[:, :-2] + 10 * luma[:, 1:-1] + 3 * luma[:, 2:]
    columns = 3 * luma[..., :-2] + 10 * luma[..., 1:-1] + 3 * luma[..., 2:]
    across = (rows[..., 2:] - rows[..., :-2]).flatten(1)
    down = (columns[:, 2:] - columns[:, :-2]).flatten(1)
    strength = torch.sqrt(across * across + down * down)
    strength = torch.where(strength > FAINT, strength, torch.zeros_like(strength))
    turns = torch.atan(down / torch.where(across.abs() < 1e-6, torch.full_like(across, 1e-6), across)) / torch.pi + 0.5
    places = torch.floor(turns * ANGLES).long() % ANGLES
    counts = torch.zeros(photos.shape[0], ANGLES, device=photos.device).scatter_add(1, places, strength)
    return torch.sqrt(counts / (counts.sum(1, keepdim=True) + 1.0))


def count_colours(photos: Tensor) -> Tensor:
    """Return square roots of soft histograms (photos, COLOURS) of brightness, red less green and blue less green.

    Differences are counted by their square roots, so that bins are narrow near grey, where casts are told.
    """
    small = functional.avg_pool2d(photos.float(), 4).flatten(2) * 0.5 + 0.5
    red, green, blue = small[:, :1], small[:, 1:2], small[:, 2:]
    levels = _share_out(0.3 * red + 0.59 * green + 0.11 * blue, 0.0, LEVELS)
    warm, cold = (_share_out(_to_root(tint - green), -1.0, TINTS) for tint in (red, blue))
    pairs = (levels[:, :, None] * warm[:, None]).flatten(1, 2) @ cold.transpose(1, 2)
    return torch.sqrt(pairs.flatten(1) / small.shape[2] + 1e-4)


def _to_root(difference: Tensor) -> Tensor:
    return torch.sign(difference) * torch.sqrt(difference.abs() + 1e-6)


def _share_out(values: Tensor, low: float, bins: int) -> Tensor:
    """Return shares (photos, bins, pixels) of values (photos, 1, pixels) in triangular bins from `low` to 1."""
    centres = torch.linspace(low, 1.0, bins, device=values.device).reshape(1, bins, 1)
    return torch.relu(1 - (values - centres).abs() * ((bins - 1) / (1.0 - low)))


def describe(maps: Tensor) -> Tensor:
    """Return mean and deviation of each channel of (photos, channels, height, width)."""
    mean, square = maps.mean((2, 3)).float(), maps.pow(2).mean((2, 3)).float()
    return torch.cat((mean, torch.sqrt(torch.relu(square - mean.pow(2)) + 1e-3)), 1)
