"""Spoil a clean photo in a known way: one function a defect, each with a severity from 0 to 1.

Photos are float32 RGB in 0 … 1, sRGB-encoded, (height, width, 3), at view scale. What light does (exposure, white
balance, haze, blur, shot noise) is computed in linear light; a share of the draws works on encoded values instead,
as simple editors do. Lengths of blur scale with the photo's long side, as a viewer sees the whole photo on a screen.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.signal import oaconvolve

Pixels = NDArray[np.float32]
Rng = np.random.Generator
Degrade = Callable[[Pixels, float, Rng], Pixels]
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def to_linear(photo: Pixels) -> Pixels:
    """sRGB decoding (IEC 61966-2-1)."""
    return np.where(photo <= 0.04045, photo / 12.92, ((photo + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_encoded(light: Pixels) -> Pixels:
    """sRGB encoding (IEC 61966-2-1), clipped to 0 … 1."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055).astype(np.float32)


def underexpose(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Take away up to 4.5 stops."""
    if rng.random() < 0.3:
        return photo * np.float32(1 - 0.85 * severity)
    return to_encoded(to_linear(photo) * np.float32(2 ** (-0.4 - 4.1 * severity)))


def overexpose(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Add up to 3.5 stops and clip, as a sensor does."""
    if rng.random() < 0.35:
        return np.clip(photo * np.float32(1.1 + 1.5 * severity), 0, 1)
    if rng.random() < 0.2:
        return np.clip(photo + np.float32(0.05 + 0.55 * severity), 0, 1)
    return to_encoded(to_linear(photo) * np.float32(2 ** (0.3 + 3.2 * severity)))


def cast(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A wrong white balance: channel gains, mostly along the blue-yellow axis of daylight, some green-magenta."""
    warm = rng.choice([-1.0, 1.0]) * rng.uniform(0.6, 1.0)
    green = rng.normal(0, 0.35)
    if rng.random() < 0.2:
        warm, green = rng.uniform(-0.3, 0.3), rng.choice([-1.0, 1.0])
    strength = 0.15 + 1.35 * severity
    stops = strength * (np.array([0.75 * warm, 0.6 * green, -1.15 * warm]) + rng.normal(0, 0.1, 3))
    gains = 2.0 ** (stops - stops @ LUMA)
    if rng.random() < 0.4:
        return np.clip(photo * (gains**0.7).astype(np.float32), 0, 1)
    return to_encoded(to_linear(photo) * gains.astype(np.float32))


def saturate(photo: Pixels, factor: float) -> Pixels:
    """Scale the distance from grey; 1 changes nothing."""
    grey = (photo @ LUMA)[..., None]
    return np.clip(grey + (photo - grey) * np.float32(factor), 0, 1)


def undersaturate(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Fade, but never to black and white, which is a choice and no fault."""
    return saturate(photo, 1 - (0.3 + 0.58 * severity))


def oversaturate(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    return saturate(photo, 1.35 + 2.6 * severity)


def add_noise(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Shot and read noise in linear light, or plain Gaussian, partly correlated as after demosaicing."""
    sigma = 0.012 + 0.13 * severity
    height, width, _ = photo.shape
    noise = rng.standard_normal((height, width, 3), np.float32)
    if rng.random() < 0.35:
        noise = 0.8 * noise[..., :1] + 0.5 * noise
    if rng.random() < 0.4:
        noise = _convolve(noise, _disc(rng.uniform(0.6, 1.1)))
        noise /= noise.std() + 1e-6
    if rng.random() < 0.5:
        return np.clip(photo + np.float32(sigma) * noise, 0, 1)
    light = to_linear(photo)
    shot = np.sqrt(np.clip(light, 0, 1) * np.float32((sigma * 0.9) ** 2) + np.float32((sigma * 0.12) ** 2))
    return to_encoded(light + shot * noise)


def add_haze(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """The scattering model I = J t + A (1 - t) (He et al., 2009), t falling with a made-up distance."""
    height, width, _ = photo.shape
    distance: Pixels = np.ones((height, width), np.float32)
    if rng.random() < 0.6:
        rows = np.linspace(1.25, rng.uniform(0.45, 1.0), height, dtype=np.float32)[:, None]
        distance = rows * (1 + 0.15 * _soft_field(height, width, rng))
    linear = rng.random() < 0.4
    strength = (0.1 + 0.6 * severity) if linear else (0.25 + 1.5 * severity)
    t = np.exp(-strength * np.clip(distance, 0.2, 2))[..., None]
    air = np.float32(rng.uniform(0.62, 0.95)) * (1 + rng.normal(0, 0.025, 3)).astype(np.float32)
    if linear:
        return to_encoded(to_linear(photo) * t + to_linear(air) * (1 - t))
    return np.clip(photo * t + air * (1 - t), 0, 1).astype(np.float32)


def defocus(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A disc, the image of a point out of focus, or a Gaussian."""
    radius = severity * (0.0055 * max(photo.shape) + 1.6) + 0.7
    if rng.random() < 0.45:
        sigma = radius / 1.7
        return to_same(_convolve(photo, _gaussian(sigma)))
    if rng.random() < 0.5:
        return to_same(_convolve(photo, _disc(radius)))
    return to_encoded(_convolve(to_linear(photo), _disc(radius)))


def shake(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A curved path of the camera during the exposure."""
    length = severity * (0.016 * max(photo.shape) + 3.5) + 2.5
    kernel = _path(length, rng.uniform(0, np.pi), rng.normal(0, 0.6))
    if rng.random() < 0.5:
        return to_same(_convolve(photo, kernel))
    return to_encoded(_convolve(to_linear(photo), kernel))


def compress(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """JPEG at quality 45 (severity 0) to 3 (severity 1)."""
    quality = round(45 * (3 / 45) ** severity)
    buffer = io.BytesIO()
    to_image(photo).save(buffer, "JPEG", quality=quality, subsampling=int(rng.choice([0, 2, 2])))
    return to_pixels(Image.open(buffer))


def flare(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A bright source with glow, streaks, a row of ghosts through the centre, and veiling glare."""
    height, width, _ = photo.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(height, width)
    right, bottom = width / max(height, width), height / max(height, width)
    sun = np.array([rng.uniform(-0.02, 1.02) * right, rng.uniform(-0.05, 0.6) * bottom])
    middle = np.array([right / 2, bottom / 2])
    tint = np.array([1.0, rng.uniform(0.75, 1.0), rng.uniform(0.45, 1.0)], np.float32)
    apart = np.hypot(x - sun[0], y - sun[1])
    glow = 1.2 * np.exp(-((apart / (0.05 + 0.12 * severity)) ** 1.2)) + 0.35 * np.exp(-((apart / 0.55) ** 2))
    angle = np.arctan2(y - sun[1], x - sun[0])
    blades = int(rng.integers(4, 10))
    glow += 0.5 * np.abs(np.cos(angle * blades / 2 + rng.uniform(0, 3))) ** 40 * np.exp(-apart / 0.25)
    light = (glow[..., None] * tint).astype(np.float32)
    for _ in range(int(rng.integers(2, 8))):
        place = sun + (middle - sun) * rng.uniform(0.4, 2.2)
        size = rng.uniform(0.012, 0.09)
        disc = 1 / (1 + np.exp((np.hypot(x - place[0], y - place[1]) - size) / (0.05 * size + 0.002)))
        light += (disc[..., None] * rng.uniform(0.15, 0.5) * rng.uniform(0.2, 1.0, 3)).astype(np.float32)
    return to_encoded(to_linear(photo) + light * np.float32(0.12 + 0.75 * severity))


def misframe(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Tilt the horizon, or cut the frame away from its middle."""
    return tilt(photo, severity, rng) if rng.random() < 0.6 else cut_away(photo, severity, rng)


def tilt(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Turn by 3 to 20 degrees."""
    degrees = rng.choice([-1, 1]) * (3 + 17 * severity)
    return to_pixels(rotate_inside(to_image(photo), degrees))


def cut_away(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Keep a corner of the frame, 75 to 35 % of each side."""
    image = to_image(photo)
    share = 0.75 - 0.4 * severity
    w, h = round(image.width * share), round(image.height * share)
    left = int(rng.choice([0, image.width - w]))
    top = int(rng.choice([0, image.height - h]))
    return to_pixels(image.crop((left, top, left + w, top + h)))


DEGRADATIONS: dict[str, Degrade] = {
    "composition": misframe,
    "haze": add_haze,
    "lens_flare": flare,
    "motion_blur": shake,
    "defocus_blur": defocus,
    "underexposure": underexpose,
    "overexposure": overexpose,
    "noise": add_noise,
    "white_balance": cast,
    "undersaturation": undersaturate,
    "oversaturation": oversaturate,
    "jpeg_artifacts": compress,
}
"""In the order in which the world, the lens, the sensor and the software spoil a photo."""


def to_pixels(image: Image.Image) -> Pixels:
    return np.asarray(image.convert("RGB"), np.float32) / np.float32(255)


def to_image(photo: Pixels) -> Image.Image:
    return Image.fromarray((np.clip(photo, 0, 1) * 255 + 0.5).astype(np.uint8))


def to_same(photo: Pixels) -> Pixels:
    return np.clip(photo, 0, 1)


def _convolve(photo: Pixels, kernel: Pixels) -> Pixels:
    pad = kernel.shape[0] // 2
    padded = np.pad(photo, ((pad, pad), (pad, pad), (0, 0)), mode="symmetric")
    return oaconvolve(padded, kernel[..., None], mode="valid", axes=(0, 1)).astype(np.float32)


def _gaussian(sigma: float) -> Pixels:
    half = max(1, int(3 * sigma + 0.5))
    line = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    kernel = np.outer(line, line)
    return (kernel / kernel.sum()).astype(np.float32)


def _disc(radius: float) -> Pixels:
    half = int(np.ceil(radius))
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return (kernel / kernel.sum()).astype(np.float32)


def _path(length: float, angle: float, bend: float) -> Pixels:
    steps = np.linspace(-0.5, 0.5, int(8 * length) + 2)
    heading = angle + bend * steps
    x, y = np.cumsum(np.cos(heading)), np.cumsum(np.sin(heading))
    scale = length / len(steps)
    x, y = (x - x.mean()) * scale, (y - y.mean()) * scale
    half = int(np.ceil(max(np.abs(x).max(), np.abs(y).max()))) + 1
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    np.add.at(kernel, (np.rint(y).astype(int) + half, np.rint(x).astype(int) + half), 1)
    kernel = _convolve(kernel[..., None], _gaussian(0.5))[..., 0]
    return (kernel / kernel.sum()).astype(np.float32)


def _soft_field(height: int, width: int, rng: Rng) -> Pixels:
    coarse = Image.fromarray(rng.standard_normal((5, 7)).astype(np.float32))
    return np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.float32)


def rotate_inside(image: Image.Image, degrees: float) -> Image.Image:
    """Rotate and cut to the largest centred frame of the same shape without empty corners."""
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, expand=False)
    angle = np.radians(abs(degrees))
    w, h = image.size
    share = min(h / (w * np.sin(angle) + h * np.cos(angle)), w / (h * np.sin(angle) + w * np.cos(angle)))
    dx, dy = w * (1 - share) / 2, h * (1 - share) / 2
    return turned.crop((round(dx), round(dy), round(w - dx), round(h - dy)))
