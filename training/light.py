"""Photos as numbers: float32 RGB in 0 … 1, sRGB-encoded, (height, width, 3), and the light behind them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.float32]
Rng = np.random.Generator
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def to_linear(photo: Pixels) -> Pixels:
    """sRGB decoding (IEC 61966-2-1)."""
    return np.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_encoded(light: Pixels) -> Pixels:
    """sRGB encoding (IEC 61966-2-1), clipped to 0 … 1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def to_pixels(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def to_image(photo: Pixels) -> Image.Image:
    return Image.fromarray((np.clip(photo, 0, 1) * 255 + 0.5).astype(np.uint8))


def to_same(photo: Pixels) -> Pixels:
    return np.clip(photo, 0, 1)
