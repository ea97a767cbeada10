"""Run `explain`: one photo in depth."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Any

from iqscore import console
from iqscore.exits import EXIT_NOTHING, get_exit_status
from iqscore.explanation import Explanation
from iqscore.names import check_names
from iqscore.outputs import Outputs
from iqscore.plan import Plan
from iqscore.records import Failure, Outcome, PhotoScore
from iqscore.run import check_models, open_plan_scorer, score_plan
from iqscore.tally import Tally
from iqscore.writers import open_sink, to_json, to_record


def run_explain(plan: Plan, *, as_json: bool) -> int:
    """Explain the photo of a plan; return the exit status."""
    tally = Tally()
    check_names(plan)
    check_models(plan)
    with (
        open_plan_scorer(plan) as scorer,
        closing(score_plan(plan, scorer, Outputs(is_single=False), tally)) as scored,
    ):
        outcome = next(scored, None)
    if outcome is None:
        return tally.status_of_interrupt if tally.interrupted else EXIT_NOTHING
    explanation = scorer.explain(outcome) if isinstance(outcome, PhotoScore) else None
    if as_json:
        open_sink(None).write(to_json(to_explained_record(outcome, explanation)) + b"\n")
    elif isinstance(outcome, PhotoScore) and explanation:
        console.print_explanation(outcome, explanation, console=console.open_console())
    if isinstance(outcome, Failure):
        console.warn(f"{outcome.path}: {outcome.message}")
    return get_exit_status(tally.sum_up(), tally.status_of_interrupt)


def to_explained_record(outcome: Outcome, explanation: Explanation | None) -> dict[str, Any]:
    """Return the record of a photo with `explanation` in it; a failure is its plain record."""
    record = to_record(outcome)
    return record if explanation is None else {**record, "explanation": _round(asdict(explanation))}


def _round(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _round(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_round(inner) for inner in value]
    return round(value, 3) if isinstance(value, float) else value
