"""From a decoded photo to the views a model looks at; the same for training, calibration and serving.

A view is a rectangle of uint8 RGB. View 0 is the whole photo, squeezed into a square or in its own aspect as the card
says; the others are square tiles cut at view scale, where blur, noise and compression are still what a person sees on
a screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.cards import Views

Pixels = NDArray[np.uint8]

TILE_CENTRES: tuple[tuple[float, float], ...] = ((0.5, 0.5), (0.22, 0.25), (0.78, 0.25), (0.22, 0.75), (0.78, 0.75))
"""Where tiles are centred, as shares of width and height, in the order in which they are taken."""

GRID = 32
"""Sides of a view in its own aspect are multiples of this, the stride of the networks."""
LONGEST = 3
"""Sides of such a view are at most this many times `size`: beyond 9:1 photos are squeezed after all."""

THICKEST = 0.06
"""A border is at most this share of a side."""
EVEN = 10
"""Pixels of a border are this near to its corner in every channel, of 255: JPEG ripples beside an edge."""

MONOCHROME = 3.5
"""A photo is monochrome where 98 % of it is nearer than this to the mean chroma of its brightness, of 255."""


def to_views(pixels: Pixels, views: Views) -> Pixels:
    """Return the views of a photo, (1 + tiles, height, width, 3), of its pixels (height, width, 3)."""
    return to_views_of_all(pixels, [views])[0]


def to_views_of_all(pixels: Pixels, wanted: Iterable[Views]) -> list[Pixels]:
    """Return the views of a photo for each of several models."""
    photo = Image.fromarray(trim_border(pixels))
    return [_cut_views(photo, views) for views in wanted]


def _cut_views(photo: Image.Image, views: Views) -> Pixels:
    whole = photo.resize(to_view_size(photo.size, views), Image.Resampling.BILINEAR, reducing_gap=2.0)
    tiles = [_cut_tile(photo, centre, views) for centre in TILE_CENTRES[: views.tiles]]
    return np.stack([np.asarray(view) for view in (whole, *tiles)])


def trim_border(pixels: Pixels) -> Pixels:
    """Return what is inside a thin border of one colour around a photo (height, width, 3), or all of it.

    All four sides must have it, up to THICKEST of the side; what goes on beyond is a background and stays.
    """
    depth = [
        _measure_border(side) for side in (pixels, pixels[::-1], pixels.swapaxes(0, 1), pixels[:, ::-1].swapaxes(0, 1))
    ]
    if not all(depth):
        return pixels
    top, bottom, left, right = depth
    return pixels[top : pixels.shape[0] - bottom, left : pixels.shape[1] - right]


def _measure_border(pixels: Pixels) -> int:
    """Return how many of the first rows have the colour of the first pixel, 0 where it is more than a border."""
    colour, limit = pixels[0, 0].astype(np.int16), int(THICKEST * pixels.shape[0])
    for row in range(limit + 1):
        if np.abs(pixels[row] - colour).max() > EVEN:
            return row
    return 0


def to_view_size(photo: tuple[int, int], views: Views) -> tuple[int, int]:
    """Return (width, height) at which the whole of a photo of that (width, height) is shown."""
    if not views.keep_aspect:
        return views.size, views.size
    stretch = min(max(math.sqrt(photo[0] / photo[1]), 1 / LONGEST), LONGEST)
    return _to_grid(views.size * stretch), _to_grid(views.size / stretch)


def _to_grid(side: float) -> int:
    return max(GRID, round(side / GRID) * GRID)


def is_monochrome(pixels: Pixels) -> bool:
    """Return whether a photo (height, width, 3) is grey or toned throughout: one colour for each brightness."""
    small = Image.fromarray(pixels).resize((64, 64), Image.Resampling.BOX)
    luma, *chroma = np.asarray(small.convert("YCbCr"), dtype=np.float64).reshape(-1, 3).T
    level = (luma / 4).astype(int)
    count = np.maximum(np.bincount(level, minlength=64), 1)
    off = [plane - (np.bincount(level, plane, 64) / count)[level] for plane in chroma]
    return bool(np.percentile(np.hypot(*off), 98) < MONOCHROME)


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
