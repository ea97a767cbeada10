"""How the means of another aesthetic model compare with those of the shipped one, which scores are calibrated on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from iqscore.cards import Card
from iqscore.errors import ModelError


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines between knots; flat before the first and after the last."""

    mean: tuple[float, ...]
    """Rising means of the model itself, 1 to 10."""
    shipped: tuple[float, ...]
    """The shipped model's mean for each, never falling."""

    def to_shipped(self, mean: float) -> float:
        """Return what the shipped model would say where this one says `mean`."""
        right = bisect_right(self.mean, mean)
        if right == 0:
            return self.shipped[0]
        if right == len(self.mean):
            return self.shipped[-1]
        share = (mean - self.mean[right - 1]) / (self.mean[right] - self.mean[right - 1])
        return self.shipped[right - 1] + share * (self.shipped[right] - self.shipped[right - 1])


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
