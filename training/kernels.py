"""What spreads light and noise: blur kernels, soft random fields, and the colour filter of a sensor."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.signal import oaconvolve

from training.light import Pixels, Rng


def convolve(photo: Pixels, kernel: Pixels) -> Pixels:
    """Return (height, width, channels) convolved with a square kernel of odd side, mirrored at the edges."""
    pad = kernel.shape[0] // 2
    padded = np.pad(photo, ((pad, pad), (pad, pad), (0, 0)), mode="symmetric")
    return oaconvolve(padded, kernel[..., None], mode="valid", axes=(0, 1)).astype(np.float32)


def make_gaussian(sigma: float) -> Pixels:
    half = max(1, int(3 * sigma + 0.5))
    line = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel = np.outer(line, line)
    return (kernel / kernel.sum()).astype(np.float32)


def make_disc(radius: float) -> Pixels:
    half = int(np.ceil(radius))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)


def make_path(length: float, angle: float, bend: float, wobble: float = 0.0, rng: Rng | None = None) -> Pixels:
    """Return the path of a shaken camera: an arc of `bend` radians, or with `wobble` one that wanders off it.

    It smears as far as a straight line of `length` would, by its deviation along its main direction.
    """
    steps = np.linspace(-0.5, 0.5, int(8 * length) + 2)
    heading = angle + bend * steps
    if wobble and rng is not None:
        heading = heading + wobble * np.cumsum(rng.standard_normal(len(steps))) / np.sqrt(len(steps))
    x, y = np.cumsum(np.cos(heading)), np.cumsum(np.sin(heading))
    scale = length / np.sqrt(12 * np.linalg.eigvalsh(np.cov(x, y)).max())
    x, y = (x - x.mean()) * scale, (y - y.mean()) * scale
    half = int(np.ceil(max(np.abs(x).max(), np.abs(y).max()))) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    np.add.at(kernel, (np.rint(y).astype(int) + half, np.rint(x).astype(int) + half), 1)
    kernel = convolve(kernel[..., None], make_gaussian(0.5))[..., 0]
    return (kernel / kernel.sum()).astype(np.float32)


def make_soft_field(height: int, width: int, rng: Rng) -> Pixels:
    """Return a smooth random field (height, width) of about unit deviation."""
    coarse = Image.fromarray(rng.standard_normal((5, 7)).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def make_spot(height: int, width: int, rng: Rng, rim: float = 0.1) -> Pixels:
    """Return an ellipse (height, width), 1 where a subject may be and 0 around it, the softer the larger its rim."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    centre = rng.uniform(0.33, 0.67) * width, rng.uniform(0.38, 0.67) * height
    reach = rng.uniform(0.16, 0.3) * width, rng.uniform(0.2, 0.36) * height
    apart = np.hypot((x - centre[0]) / reach[0], (y - centre[1]) / reach[1])
    return (1 / (1 + np.exp(np.minimum((apart - 1) / (rim * rng.uniform(0.3, 1.2)), 60)))).astype(np.float32)


def demosaic(noise: Pixels) -> Pixels:
    """Return noise (height, width, 3) as bilinear demosaicing of an RGGB sensor leaves it: coarser in red and blue."""
    height, width, _ = noise.shape
    y, x = np.mgrid[0:height, 0:width]
    masks = (y % 2 == 0) & (x % 2 == 0), (y + x) % 2 == 1, (y % 2 == 1) & (x % 2 == 1)
    cross = np.array([[0, 1, 0], [1, 4, 1], [0, 1, 0]], np.float32) / np.float32(4)
    square = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]], np.float32) / np.float32(4)
    planes = [
        convolve((noise[..., place] * mask.astype(np.float32))[..., None], cross if place == 1 else square)
        for place, mask in enumerate(masks)
    ]
    return np.concatenate(planes, axis=-1)
