"""Whether a picture is a photograph, or a graphic that no camera saw: a screenshot, a document, a chart, an icon.

Told from small blocks of pixels all over the picture: graphics are flat or have hard edges between two colours, photos
have a little of everything. `training.fit_kind` made the weights, in `kind.json` beside the models.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from iqscore.cards import find_models_folder
from iqscore.errors import ModelError

BLOCK = 8
"""Pixels; as in JPEG, whose blocks are flat where what it was given was."""
MOST_BLOCKS = 24
"""Across and down; more pixels tell nothing new."""
ICON = 32
"""Pixels of the long side up to which a picture can only be an icon."""
STRONG, SOFT, EVEN = 96, 24, 2
"""Ranges of brightness in a block, of 255: an edge from here on; a photo's texture below; JPEG's ripples."""

FEATURES = (
    "flat", "even", "soft", "strong", "one_colour", "four_colours", "eight_tones", "tones", "equal", "small_steps",
    "big_steps", "two_valued", "straight", "grey", "paper", "ink", "texture", "bright", "chroma", "flat_colours",
    "calm", "turns", "level_rules", "upright_rules",
)  # fmt: skip
"""Names of what `to_features` returns, in its order."""

_NAME = "kind.json"

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a network with one hidden layer (tanh) and one output, the log odds of a graphic."""

    mean: Array
    scale: Array
    hidden: Array
    """(features, units)."""
    hidden_bias: Array
    output: Array
    output_bias: float
    threshold: float
    """Log odds from which on a picture is a graphic; high, so that hardly any photo is."""


def is_graphic(pixels: NDArray[np.uint8]) -> bool:
    """Tell whether a picture of these pixels (height, width, 3) is no photograph."""
    if max(pixels.shape[:2]) <= ICON:
        return True
    weights = load_weights()
    return to_log_odds(to_features(pixels), weights) >= weights.threshold


def get_print() -> str:
    """Return what stands for the weights."""
    return hashlib.sha256(_read_file(find_models_folder())).hexdigest()[:16]


def to_log_odds(features: Array, weights: Weights) -> float:
    """Return the logarithm of the odds that a picture is a graphic."""
    hidden = np.tanh(((features - weights.mean) / weights.scale) @ weights.hidden + weights.hidden_bias)
    return float(hidden @ weights.output + weights.output_bias)


@cache
def load_weights() -> Weights:
    """Return the shipped weights; ModelError where they cannot be used."""
    return read_weights(find_models_folder())


def read_weights(folder: Path) -> Weights:
    """Return `kind.json` of a models folder; ModelError where it cannot be used."""
    data = _read_file(folder)
    try:
        values = json.loads(data)["weights"]
        weights = Weights(
            mean=np.array(values["mean"], np.float64),
            scale=np.array(values["scale"], np.float64),
            hidden=np.array(values["hidden"], np.float64),
            hidden_bias=np.array(values["hidden_bias"], np.float64),
            output=np.array(values["output"], np.float64),
            output_bias=float(values["output_bias"]),
            threshold=float(values["threshold"]),
        )
        # numbers that do not fit each other or the features are a ValueError here
        to_log_odds(np.zeros(len(FEATURES)), weights)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{folder / _NAME}: cannot be used ({error}); install iqscore again") from error
    return weights


def _read_file(folder: Path) -> bytes:
    path = folder / _NAME
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); install iqscore again") from error


