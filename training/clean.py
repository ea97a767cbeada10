"""Tell by numbers whether a photo is plainly without fault, so that it can be spoilt in known ways."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import laplace

from iqscore.preprocess import Pixels
from training.light import LUMA


def is_clean(pixels: Pixels) -> bool:
    """Tell whether a photo is plainly without fault, by numbers alone; `is_well_exposed` and `is_crisp`."""
    image = Image.fromarray(pixels)
    return is_well_exposed(image) and is_crisp(image)


def is_well_exposed(image: Image.Image) -> bool:
    """Tell whether light and colour are ordinary.

    Mean luma 0.25 to 0.65, 3rd to 97th percentile at least 0.5 apart, less than 3 % clipped at either end; mean
    colour range 0.08 to 0.35 and a mean colour near grey.
    """
    small = np.asarray(image.resize((96, 96)), np.float32) / 255
    luma = small @ LUMA
    low, high = np.percentile(luma, [3, 97])
    colour, cast = np.ptp(small, axis=2).mean(), np.ptp(small.mean((0, 1)))
    clipped = max((luma > 0.985).mean(), (luma < 0.012).mean())
    exposed = 0.25 < luma.mean() < 0.65 and high - low > 0.5 and clipped < 0.03
    return bool(exposed and 0.08 < colour < 0.35 and cast < 0.12)


def is_crisp(image: Image.Image) -> bool:
    """Tell whether the sharpest tenth of 64 px blocks has detail, and the smoothest tenth no more than faint noise."""
    edges = laplace(np.asarray(image.convert("L"), np.float32) / 255)
    rows, columns = edges.shape[0] // 64, edges.shape[1] // 64
    blocks = edges[: rows * 64, : columns * 64].reshape(rows, 64, columns, 64).std(axis=(1, 3))
    smooth, sharp = np.percentile(blocks, [10, 90])
    return bool(sharp >= 0.06 and smooth <= 0.024)
