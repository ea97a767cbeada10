"""In which direction a photo is blurred by motion, told by its power spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SMALLEST, WIDEST, LONG_SIDE = 64, 512, 1000
LOW, HIGH = 0.06, 0.3
"""Cycles a pixel between which a blur shows: below it photos differ by what they show, above it noise rules."""
SURE = 1.0
"""Strength, in natural logarithms of power, of a direction that is told; sharp photos rarely reach 0.75."""


def find_motion_angle(pixels: NDArray[np.uint8]) -> int | None:
    """Return the direction of motion in a photo (height, width, 3), or None where none stands out.

    In degrees from 0 to 175 in steps of 5, counter-clockwise from horizontal. Motion removes the high frequencies along
    its path, so the log power spectrum of the middle of the photo is lowest in that direction; what is fitted is its
    second circular harmonic.
    """
    square = _to_square(pixels)
    if len(square) < SMALLEST:
        return None
    power, frequency, direction = _to_spectrum(square)
    ring = np.round(frequency * 128).astype(int)
    excess = power - (np.bincount(ring, power) / np.maximum(np.bincount(ring), 1))[ring]
    along, across = 2 * (excess * np.cos(2 * direction)).mean(), 2 * (excess * np.sin(2 * direction)).mean()
    if np.hypot(along, across) < SURE:
        return None
    lowest = np.degrees(np.arctan2(-across, -along)) / 2  # clockwise: rows count downwards
    return int(round(-lowest / 5) * 5) % 180


def _to_square(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the middle of the photo in grey (side, side), the mean taken off, faded out towards the edges."""
    photo = Image.fromarray(pixels).convert("L")
    photo.thumbnail((LONG_SIDE, LONG_SIDE))
    side = min(WIDEST, *photo.size)
    left, top = (photo.width - side) // 2, (photo.height - side) // 2
    grey = np.asarray(photo.crop((left, top, left + side, top + side)), dtype=np.float64)
    window = np.hanning(side + 2)[1:-1]
    square: NDArray[np.float64] = (grey - grey.mean()) * window[:, None] * window
    return square


def _to_spectrum(square: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Return log power, frequency in cycles a pixel and direction in radians of all points between LOW and HIGH."""
    side = len(square)
    rows, columns = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij")
    frequency = np.hypot(rows, columns)
    band = (frequency > LOW) & (frequency < HIGH)
    power = np.log(np.abs(np.fft.fft2(square)) ** 2 + 1e-3 * side * side)
    return power[band], frequency[band], np.arctan2(rows, columns)[band]
