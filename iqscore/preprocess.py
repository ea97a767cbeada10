"""From a decoded photo to the views a model looks at; the same for training, calibration and serving.

A view is a square of uint8 RGB. View 0 is the whole photo; the others are tiles cut at view scale, where blur,
noise and compression are still what a person sees on a screen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.cards import Views

Pixels = NDArray[np.uint8]

TILE_CENTRES: tuple[tuple[float, float], ...] = ((0.5, 0.5), (0.22, 0.25), (0.78, 0.25), (0.22, 0.75), (0.78, 0.75))
"""Where tiles are centred, as shares of width and height, in the order in which they are taken."""


def to_views(pixels: Pixels, views: Views) -> Pixels:
    """Return the views of a photo, (1 + tiles, size, size, 3), of its pixels (height, width, 3)."""
    photo = Image.fromarray(pixels)
    whole = photo.resize((views.size, views.size), Image.Resampling.BILINEAR, reducing_gap=2.0)
    tiles = [_cut_tile(photo, centre, views) for centre in TILE_CENTRES[: views.tiles]]
    return np.stack([np.asarray(view) for view in (whole, *tiles)])


def _cut_tile(photo: Image.Image, centre: tuple[float, float], views: Views) -> Image.Image:
    # at view scale a long side of more than `long_side` pixels is shrunk to it, a shorter one is left alone
    step = max(1.0, max(photo.size) / views.long_side)
    extent = min(views.size * step, *photo.size)
    left = min(max(centre[0] * photo.width - extent / 2, 0.0), photo.width - extent)
    top = min(max(centre[1] * photo.height - extent / 2, 0.0), photo.height - extent)
    if step == 1.0 and extent == views.size:
        left, top = round(left), round(top)
    box = (left, top, left + extent, top + extent)
    return photo.resize((views.size, views.size), Image.Resampling.BILINEAR, box=box)
