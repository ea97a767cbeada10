"""Measures of agreement have known values on known numbers."""

from __future__ import annotations

import math

import pytest

pytest.importorskip("scipy")
from training.measures import judge_goal, print_table, to_auc, to_free_auc, to_rank_correlation


def test_auc_counts_pairs_in_order() -> None:
    assert to_auc([3, 4, 5], [0, 1, 2]) == 1
    assert to_auc([0, 1, 2], [3, 4, 5]) == 0
    assert to_auc([1, 1, 1], [1, 1, 1]) == 0.5
    assert to_auc([1, 3, 5], [0, 2, 4]) == pytest.approx(6 / 9)


def test_a_baseline_may_choose_its_direction() -> None:
    assert to_free_auc([0, 1, 2], [3, 4, 5]) == 1


def test_too_few_photos_are_no_measure() -> None:
    assert math.isnan(to_auc([1, 2], [0, 0, 0]))
    assert math.isnan(to_rank_correlation([1, 2], [1, 2]))
    assert math.isnan(to_rank_correlation([1, 1, 1], [1, 2, 3]))


def test_rank_correlation_ignores_scale() -> None:
    assert to_rank_correlation([1, 10, 100], [1, 2, 3]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("value", "goal", "verdict"),
    [(0.96, 0.95, "met"), (0.94, 0.95, "missed"), (-0.96, -0.95, "met"), (-0.9, -0.95, "missed")],
)
def test_goals_below_zero_are_ceilings(value: float, goal: float, verdict: str) -> None:
    assert verdict in judge_goal(value, goal)


def test_what_was_not_measured_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert "not measured" in judge_goal(math.nan, 0.95)
    print_table("Title", ("what", "value"), [("a", 0.12345), ("b", math.nan)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "### Title"
    assert lines[-3:-1] == ["| a | 0.123 |", "| b | - |"]
