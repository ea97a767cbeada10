"""Spoil a clean photo in a known way: one function a defect, each with a severity from 0 to 1.

Photos are float32 RGB in 0 … 1, sRGB-encoded, (height, width, 3), at view scale. What light does (exposure, white
balance, haze, blur, shot noise) is computed in linear light; a share of the draws works on encoded values instead,
as simple editors do. Lengths of blur scale with the photo's long side, as a viewer sees the whole photo on a screen.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from training.kernels import convolve, demosaic, make_disc, make_gaussian, make_path, make_soft_field, make_spot
from training.light import LUMA, Pixels, Rng, to_encoded, to_image, to_linear, to_pixels, to_same

Degrade = Callable[[Pixels, float, Rng], Pixels]


def underexpose(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Take away up to 4.5 stops."""
    if rng.random() < 0.3:
        return photo * np.float32(1 - 0.85 * severity)
    return to_encoded(to_linear(photo) * np.float32(2 ** (-0.4 - 4.1 * severity)))


def overexpose(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """Add up to 3.5 stops and clip, as a sensor does, or add light to one part, as a flash or a window does."""
    draw = rng.random()
    if draw < 0.25:
        return np.clip(photo * np.float32(1.1 + 1.5 * severity), 0, 1)
    if draw < 0.4:
        return np.clip(photo + np.float32(0.05 + 0.55 * severity), 0, 1)
    gain = np.float32(2 ** (0.3 + 3.2 * severity))
    if draw < 0.55:
        spot = make_spot(photo.shape[0], photo.shape[1], rng, rim=0.4)[..., None]
        return to_encoded(to_linear(photo) * (1 + (1.5 * gain - 1) * spot))
    return to_encoded(to_linear(photo) * gain)


def cast(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A wrong white balance: channel gains, mostly along the blue-yellow axis of daylight, some green-magenta.

    Red and blue leave green by 0.25 (severity 0) to 2.25 stops (severity 1), as the length of their two ways.
    """
    warm, green = rng.choice([-1.0, 1.0]), rng.normal(0, 0.35)
    if rng.random() < 0.2:
        warm, green = rng.uniform(-0.3, 0.3), rng.choice([-1.0, 1.0])
    stops = np.array([0.75 * warm, 0.6 * green, -1.15 * warm]) + rng.normal(0, 0.1, 3)
    stops *= (0.25 + 2 * severity) / np.hypot(stops[0] - stops[1], stops[2] - stops[1])
    gains = 2.0 ** (stops - stops @ LUMA)
    if rng.random() < 0.4:
        return np.clip(photo * (gains ** (1 / 2.2)).astype(np.float32), 0, 1)
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
    """Noise of a sensor (shot and read noise in linear light, white balance, demosaicing, smoothing, JPEG), or plain.

    The deviation of encoded values that a severity means is that of people's votes (TID2013, additive Gaussian noise);
    of noise that is correlated between neighbours they mind half as much of it. Cameras at ISO 3,200 to 12,800 leave 2
    to 6 levels of 255, correlated at 0.6 to 0.95, so mild noise is made as carefully as strong noise.
    """
    sigma = 0.006 + 0.13 * severity**1.15
    draw = rng.random()
    if draw < 0.6:
        return _add_sensor_noise(photo, 0.7 * sigma, rng)
    noise = rng.standard_normal(photo.shape, np.float32)
    if rng.random() < 0.35:
        noise = 0.8 * noise[..., :1] + 0.5 * noise
    if rng.random() < 0.5:
        noise = convolve(noise, make_disc(rng.uniform(0.8, 1.8)))
        sigma *= 0.5 + 0.3 * severity
    return np.clip(photo + np.float32(sigma / (noise.std() + 1e-6)) * noise, 0, 1)


def _add_sensor_noise(photo: Pixels, sigma: float, rng: Rng) -> Pixels:
    light = to_linear(photo)
    gains = np.array([rng.uniform(1.2, 2.4), 1.0, rng.uniform(1.2, 2.4)], np.float32)
    read = rng.uniform(0.0004, 0.01)
    noise = np.sqrt(light / gains + np.float32(read)) * demosaic(rng.standard_normal(photo.shape, np.float32)) * gains
    if rng.random() < 0.6:
        grey = (noise @ LUMA)[..., None]
        colour = convolve(noise - grey, make_gaussian(rng.uniform(0.6, 2.5)))
        noise = colour + (convolve(grey, make_gaussian(rng.uniform(0.4, 1.1))) if rng.random() < 0.7 else grey)
    strength = 0.1 * sigma
    # encoding bends and clips noise: two steps reach the deviation that was asked for
    for _ in range(2):
        strength *= sigma / float((to_encoded(light + np.float32(strength) * noise) - photo).std() + 1e-6)
        strength = min(strength, 4.0)
    noisy = to_encoded(light + np.float32(strength) * noise)
    return _to_jpeg(noisy, int(rng.integers(78, 97)), 2) if rng.random() < 0.5 else noisy


def add_haze(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """The scattering model I = J t + A (1 - t) (He et al., 2009), t falling with a made-up distance.

    Air is anything from thick grey to bright, and often yellow, brown or blue; the nearest ground may be clear.
    """
    height, width, _ = photo.shape
    distance: Pixels = np.ones((height, width), np.float32)
    if rng.random() < 0.7:
        near = rng.uniform(0.1, 1.0)
        rows = np.linspace(1.35, near, height, dtype=np.float32)[:, None]
        distance = rows * (1 + 0.2 * make_soft_field(height, width, rng))
    linear = rng.random() < 0.5
    strength = (0.1 + 0.7 * severity) if linear else (0.22 + 1.5 * severity)
    t = np.exp(-strength * np.clip(distance, 0.05, 2.2))[..., None]
    warm = rng.normal(0, 0.045) + (0.05 if rng.random() < 0.3 else 0.0)
    tint = np.array([warm, 0.25 * warm, -warm]) + rng.normal(0, 0.012, 3)
    air = np.clip(rng.uniform(0.5, 0.95) + tint, 0, 1).astype(np.float32)
    if linear:
        return to_encoded(to_linear(photo) * t + to_linear(air) * (1 - t))
    return np.clip(photo * t + air * (1 - t), 0, 1).astype(np.float32)


def defocus(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A disc, the image of a point out of focus, or a Gaussian; now and then the focus is behind the subject."""
    radius = severity * (0.0055 * max(photo.shape) + 1.6) + 0.7
    draw = rng.random()
    if draw < 0.4:
        blurred = to_same(convolve(photo, make_gaussian(radius / 1.7)))
    elif draw < 0.6:
        blurred = to_same(convolve(photo, make_disc(radius)))
    else:
        blurred = to_encoded(convolve(to_linear(photo), make_disc(radius)))
    if rng.random() < 0.15:
        spot = make_spot(photo.shape[0], photo.shape[1], rng)[..., None]
        return photo * (1 - spot) + blurred * spot
    return blurred


def shake(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """A curved or wandering path of the camera during the exposure, straight ones included."""
    length = severity * (0.016 * max(photo.shape) + 3.5) + 2.5
    draw = rng.random()
    angle = rng.choice([0, np.pi / 2]) + rng.normal(0, 0.06) if draw < 0.25 else rng.uniform(0, np.pi)
    bend, wobble = (
        (0.0, 0.0) if draw < 0.35 else (rng.normal(0, 0.7), 0.0) if draw < 0.7 else (0.0, rng.uniform(0.5, 2))
    )
    kernel = make_path(length, angle, bend, wobble, rng)
    if rng.random() < 0.5:
        return to_same(convolve(photo, kernel))
    return to_encoded(convolve(to_linear(photo), kernel))


def compress(photo: Pixels, severity: float, rng: Rng) -> Pixels:
    """JPEG at quality 90 to 55 (severity up to 0.12), then down to 2.5; a fifth were JPEGs before.

    After the votes of TID2013: quality 25 is 0.17 there, 12 is 0.33, 5 is 0.68; here 32, 15 and 5.
    """
    mild = severity < 0.12
    quality = 90 - 35 * severity / 0.12 if mild else 55 * (2.5 / 55) ** (((severity - 0.12) / 0.88) ** 0.6)
    if rng.random() < 0.2:
        photo = _to_jpeg(photo, int(rng.integers(70, 96)), 2)
        dy, dx = rng.integers(0, 8, 2)
        # blocks of the second time seldom fall on those of the first
        photo = photo[dy:, dx:]
    return _to_jpeg(photo, round(quality), int(rng.choice([0, 1, 2, 2, 2])))


def _to_jpeg(photo: Pixels, quality: int, subsampling: int) -> Pixels:
    buffer = io.BytesIO()
    to_image(photo).save(buffer, "JPEG", quality=quality, subsampling=subsampling)
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
    glare = np.float32(rng.uniform(0, 0.06) * severity) * tint
    return to_encoded(to_linear(photo) + light * np.float32(0.12 + 0.75 * severity) + glare)


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
    "composition": tilt,
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
"""In the order in which the world, the lens, the sensor and the software spoil a photo.

Of composition tilts alone: a bad crop (`cut_away`) is told only beside photos that were framed well.
"""


def rotate_inside(image: Image.Image, degrees: float, cut_for: float | None = None) -> Image.Image:
    """Rotate and cut to the largest centred frame of the same shape without empty corners.

    `cut_for` cuts as if the photo had been turned by so many degrees more or less.
    """
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, expand=False)
    angle = np.radians(abs(degrees) if cut_for is None else max(abs(degrees), cut_for))
    w, h = image.size
    share = min(h / (w * np.sin(angle) + h * np.cos(angle)), w / (h * np.sin(angle) + w * np.cos(angle)))
    dx, dy = w * (1 - share) / 2, h * (1 - share) / 2
    return turned.crop((round(dx), round(dy), round(w - dx), round(h - dy)))