def to_features(pixels: NDArray[np.uint8]) -> Array:
    """Return what tells graphics from photos, one number for each of FEATURES, mostly shares of blocks."""
    blocks, grid = _cut_blocks(pixels)
    red, green, blue = (blocks[..., channel].astype(np.int16) for channel in range(3))
    luma = (2 * red + 5 * green + blue) >> 3
    low, high = luma.min(axis=(1, 2)), luma.max(axis=(1, 2))
    span = high - low
    across, down = np.abs(np.diff(luma, axis=2)), np.abs(np.diff(luma, axis=1))
    chroma = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    flat = (span == 0) & (chroma.max(axis=(1, 2)) == chroma.min(axis=(1, 2)))
    colours = _count_colours(blocks[flat][:, 0, 0])
    tones = _count_tones(red, green, blue)
    moving = across[across > 0]
    strong = span > STRONG
    return np.array(
        [
            _share(span == 0),
            _share(span <= EVEN),
            _share((span > EVEN) & (span <= SOFT)),
            _share(strong),
            colours[:1].sum() / len(blocks),
            colours[:4].sum() / len(blocks),
            tones[:8].sum(),
            -float(np.sum(tones * np.log2(np.maximum(tones, 1e-12)))),
            _share(across == 0),
            _share(moving <= 4),
            _share(moving > 40),
            _measure_two_valued(luma[strong], low[strong], high[strong]),
            _measure_straight(luma[strong]),
            _share(chroma <= EVEN),
            _share((span <= 12) & (low > 200)),
            _share((high > 180) & (low < 110)),
            float(np.median(span)) / 255,
            float(luma.mean()) / 255,
            float(chroma.mean()) / 255,
            len(colours) / max(int(flat.sum()), 1),
            _share(across[strong] == 0),
            _share(across[strong] > SOFT),
            _measure_rules((down > SOFT).mean(axis=2).reshape(*grid, BLOCK - 1).mean(axis=1)),
            _measure_rules((across > SOFT).mean(axis=1).reshape(*grid, BLOCK - 1).mean(axis=0)),
        ]
    )


def _cut_blocks(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return blocks all over a picture (count, BLOCK, BLOCK, 3), and how many stand below and beside each other.

    A picture smaller than a block is repeated.
    """
    if min(pixels.shape[:2]) < BLOCK:
        repeats = [-(-BLOCK // side) if side < BLOCK else 1 for side in pixels.shape[:2]]
        pixels = np.tile(pixels, (*repeats, 1))
    rows, columns = (_choose_places(side) for side in pixels.shape[:2])
    grid = len(rows) // BLOCK, len(columns) // BLOCK
    cut = pixels[rows[:, None], columns[None, :]].reshape(grid[0], BLOCK, grid[1], BLOCK, 3)
    return cut.swapaxes(1, 2).reshape(-1, BLOCK, BLOCK, 3), grid


def _choose_places(side: int) -> NDArray[np.intp]:
    """Return the rows or columns of blocks along a side, in step with those of JPEG."""
    count = min(side // BLOCK, MOST_BLOCKS)
    starts = np.linspace(0, side // BLOCK - 1, count).astype(np.intp) * BLOCK
    return (starts[:, None] + np.arange(BLOCK)).ravel()


def _count_colours(colours: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return how often each of some colours (count, 3) is there, the commonest first."""
    codes = (colours.astype(np.int64) * (65536, 256, 1)).sum(axis=1)
    return np.sort(np.unique(codes, return_counts=True)[1])[::-1]


def _count_tones(red: NDArray[np.int16], green: NDArray[np.int16], blue: NDArray[np.int16]) -> Array:
    """Return the share of pixels that each of 4,096 colours has, the commonest first."""
    codes = ((red >> 4) << 8) + ((green >> 4) << 4) + (blue >> 4)
    counts = np.sort(np.bincount(codes.ravel(), minlength=4096))[::-1]
    shares: Array = counts / counts.sum()
    return shares


def _measure_two_valued(luma: NDArray[np.int16], low: NDArray[np.int16], high: NDArray[np.int16]) -> float:
    """Return which share of the pixels in blocks with an edge is near their darkest or brightest."""
    near = ((high - low) >> 3)[:, None, None]
    return _share((luma - low[:, None, None] <= near) | (high[:, None, None] - luma <= near))


def _measure_straight(luma: NDArray[np.int16]) -> float:
    """Return which share of the blocks with an edge has only upright or only level lines."""
    level = np.ptp(luma, axis=2).max(axis=1, initial=0) <= SOFT
    upright = np.ptp(luma, axis=1).max(axis=1, initial=0) <= SOFT
    return _share(level | upright)


def _measure_rules(profile: Array) -> float:
    """Return how far the five longest straight lines go, as a share of the picture's side.

    `profile` is the share of edges along each row or column of pixels.
    """
    return float(np.sort(profile, axis=None)[-5:].mean())


def _share(mask: NDArray[np.bool_]) -> float:
    return float(mask.mean()) if mask.size else 0.0
