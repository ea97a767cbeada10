"""Outcomes of made-up photos, and how long to wait for them."""

from __future__ import annotations

from iqscore.records import Outcome
from tests.samples import make_photo

WAIT = 10
"""Seconds after which something hangs."""


def score(path: str) -> Outcome:
    return make_photo(path)


def paths_of(outcomes: list[Outcome]) -> list[str]:
    return [outcome.path for outcome in outcomes]
