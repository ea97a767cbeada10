"""In which direction a photo is blurred by motion, told by its power spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALLEST, WIDEST, LONG_SIDE = 64, 512, 1000
LOW, HIGH = 0.06, 0.3
"""Cycles a pixel between which a blur shows: below it photos differ by what they show, above it noise rules."""
SURE = 1.0
"""Strength, in natural logarithms of power, of a direction that is told; sharp photos rarely reach 0.75."""


@dataclass(frozen=True, slots=True)
class _Ring:
    """The points of a power spectrum between LOW and HIGH, of the half that `rfft2` returns: the rest mirrors it."""

    band: NDArray[np.bool_]
    """Which points of (side, side // 2 + 1) these are."""
    distance: NDArray[np.intp]
    """Of each point from the middle, in 128ths of a cycle a pixel."""
    weight: NDArray[np.float64]
    """Of each point: 2 where its mirror image is in the other half. The sum is 1."""
    total: NDArray[np.float64]
    """The weight of all points at each distance, never 0."""
    cosine: NDArray[np.float64]
    """Of twice its direction, times its weight."""
    sine: NDArray[np.float64]


def find_motion_angle(pixels: NDArray[np.uint8]) -> int | None:
    """Return the direction of motion in a photo (height, width, 3), or None where none stands out.

    In degrees from 0 to 175 in steps of 5, counter-clockwise from horizontal. Motion removes the high frequencies along
    its path, so the log power spectrum of the middle of the photo is lowest in that direction; what is fitted is its
    second circular harmonic.
    """
    square = _to_square(pixels)
    if len(square) < SMALLEST:
        return None
    ring = _get_ring(len(square))
    power = np.log(np.abs(np.fft.rfft2(square)[ring.band]) ** 2 + 1e-3 * square.size)
    usual = np.bincount(ring.distance, ring.weight * power) / ring.total
    excess = power - usual[ring.distance]
    # no products of matrices: the threads of BLAS would wait for more of them, busily
    along, across = 2 * float((excess * ring.cosine).sum()), 2 * float((excess * ring.sine).sum())
    if np.hypot(along, across) < SURE:
        return None
    lowest = np.degrees(np.arctan2(-across, -along)) / 2  # clockwise: rows count downwards
    return int(round(-lowest / 5) * 5) % 180


def _to_square(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the middle of the photo in grey (side, side), the mean taken off, faded out towards the edges."""
    height, width = pixels.shape[:2]
    scale = max(1.0, max(height, width) / LONG_SIDE)
    side = max(1, min(WIDEST, round(width / scale), round(height / scale)))
    # what is shrunk is the middle alone
    extent = min(round(side * scale), width, height)
    left, top = (width - extent) // 2, (height - extent) // 2
    middle = Image.fromarray(pixels[top : top + extent, left : left + extent]).convert("L")
    if extent != side:
        middle = middle.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    grey = np.asarray(middle, dtype=np.float32)
    window = np.hanning(side + 2)[1:-1].astype(np.float32)
    square: NDArray[np.float32] = (grey - grey.mean()) * window[:, None] * window
    return square


@lru_cache(8)
def _get_ring(side: int) -> _Ring:
    rows, columns = np.meshgrid(np.fft.fftfreq(side), np.fft.rfftfreq(side), indexing="ij")
    frequency = np.hypot(rows, columns)
    band = (frequency > LOW) & (frequency < HIGH)
    direction = np.arctan2(rows, columns)[band]
    weight = np.where(columns[band] > 0, 2.0, 1.0)
    weight /= weight.sum()
    distance = np.round(frequency[band] * 128).astype(np.intp)
    total = np.bincount(distance, weight).clip(1e-12)
    return _Ring(band, distance, weight, total, weight * np.cos(2 * direction), weight * np.sin(2 * direction))
