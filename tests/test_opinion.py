"""Score maths: what histograms, marks and severities come to."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqscore.cards import find_models_folder
from iqscore.errors import ModelError
from iqscore.opinion import (
    Calibration,
    find_worst,
    load_calibration,
    to_aesthetic,
    to_label,
    to_quality,
    to_reasons,
    to_score,
    to_stars,
    to_words,
    without_colour_faults,
)
from iqscore.records import DEFECTS, Label

VALUES: dict[str, Any] = {
    "aesthetic_weight": 0.75,
    "fault_severity": 0.5,
    "fault_cost": 2.0,
    "costing": ["noise", "haze"],
    "quality": [1, 4, 5, 7, 10],
    "score": [0, 10, 50, 90, 100],
    "stars": [20, 40, 60, 80],
    "accepted_score": 60,
    "accepted_severity": 0.5,
    "rejected_severity": 0.7,
    "rejected_technical": 4,
    "rejected_score": 25,
    "rejecting": ["noise", "defocus_blur"],
    "told_severity": dict.fromkeys(DEFECTS, 0.3) | {"composition": 0.6},
}
CALIBRATION = Calibration(
    **{key: tuple(value) if isinstance(value, list) else value for key, value in VALUES.items()}  # type: ignore[arg-type]
)
marks = st.floats(1, 10)
histograms = st.lists(st.floats(0, 100), min_size=10, max_size=10).filter(lambda shares: sum(shares) > 0.01)


def make_defects(**severities: float) -> dict[str, float]:
    return dict.fromkeys(DEFECTS, 0.0) | severities


@pytest.mark.parametrize(
    ("histogram", "mean", "spread"),
    [
        ([0, 0, 0, 0, 0, 0, 1, 0, 0, 0], 7, 0),
        ([0.1] * 10, 5.5, math.sqrt(8.25)),
        ([0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0.5], 5.5, 4.5),
        ([0, 0.25, 0.5, 0.25, 0, 0, 0, 0, 0, 0], 3, math.sqrt(0.5)),
        ([0, 0, 2, 0, 6, 0, 0, 0, 0, 0], 4.5, math.sqrt(0.75)),
    ],
)
def test_mean_and_deviation_of_a_histogram(histogram: list[float], mean: float, spread: float) -> None:
    aesthetic = to_aesthetic(histogram)
    assert aesthetic.mean == pytest.approx(mean)
    assert aesthetic.spread == pytest.approx(spread)


def test_counts_of_votes_become_shares() -> None:
    assert to_aesthetic([0, 0, 0, 3, 9, 4, 0, 0, 0, 0]).histogram == (0, 0, 0, 0.1875, 0.5625, 0.25, 0, 0, 0, 0)


@given(histograms)
def test_any_histogram_is_an_opinion(histogram: list[float]) -> None:
    aesthetic = to_aesthetic(histogram)
    assert 1 - 1e-9 <= aesthetic.mean <= 10 + 1e-9
    assert 0 <= aesthetic.spread <= 4.5 + 1e-9
    assert math.fsum(aesthetic.histogram) == pytest.approx(1)
    assert aesthetic.histogram == pytest.approx([share / math.fsum(histogram) for share in histogram])


@pytest.mark.parametrize(("quality", "score"), list(zip(VALUES["quality"], VALUES["score"], strict=True)))
def test_a_knot_is_hit(quality: float, score: float) -> None:
    assert to_score(quality, CALIBRATION) == score


def test_between_knots_the_score_rises_evenly() -> None:
    assert to_score(4.5, CALIBRATION) == pytest.approx(30)
    assert to_score(6, CALIBRATION) == pytest.approx(70)
    assert to_score(7.3, CALIBRATION) == pytest.approx(91)


def test_both_marks_count_with_their_weights() -> None:
    assert to_quality(4, 8, 0.0, CALIBRATION) == 5
    assert to_quality(8, 4, 0.0, CALIBRATION) == 7


@pytest.mark.parametrize(("worst", "quality"), [(0.0, 6), (0.5, 6), (0.75, 5), (1.0, 4)])
def test_a_strong_defect_costs_quality(worst: float, quality: float) -> None:
    assert to_quality(6, 6, worst, CALIBRATION) == pytest.approx(quality)


def test_beyond_the_pool_the_score_stays_at_its_ends() -> None:
    narrow = replace(CALIBRATION, quality=(4, 5, 6, 7, 8), score=(1, 10, 50, 90, 99))
    assert to_score(-1, narrow) == to_score(3.9, narrow) == 1
    assert to_score(10, narrow) == to_score(8.1, narrow) == 99


def test_a_pool_with_equal_qualities_gives_a_score() -> None:
    stepped = replace(CALIBRATION, quality=(1, 5, 5, 7, 10))
    assert to_score(5, stepped) == 50
    assert to_score(4.999, stepped) == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize("shipped", [False, True])
@given(aesthetic=marks, technical=marks, more=st.floats(0, 9), worst=st.floats(0, 1), less=st.floats(0, 1))
def test_better_marks_and_weaker_defects_never_lower_the_score(
    shipped: bool, aesthetic: float, technical: float, more: float, worst: float, less: float
) -> None:
    calibration = load_calibration(find_models_folder()) if shipped else CALIBRATION

    def score(aesthetic: float, technical: float, worst: float) -> float:
        return to_score(to_quality(aesthetic, technical, worst, calibration), calibration)

    first = score(aesthetic, technical, worst)
    assert 0 <= first <= 100
    assert score(min(10, aesthetic + more), technical, worst) >= first - 1e-9
    assert score(aesthetic, min(10, technical + more), worst) >= first - 1e-9
    assert score(aesthetic, technical, worst * less) >= first - 1e-9


def test_the_worst_is_found_among_those_named() -> None:
    assert find_worst(make_defects(noise=0.2, defocus_blur=0.4, composition=0.9), ("noise", "defocus_blur")) == 0.4


def test_a_monochrome_photo_has_no_colour_faults() -> None:
    assert without_colour_faults(dict.fromkeys(DEFECTS, 0.9))["undersaturation"] == 0.9
    left = without_colour_faults(dict.fromkeys(DEFECTS, 0.6))
    gone = {defect for defect, severity in left.items() if severity == 0}
    assert gone == {"white_balance", "undersaturation", "oversaturation"}
    assert list(left) == list(DEFECTS)
    assert {severity for defect, severity in left.items() if defect not in gone} == {0.6}


@pytest.mark.parametrize(
    ("score", "technical", "noise", "label"),
    [
        (24.9, 4.0, 0.7, "rejected"),
        (0.0, 1.0, 1.0, "rejected"),
        (25.0, 4.0, 0.7, "pending"),  # the score speaks against it
        (24.9, 4.1, 0.7, "pending"),  # the technical mark does
        (24.9, 4.0, 0.69, "pending"),  # no defect is severe
        (0.0, 1.0, 0.0, "pending"),
        (59.9, 9.0, 0.0, "pending"),
        (60.0, 5.0, 0.49, "accepted"),
        (100.0, 9.0, 0.5, "pending"),
        (100.0, 1.0, 0.0, "accepted"),
    ],
)
def test_label(score: float, technical: float, noise: float, label: Label) -> None:
    assert to_label(score, technical, make_defects(noise=noise), CALIBRATION) == label


def test_the_worst_of_the_rejecting_defects_counts_and_no_other() -> None:
    assert to_label(10, 2, make_defects(noise=0.1, defocus_blur=0.9), CALIBRATION) == "rejected"
    assert to_label(10, 2, make_defects(composition=1.0, lens_flare=1.0), CALIBRATION) == "pending"
    assert to_label(90, 8, make_defects(composition=1.0, lens_flare=1.0), CALIBRATION) == "accepted"


@pytest.mark.parametrize(
    ("score", "stars"),
    [(0, 1), (19.9, 1), (20, 2), (39.9, 2), (40, 3), (59.9, 3), (60, 4), (79.9, 4), (80, 5), (100, 5)],
)
def test_stars(score: float, stars: int) -> None:
    assert to_stars(score, "pending", CALIBRATION) == stars
    assert to_stars(score, "accepted", CALIBRATION) == stars
    assert to_stars(score, "rejected", CALIBRATION) == 1


@pytest.mark.parametrize(
    ("score", "code"),
    [
        (0, "low_appeal"),
        (24.9, "low_appeal"),
        (25, "ordinary"),
        (59.9, "ordinary"),
        (60, "appealing"),
        (100, "appealing"),
    ],
)
def test_a_clean_photo_has_a_verdict(score: float, code: str) -> None:
    (reason,) = to_reasons(score, make_defects(noise=0.29, composition=0.59), CALIBRATION)
    assert (reason.code, reason.severity) == (code, 0)


def test_reasons_come_gravest_first() -> None:
    defects = make_defects(haze=0.31, noise=0.8, composition=0.59, motion_blur=0.5, lens_flare=0.3)
    told = [(reason.code, reason.severity, reason.text) for reason in to_reasons(10, defects, CALIBRATION)]
    assert told == [
        ("noise", 0.8, "very noisy"),
        ("motion_blur", 0.5, "motion blur"),
        ("haze", 0.31, "slightly hazy"),
        ("lens_flare", 0.3, "some lens flare"),
    ]


@pytest.mark.parametrize(
    ("score", "noise", "codes"),
    [
        (10, 0.31, ["noise", "low_appeal"]),  # so little noise does not explain so low a score
        (10, 0.5, ["noise"]),
        (50, 0.31, ["noise"]),
        (95, 0.31, ["noise"]),
    ],
)
def test_a_mild_defect_does_not_explain_a_low_score(score: float, noise: float, codes: list[str]) -> None:
    assert [reason.code for reason in to_reasons(score, make_defects(noise=noise), CALIBRATION)] == codes


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_defect_has_a_threshold_of_its_own_and_words_for_each_severity(defect: str) -> None:
    calibration = replace(CALIBRATION, told_severity=dict.fromkeys(DEFECTS, 1.1) | {defect: 0.2})
    defects = dict.fromkeys(DEFECTS, 1.0)
    assert [reason.code for reason in to_reasons(50, defects, calibration)] == [defect]
    assert [reason.code for reason in to_reasons(50, defects | {defect: 0.19}, calibration)] == ["ordinary"]
    mild, strong, severe = (to_words(defect, severity) for severity in (0.44, 0.69, 1.0))
    assert len({mild, strong, severe}) == 3
    assert (to_words(defect, 0.0), to_words(defect, 0.45), to_words(defect, 0.7)) == (mild, strong, severe)


def test_the_direction_of_motion_is_told() -> None:
    defects = make_defects(motion_blur=0.6, noise=0.5)
    told = [reason.text for reason in to_reasons(10, defects, CALIBRATION, 30)]
    assert told == ["motion blur, about 30°", "noisy"]


def write_calibration(folder: Path, content: object) -> Path:
    path = folder / "calibration.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def test_a_calibration_is_read_as_it_is_written(tmp_path: Path) -> None:
    write_calibration(tmp_path, {"calibration": VALUES, "reference_pool": "none"})
    assert load_calibration(tmp_path) == CALIBRATION


def test_the_shipped_calibration_spans_the_scale() -> None:
    calibration = load_calibration(find_models_folder())
    assert (calibration.score[0], calibration.score[-1]) == (0, 100)
    assert {50, 90} <= set(calibration.score)
    assert len(calibration.stars) == 4
    assert set(calibration.rejecting) < set(DEFECTS)


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in VALUES.items() if name != key}


BROKEN: dict[str, object] = {
    "empty": "",
    "cut short": '{"calibration": {',
    "null": "null",
    "too deep": "[" * 8000,
    "a list": [],
    "nothing": {},
    "no values": {"calibration": None},
    "a list of values": {"calibration": []},
    "a word": {"calibration": "x"},
    **{f"without {key}": {"calibration": without(key)} for key in VALUES},
    "an unknown key": {"calibration": VALUES | {"colour": 1}},
    "quality falls": {"calibration": VALUES | {"quality": [1, 5, 4, 7, 10]}},
    "fewer qualities than scores": {"calibration": VALUES | {"quality": [1, 5, 10]}},
    "quality is a number": {"calibration": VALUES | {"quality": 5}},
    "quality is a word": {"calibration": VALUES | {"quality": [1, "4", 5, 7, 10]}},
    "a defect is missing": {"calibration": VALUES | {"told_severity": {"noise": 0.3}}},
    "an unknown defect": {"calibration": VALUES | {"told_severity": dict.fromkeys((*DEFECTS, "scratches"), 0.3)}},
    "one threshold for all": {"calibration": VALUES | {"told_severity": 0.3}},
}


@pytest.mark.parametrize("content", list(BROKEN.values()), ids=list(BROKEN))
def test_an_unusable_calibration_is_told(tmp_path: Path, content: object) -> None:
    path = write_calibration(tmp_path, content)
    expect_model_error(path, lambda: load_calibration(tmp_path))


def test_a_missing_calibration_is_told(tmp_path: Path) -> None:
    expect_model_error(tmp_path / "calibration.json", lambda: load_calibration(tmp_path))


def expect_model_error(path: Path, load: Callable[[], object]) -> None:
    with pytest.raises(ModelError) as caught:
        load()
    assert str(caught.value).startswith(f"{path}: not a usable calibration")
    assert "\n" not in str(caught.value)
