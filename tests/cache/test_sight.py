"""What was seen of a photo comes back from its bytes as it was, and what was not written here is refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from iqscore.sight import Sight, _restore, from_bytes, to_bytes

NAMES = {"aesthetic": "model 1", "defects": "model 2"}
SHORT_OF_A_NUMBER = b'{"facts":{},"outputs":{"model 1":["AACAPwE="]},"is_monochrome":false}'


def make_sight(**changes: Any) -> Sight:
    facts = {"width": 3, "height": 2, "format": "JPEG", "taken": None}
    outputs = {"aesthetic": ((0.25, 1e-30, 0.1),), "defects": ((0.5,), (7.25,))}
    sight = Sight(facts, outputs, is_monochrome=True, is_graphic=False, is_motion_sought=True, motion=35)
    return replace(sight, **changes)


def test_a_sight_comes_back_as_it_was() -> None:
    exact = from_bytes(to_bytes(make_sight(), NAMES), NAMES)[0]
    assert exact.facts == make_sight().facts
    assert exact.outputs["defects"] == ((0.5,), (7.25,))
    # single precision, as models speak
    assert exact.outputs["aesthetic"][0][2] == pytest.approx(0.1, abs=1e-8)
    assert from_bytes(to_bytes(exact, NAMES), NAMES)[0] == exact


def test_outputs_are_found_by_the_model_that_gave_them() -> None:
    data = to_bytes(make_sight(), NAMES)
    sight, packed = from_bytes(data, NAMES | {"aesthetic": "model 3"})
    assert sight.outputs.keys() == {"defects"}
    data = to_bytes(make_sight(), NAMES | {"aesthetic": "model 3"}, packed)
    assert from_bytes(data, NAMES)[1].keys() == {"model 1", "model 2", "model 3"}


@dataclass(frozen=True)
class Lens:
    name: str | None
    range: tuple[float, ...] = ()


def test_records_and_tuples_within_facts_come_back() -> None:
    lens = Lens("50 mm", (50.0, 50.0))
    plain = json.loads(json.dumps({"name": "50 mm", "range": [50.0, 50.0]}))
    assert _restore(Lens, plain) == _restore(Lens | None, plain) == lens
    assert _restore(tuple[Lens, ...], [plain]) == (lens,)
    assert (_restore(Lens | None, None), _restore(str, "text"), _restore(dict[str, int], {"a": 1})) == (
        None,
        "text",
        {"a": 1},
    )
    assert json.loads(to_bytes(make_sight(facts={"lens": lens}), NAMES))["facts"]["lens"] == plain


def test_what_cannot_be_kept_is_told() -> None:
    with pytest.raises(TypeError, match="object"):
        to_bytes(make_sight(facts={"odd": object()}), NAMES)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"outputs":{},"facts":{"nonsense":1}}', b"\xff", b"[" * 8000, SHORT_OF_A_NUMBER]
)
def test_what_was_not_written_here_is_no_sight(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, RecursionError)):
        from_bytes(data, NAMES)


def test_a_fact_that_no_record_has_is_no_sight() -> None:
    with pytest.raises(KeyError, match="facts"):
        from_bytes(to_bytes(make_sight(facts={"nonsense": 1}), NAMES), NAMES)
