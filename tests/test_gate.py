"""Limits: what passes, and what is said of that which does not."""

from __future__ import annotations

from typing import Any

import pytest

from iqscore.errors import QueryError, UsageError
from iqscore.gate import Gate, build_gate
from iqscore.records import DEFECTS, Aesthetic, Label, PhotoScore, Technical
from tests.samples import make_failure, make_photo

NO_FLOORS = {"score": None, "aesthetic": None, "technical": None}


def make(score: float = 50.0, *, label: Label = "pending", **severities: float) -> PhotoScore:
    return make_photo(score=score, label=label, defects=dict.fromkeys(DEFECTS, 0.0) | severities)


def build(**options: Any) -> Gate:
    return build_gate(floors=NO_FLOORS | options.pop("floors", {}), **options)


def find(gate: Gate, photo: PhotoScore) -> list[str]:
    return [breach.text for breach in gate.judge(photo).breaches]


def test_a_floor_itself_passes() -> None:
    gate = build(floors={"score": 45})
    assert find(gate, make(45.0)) == []
    assert find(gate, make(44.9)) == ["score 44.9 < 45"]


def test_numbers_are_compared_as_they_are_printed() -> None:
    assert find(build(floors={"score": 45}), make(44.96)) == []
    assert find(build(ceilings=["haze=0.5"]), make(haze=0.5004)) == []
    assert find(build(ceilings=["haze=0.5"]), make(haze=0.501)) == ["haze 0.501 > 0.5"]


def test_marks() -> None:
    photo = make_photo(aesthetic=Aesthetic(4.2, 1.0, (0.1,) * 10), technical=Technical(3.0))
    gate = build(floors={"aesthetic": 5, "technical": 3})
    assert find(gate, photo) == ["aesthetic 4.20 < 5"]


def test_groups_name_the_defect() -> None:
    gate = build(ceilings=["blur=0.5", "any=0.8", "Noise=1"])
    (breach,) = gate.judge(make(motion_blur=0.62)).breaches
    assert (breach.check, breach.field, breach.value, breach.limit) == ("max-blur", "motion_blur", 0.62, 0.5)
    assert find(gate, make(noise=0.9)) == ["noise 0.9 > 0.8"]
    assert find(gate, make(noise=0.8)) == []


def test_labels() -> None:
    gate = build(labels=frozenset(["accepted"]))
    assert find(gate, make(label="accepted")) == []
    assert find(gate, make(label="pending")) == ["pending instead of accepted"]
    assert gate.judge(make(label="pending")).breaches[0].limit == ("accepted",)


def test_conditions() -> None:
    gate = build(requires=["width >= 8000", "rank = 1"])
    wide, ranked = gate.judge(make()).breaches
    assert wide.text == "width 6000 does not meet width >= 8000"
    assert wide.value == {"width": 6000}
    assert ranked.text == "rank missing does not meet rank = 1"
    assert find(build(requires=["width >= 6000"]), make()) == []


def test_all_that_is_wrong_is_told() -> None:
    gate = build(floors={"score": 45}, ceilings=["any=0.5"], labels=frozenset(["accepted"]), requires=["stars = 5"])
    checks = [breach.check for breach in gate.judge(make(10.0, haze=0.9)).breaches]
    assert checks == ["min-score", "max-any", "label", "require"]


def test_without_limits_rejected_photos_do_not_pass() -> None:
    gate = build()
    assert [gate.judge(make(label=label)).passed for label in ("accepted", "pending", "rejected")] == [
        True,
        True,
        False,
    ]
    assert build(floors={"score": 0}).judge(make(label="rejected")).passed


def test_a_failure_is_neither() -> None:
    verdict = build(floors={"score": 45}).judge(make_failure())
    assert (verdict.passed, verdict.breaches) == (None, ())


@pytest.mark.parametrize(
    "text", ["sharpness=0.5", "=0.5", "", "blur", "blur=", "blur=x", "blur=1.1", "blur=-0.1", "blur=nan"]
)
def test_limits_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match="--max"):
        build(ceilings=[text])


def test_a_condition_that_makes_no_sense() -> None:
    with pytest.raises(QueryError):
        build(requires=["width >"])
