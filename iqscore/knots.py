"""Straight lines between knots."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


def interpolate(x: float, knots: Sequence[float], values: Sequence[float]) -> float:
    """Return the value at `x` on straight lines between rising knots; flat before the first and after the last."""
    right = bisect_right(knots, x)
    if right == 0:
        return values[0]
    if right == len(knots):
        return values[-1]
    share = (x - knots[right - 1]) / (knots[right] - knots[right - 1])
    return values[right - 1] + share * (values[right] - values[right - 1])
