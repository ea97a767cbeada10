"""Samples of the pool: photos that are spoilt, tilted or cut, and what shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.decode import decode_photo
from iqscore.records import DEFECTS
from training.bases import Base
from training.degrade import DEGRADATIONS, Degrade, cut_away, rotate_inside, tilt
from training.intents import FORBIDDEN, INTENTS, SHARES
from training.light import Pixels, Rng, to_image, to_pixels
from training.visible import to_seen

SHARES_OF_DEFECTS = (0.17, 0.5, 0.23, 0.10)
"""How often a sample gets none, one, two or three defects."""
WEIGHTS = dict.fromkeys(DEFECTS, 0.85) | {"composition": 0.35, "undersaturation": 0.5, "lens_flare": 0.55}
"""How much of its technical quality a photo loses to a defect of severity 1."""
INTENDED = 0.15
"""How often a sample is made unusual on purpose before anything else happens to it."""
TILTED = 0.7
"""How often a sample for the head of tilts is turned."""
CUT, DAMAGED = 0.5, 0.45
"""How often a sample for the head of bad crops is cut, and how often it has another defect besides."""
UNTOUCHED = 0.7
"""How often a photo with marks is left as it is."""
RESAMPLED = 0.25
"""How often a sample that is not to look tilted is resampled and cut as if it had been turned."""
OPPOSITES = (("underexposure", "overexposure"), ("undersaturation", "oversaturation"))
COMPANIONS = (
    ("underexposure", "noise"),
    ("motion_blur", "noise"),
    ("underexposure", "motion_blur"),
    ("noise", "jpeg_artifacts"),
    ("haze", "undersaturation"),
    ("white_balance", "underexposure"),
    ("overexposure", "lens_flare"),
)
"""Pairs that often meet in life."""


@dataclass
class Sample:
    """A photo, its twelve severities, what of composition is a tilt or a bad crop, and its technical mark."""

    photo: Pixels
    severities: NDArray[np.float64]
    tilt: float
    technical: float
    crop: float = np.nan


def make_sample(base: Base, rng: Rng) -> Sample:
    """Return a photo, spoilt or not."""
    photo = _frame(base.path, rng)
    if base.is_marked and rng.random() < UNTOUCHED:
        return Sample(photo, base.severities, np.nan, base.technical)
    severities, tilted = base.severities.copy(), np.nan if base.is_marked else 0.0
    chosen = choose_defects(rng)
    if rng.random() < INTENDED:
        intent = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        photo = INTENTS[intent](photo, rng)
        chosen -= FORBIDDEN[intent]
    if "composition" not in chosen and rng.random() < RESAMPLED:
        photo = _resample(photo, rng)
    for name, degrade in DEGRADATIONS.items():
        if name in chosen:
            photo, seen = _spoil(photo, name, degrade, rng)
            tilted = seen if name == "composition" else tilted
            place = DEFECTS.index(name)
            severities[place] = np.fmax(severities[place], seen)
    photo, severities = _shrink(photo, severities, rng)
    return Sample(photo, severities, tilted, to_technical(base, severities))


def make_tilted(base: Base, rng: Rng) -> Sample:
    """Return a photo that is tilted, or resampled only, or as it was; of its other faults nothing is told."""
    photo, seen = _frame(base.path, rng), 0.0
    draw = rng.random()
    if draw < TILTED:
        severity = float(rng.uniform(0.05, 1.0))
        turned = tilt(photo, severity, rng)
        photo, seen = turned, to_seen("tilt", severity, photo, turned)
    elif draw < TILTED + (1 - TILTED) / 2:
        photo = _resample(photo, rng)
    return Sample(photo, np.full(len(DEFECTS), np.nan), seen, np.nan)


def make_framed(base: Base, rng: Rng) -> Sample:
    """Return a photo as its maker framed it or a corner of it; of its other faults nothing is told.

    Frames drawn at random, as for other samples, would be bad crops already.
    """
    photo, seen = to_pixels(_open(base.path, rng)), 0.0
    if rng.random() < CUT:
        severity = float(rng.uniform(0.05, 1.0))
        whole, photo = photo, cut_away(photo, severity, rng)
        seen = to_seen("bad crop", severity, whole, photo)
    elif rng.random() < RESAMPLED:
        photo = _resample(photo, rng)
    draw = rng.random()
    if draw < DAMAGED:
        name = str(rng.choice([name for name in DEGRADATIONS if name != "composition"]))
        photo = DEGRADATIONS[name](photo, float(rng.uniform(0.05, 0.8)), rng)
    elif draw < DAMAGED + INTENDED:
        photo = INTENTS[str(rng.choice(list(SHARES), p=list(SHARES.values())))](photo, rng)
    return Sample(photo, np.full(len(DEFECTS), np.nan), np.nan, np.nan, seen)


def _spoil(photo: Pixels, name: str, degrade: Degrade, rng: Rng) -> tuple[Pixels, float]:
    """Return the photo and how severe the defect looks."""
    severity = float(rng.uniform(0.05, 1.0))
    spoilt = degrade(photo, severity, rng)
    return spoilt, to_seen("tilt" if name == "composition" else name, severity, photo, spoilt)


def to_technical(base: Base, severities: NDArray[np.float64]) -> float:
    """Return what is left of the technical mark of a photo that was given those severities."""
    lost = np.clip(np.nan_to_num(severities) - np.nan_to_num(base.severities), 0, 1)
    keep = np.prod([1 - WEIGHTS[name] * share for name, share in zip(DEFECTS, lost, strict=True)])
    return 1 + (base.technical - 1) * float(keep)


def _resample(photo: Pixels, rng: Rng) -> Pixels:
    """Turn by too little to be seen and cut as far as a real tilt would be: resampling alone is no tilt."""
    degrees, as_if = rng.uniform(-0.7, 0.7), rng.uniform(3, 20)
    return to_pixels(rotate_inside(to_image(photo), degrees, as_if))


def choose_defects(rng: Rng) -> set[str]:
    """Return the defects of a sample, never both directions of one thing; a third of the pairs often meet in life."""
    count = int(rng.choice(len(SHARES_OF_DEFECTS), p=SHARES_OF_DEFECTS))
    if count == 2 and rng.random() < 0.35:
        return set(COMPANIONS[rng.integers(len(COMPANIONS))])
    # a bad frame is the hardest to learn
    odds = np.array([3.0 if name == "composition" else 1.0 for name in DEGRADATIONS])
    chosen = {str(name) for name in rng.choice(list(DEGRADATIONS), count, replace=False, p=odds / odds.sum())}
    for one, other in OPPOSITES:
        chosen -= {one} if other in chosen else set()
    return chosen


def _open(path: Path, rng: Rng) -> Image.Image:
    """Open at a random scale, flip."""
    image = Image.fromarray(decode_photo(str(path)).pixels)
    if max(image.size) > 640:
        long_side = 560 + (max(image.size) - 560) * rng.random() ** 1.2
        scale = long_side / max(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if rng.random() < 0.5 else image


def _frame(path: Path, rng: Rng) -> Pixels:
    """Open, cut a random frame."""
    image = _open(path, rng)
    share = rng.uniform(0.7, 1.0) if min(image.size) > 300 else rng.uniform(0.9, 1.0)
    w, h = round(image.width * share), round(image.height * share)
    left, top = int(rng.integers(0, image.width - w + 1)), int(rng.integers(0, image.height - h + 1))
    return to_pixels(image.crop((left, top, left + w, top + h)))


def _shrink(photo: Pixels, severities: NDArray[np.float64], rng: Rng) -> tuple[Pixels, NDArray[np.float64]]:
    """Now and then shrink afterwards, as decoding does with large photos; noise and blocks fade with it."""
    if rng.random() < 0.3 and max(photo.shape) > 640:
        factor = rng.uniform(1.0, min(2.5, max(photo.shape) / 400))
        image = to_image(photo)
        size = (round(image.width / factor), round(image.height / factor))
        photo = to_pixels(image.resize(size, Image.Resampling.BILINEAR))
        fade = np.ones(len(DEFECTS))
        fade[DEFECTS.index("noise")] = factor**-0.8
        fade[DEFECTS.index("jpeg_artifacts")] = factor**-0.5
        severities = severities * fade
    return photo, severities
