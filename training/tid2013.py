"""The distortions of TID2013 (Ponomarenko et al., 2015) made again from the Kodak photos, to compare with its votes.

Each of five levels is reached by bisection on the strength until the PSNR over all three channels is 33, 30, 27, 24
or 21 dB. What the data set does not tell is guessed: photos are cropped to 512 x 384 at their middle; contrast falls
at odd and rises at even levels (its votes say so); mean shift and saturation are made in both directions.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from training.degrade import saturate
from training.judging import Case, Judge, Judged, Pixels, get_marks
from training.light import LUMA
from training.measures import judge_goal, print_table, to_rank_correlation

LEVELS = (33, 30, 27, 24, 21)
SIZE = (512, 384)
GOAL = 0.85
TRAINING = 16
"""So many references, the first ones, may train; the others judge."""
FLAWLESS, RUINED = 6.5, 1.85
"""Votes that stand for severities 0 and 1: nobody minds mean shifts of level 1 (6.1), JPEG at level 5 has 2.1."""
BASELINES = ("blurry", "sharpness", "unnatural")
Floats = NDArray[np.float32]
Distort = Callable[[Floats, float], Floats]


@dataclass(frozen=True)
class Distortion:
    """One series: its number in TID2013, the severity that should rise with it, the largest strength tried."""

    number: int
    name: str
    severity: str
    most: float
    apply: Distort


def _noise(photo: Floats, strength: float, *, chroma: float = 1.0, width: float = 0.0) -> Floats:
    noise = np.random.default_rng(0).standard_normal(photo.shape, np.float32)
    if width:
        noise = np.stack([gaussian_filter(plane, width) for plane in np.moveaxis(noise, -1, 0)], -1)
    grey = (noise @ LUMA)[..., None]
    return (photo + strength * (grey + chroma * (noise - grey))).astype(np.float32)


def _speckle(photo: Floats, strength: float) -> Floats:
    return photo * (1 + np.float32(strength) * np.random.default_rng(0).standard_normal(photo.shape, np.float32))


def _blur(photo: Floats, strength: float) -> Floats:
    return np.stack([gaussian_filter(plane, strength) for plane in np.moveaxis(photo, -1, 0)], -1)


def _compress(photo: Floats, strength: float) -> Floats:
    buffer = io.BytesIO()
    to_pixels(photo).save(buffer, "JPEG", quality=round(96 - strength))
    return np.asarray(Image.open(buffer), np.float32) / np.float32(255)


def _stretch(photo: Floats, strength: float) -> Floats:
    return np.float32(photo.mean()) + (photo - photo.mean()) * np.float32(1 + strength)


def _shift(photo: Floats, strength: float) -> Floats:
    return photo + np.float32(strength)


def _invert_sign(distort: Distort, photo: Floats, strength: float) -> Floats:
    return distort(photo, -strength)


def _scale_colour(photo: Floats, strength: float) -> Floats:
    return saturate(photo, 1 + strength)


DISTORTIONS = (
    Distortion(1, "Gaussian noise", "noise", 0.4, _noise),
    Distortion(2, "noise, more in colour", "noise", 0.4, partial(_noise, chroma=2.5)),
    Distortion(3, "correlated noise", "noise", 1.2, partial(_noise, width=1.0)),
    Distortion(8, "Gaussian blur", "defocus_blur", 12, _blur),
    Distortion(10, "JPEG", "jpeg_artifacts", 95, _compress),
    Distortion(16, "mean shift, brighter", "overexposure", 0.5, _shift),
    Distortion(16, "mean shift, darker", "underexposure", 0.5, partial(_invert_sign, _shift)),
    Distortion(17, "contrast", "", 4, _stretch),
    Distortion(18, "saturation, more", "oversaturation", 12, _scale_colour),
    Distortion(18, "saturation, less", "undersaturation", 1, partial(_invert_sign, _scale_colour)),
    Distortion(19, "multiplicative noise", "noise", 2, _speckle),
)
GUESSED = (16, 18)
"""Numbers of series whose direction is not known: they are left out of the mean over all."""


def to_pixels(photo: Floats) -> Image.Image:
    return Image.fromarray((np.clip(photo, 0, 1) * 255 + 0.5).astype(np.uint8))


def to_psnr(photo: Floats, other: Image.Image) -> float:
    """Return the peak signal-to-noise ratio in dB over all channels."""
    error = np.mean((photo - np.asarray(other, np.float32) / 255) ** 2, dtype=np.float64)
    return float(-10 * np.log10(max(error, 1e-10)))


def distort_to(photo: Floats, distort: Distort, most: float, psnr: float) -> Image.Image:
    """Return the photo distorted as strongly as `psnr` allows, at most by `most`."""
    low, high = 0.0, most
    for _ in range(12):
        strength = (low + high) / 2
        low, high = (strength, high) if to_psnr(photo, to_pixels(distort(photo, strength))) > psnr else (low, strength)
    return to_pixels(distort(photo, (low + high) / 2))


def open_reference(path: Path) -> Floats:
    """Return the middle 512 x 384 of a Kodak photo."""
    with Image.open(path) as image:
        left, top = (image.width - SIZE[0]) // 2, (image.height - SIZE[1]) // 2
        cut = image.convert("RGB").crop((left, top, left + SIZE[0], top + SIZE[1]))
    return np.asarray(cut, np.float32) / np.float32(255)


def read_votes(table: Path) -> dict[tuple[int, int, int], float]:
    """Return the mean opinion by (reference, distortion, level)."""
    votes = {}
    for line in table.read_text(encoding="utf-8").splitlines():
        mark, name = line.split()
        reference, distortion, level = map(int, name[1:].split(".")[0].split("_"))
        votes[reference, distortion, level] = float(mark)
    return votes


def to_severity(vote: float) -> float:
    """Return the severity that a mean opinion stands for: 5.6 visible if you look, 4.2 disturbing, 2.8 ruins it."""
    return float(np.clip((FLAWLESS - vote) / (FLAWLESS - RUINED), 0, 1))


def find_references(kodak: Path, training: bool) -> list[Path]:
    """Return the references that may train, or those that judge."""
    found = sorted(kodak.glob("kodim*.png"))
    return found[:TRAINING] if training else found[TRAINING:]


def find_cases(references: Sequence[Path], votes: dict[tuple[int, int, int], float]) -> Iterator[Case]:
    """Yield every distorted photo of some references, with the opinion and the PSNR asked for as its truth."""
    for path in references:
        reference = int(path.stem[-2:])
        for distortion in DISTORTIONS:
            for level, psnr in enumerate(LEVELS, 1):
                if (reference, distortion.number, level) in votes:
                    truth = {"mos": votes[reference, distortion.number, level], "psnr": psnr, "level": level}
                    make = partial(_make, path, distortion, level)
                    yield Case(f"{path.stem}_{distortion.number:02d}_{level}", distortion.name, make, truth)


def _make(path: Path, distortion: Distortion, level: int) -> Pixels:
    photo, apply, most = open_reference(path), distortion.apply, distortion.most
    if distortion.number == 17 and level % 2:
        apply, most = partial(_invert_sign, apply), 1
    return np.asarray(distort_to(photo, apply, most, LEVELS[level - 1]))


def report_tid2013(judge: Judge, kodak: Path, table: Path) -> list[Judged]:
    """Print rank correlations with the votes on references that did not train; return what was judged."""
    judged = judge.judge_all(find_cases(find_references(kodak, training=False), read_votes(table)))
    names = BASELINES if judge.has_baselines else ()
    rows, known = [], []
    for distortion in DISTORTIONS:
        chosen = [one for one in judged if one.case.kind == distortion.name]
        known += [] if distortion.number in GUESSED else chosen
        rows.append(_to_row(f"{distortion.number:02d} {distortion.name}", chosen, distortion.severity, names))
    rows.append(_to_row("all but 16 and 18", known, "", names))
    rows.append(_to_row("all", judged, "", names))
    header = ("distortion", "photos", "technical", "goal", "its severity", "goal", *names)
    print_table("TID2013 from Kodak: Spearman with people's mean opinion (severity: negative is right)", header, rows)
    return judged


def _to_row(name: str, chosen: list[Judged], severity: str, baselines: tuple[str, ...]) -> list[object]:
    votes = [one.case.truth["mos"] for one in chosen]
    technical = to_rank_correlation(get_marks(chosen, "technical"), votes)
    told = to_rank_correlation(get_marks(chosen, severity), votes) if severity else float("nan")
    others = [abs(to_rank_correlation(get_marks(chosen, baseline), votes)) for baseline in baselines]
    told_goal = judge_goal(told, -GOAL) if severity else "-"
    return [name, len(chosen), technical, judge_goal(technical, GOAL), told, told_goal, *others]
