"""What became of a photo's rating, in a line for people."""

from __future__ import annotations

from iqscore.console.text import to_shown
from iqscore.records import Edit, Failure, RatedOutcome

_WIDTH = 6


def to_rating_line(outcome: RatedOutcome, encoding: str) -> str:
    """Return "old -> new  path: further changes  (why)", columns aligned, fit for a terminal.

    `reject` and `none` are words; keywords that are added have a +, those that are removed a -.
    """
    if isinstance(outcome, Failure):
        return to_shown(f"{'failed':>{2 * _WIDTH + 3}}  {outcome.path}  ({outcome.message})", encoding).rstrip()
    old, new = _to_word(outcome.old), _to_word(outcome.new)
    became = f"-> {new:<{_WIDTH}}" if outcome.status == "written" else f"{outcome.status:<{_WIDTH + 3}}"
    # a sidecar, which is not where people look first
    beside = [file for file in outcome.files if file != outcome.path]
    notes = ", ".join([*beside, *([outcome.note] if outcome.note else [])])
    edits = ": " + ", ".join(map(_to_words, outcome.edits)) if outcome.edits else ""
    return to_shown(f"{old:>{_WIDTH}} {became}  {outcome.path}{edits}" + (f"  ({notes})" if notes else ""), encoding)


def _to_words(edit: Edit) -> str:
    if edit.what == "keyword":
        return f"-{edit.old}" if edit.new is None else f"+{edit.new}"
    new = edit.new or "none"
    return f"{edit.what} {edit.old} -> {new}" if edit.old else f"{edit.what} {new}"


def _to_word(stars: int | None) -> str:
    return "none" if stars is None else "reject" if stars < 0 else str(stars)
