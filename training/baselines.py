"""What simpler programs would measure on the same pixels, for comparison.

`dark`, `light` and `blurry` are the scores of CleanVision 0.3 (Apache-2.0) by its formulas: the 99th and 5th percentile
of brightness, and the spread of edges at 64 pixels; low is faulty. `sharpness` is the variance of the Laplacian,
`colourfulness` that of Hasler and Süsstrunk (2003). `unnatural` is the distance of BRISQUE's 36 features (Mittal et
al., 2012) from those of clean photos, as NIQE (2013) measures it; high is faulty.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageStat
from scipy.ndimage import gaussian_filter, laplace
from scipy.special import gamma

Pixels = NDArray[np.uint8]
Numbers = NDArray[np.float64]

NAMES = ("dark", "light", "blurry", "sharpness", "colourfulness", "unnatural")
CROP = 512
"""Side of the middle part on which `unnatural` is measured."""
SHAPES = np.arange(0.2, 10, 0.005)
RATIOS = gamma(2 / SHAPES) ** 2 / (gamma(1 / SHAPES) * gamma(3 / SHAPES))
"""Of the generalised Gaussian: squared mean absolute value over variance, falling towards small shapes."""


class Baselines:
    """Measures photos; what is natural is learned from clean ones."""

    def __init__(self, clean: Iterable[Pixels]) -> None:
        features = np.array([to_brisque_features(pixels) for pixels in clean])
        self._centre = features.mean(0)
        self._inverse = np.linalg.pinv(np.cov(features.T) + 1e-4 * np.eye(features.shape[1]))

    def measure(self, pixels: Pixels) -> dict[str, float]:
        """Return every one of NAMES for pixels (height, width, 3)."""
        away = to_brisque_features(pixels) - self._centre
        luma = np.asarray(Image.fromarray(pixels).convert("L"), np.float32)
        return {
            **measure_as_cleanvision(Image.fromarray(pixels)),
            "sharpness": float(laplace(luma).var()),
            "colourfulness": to_colourfulness(pixels),
            "unnatural": float(np.sqrt(away @ self._inverse @ away)),
        }


def measure_as_cleanvision(image: Image.Image) -> dict[str, float]:
    """Return the `dark`, `light` and `blurry` scores of CleanVision's defaults, 0 (faulty) to 1."""
    red, green, blue = np.moveaxis(np.asarray(image, np.float64), -1, 0)
    brightness = np.sqrt(0.241 * red**2 + 0.691 * green**2 + 0.068 * blue**2) / 255
    low, high = np.percentile(brightness, [5, 99])
    ratio = max(image.size) / 64
    if ratio > 1:
        image = image.resize((max(int(image.width // ratio), 1), max(int(image.height // ratio), 1)))
    grey = image.convert("L")
    edges = 1 - np.exp(-0.01 * np.sqrt(ImageStat.Stat(grey.filter(ImageFilter.FIND_EDGES)).var[0]))
    contrast = 1 - np.exp(-0.01 * np.std(grey.histogram()))
    blurry = min(edges + (contrast if contrast > 0.18 else 0.0), 1.0)
    return {"dark": float(high), "light": float(1 - low), "blurry": float(blurry)}


def to_colourfulness(pixels: Pixels) -> float:
    """Return the measure of Hasler and Süsstrunk, "Measuring colourfulness in natural images" (2003)."""
    red, green, blue = np.moveaxis(pixels.astype(np.float32), -1, 0)
    across, along = red - green, (red + green) / 2 - blue
    return float(np.hypot(across.std(), along.std()) + 0.3 * np.hypot(across.mean(), along.mean()))


def to_brisque_features(pixels: Pixels) -> Numbers:
    """Return 18 features of locally normalised brightness at each of two scales, of the middle of a photo."""
    height, width, _ = pixels.shape
    top, left = max(0, (height - CROP) // 2), max(0, (width - CROP) // 2)
    luma = Image.fromarray(pixels[top : top + CROP, left : left + CROP]).convert("L")
    half = luma.resize((max(1, luma.width // 2), max(1, luma.height // 2)), Image.Resampling.BICUBIC)
    return np.concatenate([_describe(np.asarray(image, np.float64)) for image in (luma, half)])


def _describe(luma: Numbers) -> Numbers:
    mean = gaussian_filter(luma, 7 / 6, truncate=3)
    spread = np.sqrt(np.abs(gaussian_filter(luma**2, 7 / 6, truncate=3) - mean**2))
    field = (luma - mean) / (spread + 1)
    power = float(np.mean(field**2))
    features = [_fit_shape(float(np.mean(np.abs(field))) ** 2 / (power + 1e-12)), power]
    for neighbour in (
        field[:, :-1] * field[:, 1:], field[:-1] * field[1:],
        field[:-1, :-1] * field[1:, 1:], field[:-1, 1:] * field[1:, :-1],
    ):  # fmt: skip
        features += _fit_asymmetric(neighbour)
    return np.array(features)


def _fit_shape(ratio: float) -> float:
    return float(SHAPES[np.argmin((RATIOS - ratio) ** 2)])


def _fit_asymmetric(products: Numbers) -> list[float]:
    """Return shape, mean, left and right variance of an asymmetric generalised Gaussian."""
    below, above = products[products < 0], products[products >= 0]
    left = np.sqrt(np.mean(below**2)) if below.size else 1e-6
    right = np.sqrt(np.mean(above**2)) if above.size else 1e-6
    skew = float(left / (right + 1e-12))
    ratio = float(np.mean(np.abs(products))) ** 2 / (float(np.mean(products**2)) + 1e-12)
    shape = _fit_shape(ratio * (skew**3 + 1) * (skew + 1) / (skew**2 + 1) ** 2)
    spread = np.sqrt(gamma(1 / shape) / gamma(3 / shape))
    mean = (right - left) * spread * gamma(2 / shape) / gamma(1 / shape)
    return [shape, float(mean), float(left**2), float(right**2)]
