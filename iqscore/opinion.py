"""Score maths: from what the networks say to a score, a label, stars and reasons.

Every number that could be tuned stands in the calibration file beside the models, made by
`training.calibrate` on a reference pool of photos.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, repeat
from operator import mul, sub, truediv
from pathlib import Path
from typing import Any

from iqscore.errors import ModelError
from iqscore.knots import interpolate
from iqscore.records import DEFECTS, Aesthetic, Kind, Label, Reason

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "underexposure": ("a little dark", "too dark: shadows lost", "far too dark"),
    "overexposure": ("some highlights lost", "too bright: highlights lost", "blown out"),
    "white_balance": ("slight colour cast", "colour cast: white balance off", "strong colour cast"),
    "undersaturation": ("slightly pale colours", "pale colours", "washed-out colours"),
    "oversaturation": ("slightly garish colours", "garish colours", "glaring colours"),
    "noise": ("some noise", "noisy", "very noisy"),
    "haze": ("slightly hazy", "hazy: contrast washed out", "very hazy: little contrast left"),
    "defocus_blur": ("slightly soft", "out of focus", "badly out of focus"),
    "motion_blur": ("slight motion blur", "motion blur", "strong motion blur"),
    "jpeg_artifacts": ("some compression artefacts", "compression artefacts", "heavy compression artefacts"),
    "lens_flare": ("some lens flare", "lens flare", "heavy lens flare"),
    "composition": ("slightly tilted or loosely framed", "tilted or badly framed", "badly tilted or framed"),
}
NOT_A_PHOTOGRAPH = Reason(code="not_a_photograph", severity=0.0, text="not a photograph")
"""Why a graphic is pending, whatever the models say of it."""
_OF_COLOUR = ("white_balance", "undersaturation", "oversaturation")
FADED = 0.7
_STRONG, _SEVERE = 0.45, 0.7
_MARKS = tuple(map(float, range(1, 11)))


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the two opinions become one; every field is a key of `calibration.json`."""

    aesthetic_weight: float
    """Share of the aesthetic mean in the quality, the rest is technical."""
    fault_severity: float
    """Severity from which on the worst defect of `costing` lowers the quality, in proportion, …"""
    fault_cost: float
    """… down to so many marks less at severity 1."""
    costing: tuple[str, ...]
    quality: tuple[float, ...]
    """Rising qualities of the reference pool at the `score` knots; at most 10."""
    score: tuple[float, ...]
    """Rising scores, 0 to 100: the share of the pool that is no better."""
    stars: tuple[float, ...]
    """Four rising scores at which two, three, four and five stars begin."""
    accepted_score: float
    """A photo is accepted from this score on, unless a defect reaches `accepted_severity`."""
    accepted_severity: float
    rejected_severity: float
    """A photo is rejected when a defect of `rejecting` reaches this, its technical mark is at most
    `rejected_technical` and its score below `rejected_score`."""
    rejected_technical: float
    rejected_score: float
    rejecting: tuple[str, ...]
    told_severity: Mapping[str, float]
    """From which severity on each defect is given as a reason."""


def load_calibration(folder: Path) -> Calibration:
    """Return `calibration.json` of a models folder; ModelError says what is wrong with it."""
    path = folder / "calibration.json"
    try:
        values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["calibration"]
        values = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        calibration = Calibration(**values)
        trouble = _find_trouble(calibration)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: not a usable calibration ({error})") from error
    if trouble:
        raise ModelError(f"{path}: not a usable calibration ({trouble})")
    return calibration


def _find_trouble(calibration: Calibration) -> str | None:
    """Return what makes no sense in a calibration; TypeError or AttributeError for a value of the wrong kind."""
    if len(calibration.quality) != len(calibration.score):
        return "not as many qualities as scores"
    for knots in (calibration.quality, calibration.score):
        if min(high - low for low, high in pairwise(knots)) <= 0:
            return "qualities and scores must rise"
    if set(calibration.told_severity.keys()) != set(DEFECTS):
        return "told_severity needs each defect once"
    return None


