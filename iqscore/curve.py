"""How the means of another aesthetic model compare with those of the shipped one, which scores are calibrated on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from iqscore.cards import Card
from iqscore.errors import ModelError
from iqscore.knots import interpolate


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines between knots; flat before the first and after the last."""

    mean: tuple[float, ...]
    """Rising means of the model itself, 1 to 10."""
    shipped: tuple[float, ...]
    """The shipped model's mean for each, never falling."""

    def to_shipped(self, mean: float) -> float:
        """Return what the shipped model would say where this one says `mean`."""
        return interpolate(mean, self.mean, self.shipped)


def load_curve(card: Card) -> Curve | None:
    """Return the `aesthetic_curve` of a card, None where it has none; ModelError where it makes no sense."""
    facts = card.facts.get("aesthetic_curve")
    if facts is None:
        return None
    try:
        curve = _to_curve(facts)
        sound = (
            len(curve.mean) == len(curve.shipped) > 0
            and all(low < high for low, high in pairwise(curve.mean))
            and all(low <= high for low, high in pairwise(curve.shipped))
            and all(1 <= value <= 10 for value in (*curve.mean, *curve.shipped))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{card.file}: its card has no usable aesthetic_curve ({error!r})") from error
    if not sound:
        raise ModelError(f"{card.file}: its card has no usable aesthetic_curve (both rows must rise from 1 to 10)")
    return curve


def _to_curve(facts: Mapping[str, Any]) -> Curve:
    return Curve(
        mean=tuple(float(value) for value in facts["mean"]), shipped=tuple(float(value) for value in facts["shipped"])
    )
