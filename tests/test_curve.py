"""Curves from the marks of another model to those of the shipped one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from iqscore.cards import load_cards
from iqscore.curve import Curve, load_curve
from iqscore.errors import ModelError

CURVE = Curve(mean=(1.0, 5.0, 6.0, 10.0), shipped=(1.0, 4.0, 8.0, 10.0))


def load(facts: Any) -> Curve | None:
    """Return the curve of a card that tells `facts` of it."""
    card = load_cards()[0]
    return load_curve(replace(card, facts={**card.facts, "aesthetic_curve": facts}))


@pytest.mark.parametrize(
    ("mean", "shipped"), [(1, 1), (3, 2.5), (5, 4), (5.5, 6), (6, 8), (8, 9), (10, 10), (0, 1), (11, 10)]
)
def test_straight_lines_between_knots(mean: float, shipped: float) -> None:
    assert CURVE.to_shipped(mean) == pytest.approx(shipped)


@given(some.floats(1, 10), some.floats(1, 10))
def test_a_better_mark_stays_no_worse(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 1 <= CURVE.to_shipped(low) <= CURVE.to_shipped(high) + 1e-9 <= 10 + 1e-9


def test_a_card_may_have_none() -> None:
    assert load(None) is None
    assert all(load_curve(card) is None for card in load_cards())


def test_a_card_may_say_more_about_its_curve() -> None:
    assert load({"mean": [1, 10], "shipped": [2, 9], "made_from": "a guess"}) == Curve((1, 10), (2, 9))


@pytest.mark.parametrize(
    "facts",
    [
        [],
        7,
        "",
        {},
        {"mean": [1, 10]},
        {"mean": [], "shipped": []},
        {"mean": [1, 10], "shipped": [1]},
        {"mean": [1, 1], "shipped": [1, 2]},
        {"mean": [2, 1], "shipped": [1, 2]},
        {"mean": [1, 2], "shipped": [2, 1]},
        {"mean": [1, 11], "shipped": [1, 10]},
        {"mean": [1, float("nan"), 10], "shipped": [1, 2, 10]},
        {"mean": [1, 10], "shipped": [1, None]},
        {"mean": ["one", 10], "shipped": [1, 10]},
    ],
)
def test_a_curve_that_makes_no_sense(facts: Any) -> None:
    with pytest.raises(ModelError, match=r"nima-mobilenet\.onnx: its card has no usable aesthetic_curve"):
        load(facts)