def to_aesthetic(histogram: Sequence[float]) -> Aesthetic:
    """Return mean and standard deviation of a ten-bin histogram over the marks 1 … 10 (arXiv 1709.05424)."""
    # this is done for each photo of a library that is known already, so without loops in Python
    shares = tuple(map(truediv, histogram, repeat(math.fsum(histogram))))
    mean = math.fsum(map(mul, _MARKS, shares))
    distances = tuple(map(sub, _MARKS, repeat(mean)))
    variance = math.fsum(map(mul, map(mul, distances, distances), shares))
    return Aesthetic(mean=mean, spread=math.sqrt(variance), histogram=shares)


def to_quality(aesthetic: float, technical: float, worst: float, calibration: Calibration) -> float:
    """Return one mark, at most 10, of two means of 1 … 10 and the severity of the worst defect."""
    weight, free = calibration.aesthetic_weight, calibration.fault_severity
    cost = calibration.fault_cost * max(0.0, worst - free) / (1 - free)
    return weight * aesthetic + (1 - weight) * technical - cost


def to_score(quality: float, calibration: Calibration) -> float:
    """Return 0 … 100: the share of the reference pool whose quality is no better."""
    return interpolate(quality, calibration.quality, calibration.score)


def find_worst(defects: Mapping[str, float], among: Iterable[str]) -> float:
    """Return the highest severity of some defects."""
    return max(map(defects.__getitem__, among))


def without_colour_faults(defects: Mapping[str, float]) -> dict[str, float]:
    """Return the severities of a monochrome photo: colour that was left out on purpose is no fault.

    A photo of which hardly any colour is left keeps its undersaturation where that is FADED or more: toned prints have
    at most 0.57, those that were faded to an eighth of their colour mostly 0.7 to 0.95.
    """
    faded = defects["undersaturation"] >= FADED
    return {
        defect: 0.0 if defect in _OF_COLOUR and not (faded and defect == "undersaturation") else severity
        for defect, severity in defects.items()
    }


def to_label(
    score: float, technical: float, defects: Mapping[str, float], calibration: Calibration, kind: Kind = "photo"
) -> Label:
    """Return accepted, pending or rejected; rejection needs a severe defect that nothing else speaks against.

    What is no photograph is pending, whatever is wrong with it.
    """
    if kind != "photo":
        return "pending"
    worst = find_worst(defects, calibration.rejecting)
    if (
        worst >= calibration.rejected_severity
        and technical <= calibration.rejected_technical
        and score < calibration.rejected_score
    ):
        return "rejected"
    if score >= calibration.accepted_score and worst < calibration.accepted_severity:
        return "accepted"
    return "pending"


def to_stars(score: float, label: Label, calibration: Calibration) -> int:
    """Return 1 … 5; a rejected photo has one star."""
    return 1 if label == "rejected" else 1 + bisect_right(calibration.stars, score)


def to_reasons(
    score: float, defects: Mapping[str, float], calibration: Calibration, motion: int | None = None
) -> tuple[Reason, ...]:
    """Return why the photo has its score: its defects, gravest first, or a verdict of severity 0 if none is strong.

    `motion` is the direction of motion blur in degrees, where one is known.
    """
    told = [
        Reason(code=defect, severity=severity, text=to_words(defect, severity, motion))
        for defect, severity in defects.items()
        if severity >= calibration.told_severity[defect]
    ]
    told.sort(key=lambda reason: -reason.severity)
    if told and (score >= calibration.rejected_score or told[0].severity >= _STRONG):
        return tuple(told)
    return (*told, _to_verdict(score, calibration))


def _to_verdict(score: float, calibration: Calibration) -> Reason:
    """Return what is said where no fault explains the score."""
    if score < calibration.rejected_score:
        return Reason(code="low_appeal", severity=0.0, text="little appeal")
    if score < calibration.accepted_score:
        return Reason(code="ordinary", severity=0.0, text="nothing wrong, nothing special")
    return Reason(code="appealing", severity=0.0, text="appealing, nothing wrong")


def to_words(defect: str, severity: float, motion: int | None = None) -> str:
    """Return a defect of that severity in words."""
    mild, strong, severe = _WORDS[defect]
    words = severe if severity >= _SEVERE else strong if severity >= _STRONG else mild
    return f"{words}, about {motion}°" if defect == "motion_blur" and motion is not None else words
