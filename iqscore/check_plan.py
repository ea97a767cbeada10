"""What was typed of `check` beside the photos, made one finished description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from iqscore.errors import UsageError
from iqscore.gate import Gate
from iqscore.plan import Plan
from iqscore.targets import check_targets
from iqscore.verdicts import FORMATS, SUFFIXES, UNREADABLE, VerdictFormat
from iqscore.words import choose


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A run of `check`."""

    gate: Gate
    outputs: tuple[tuple[VerdictFormat, str | None], ...]
    """Formats, and files or None for standard output."""
    tolerant: bool
    """Whether photos that cannot be read are told and no more."""
    fail_fast: bool


def build_check_plan(
    plan: Plan, gate: Gate, *, format: str | None, files: Sequence[str], unreadable: str, fail_fast: bool
) -> CheckPlan:
    """Return the finished plan; UsageError where what was typed makes no sense."""
    is_tolerant = choose("--unreadable", unreadable, UNREADABLE) == "warn"
    check_targets(files, [*plan.inputs, *([plan.files_from] if plan.files_from not in (None, "-") else [])])
    outputs = [(_to_format(file), file) for file in files]
    stdout = (choose("no such format:", "text" if format is None else format, FORMATS), None)
    return CheckPlan(gate, (stdout, *outputs), tolerant=is_tolerant, fail_fast=fail_fast)


def _to_format(file: str) -> VerdictFormat:
    if file == "-":
        raise UsageError(f"-: standard output is no file; say what it gets with --format {' or '.join(FORMATS)}")
    try:
        return SUFFIXES[Path(file).suffix.lower()]
    except KeyError:
        raise UsageError(f"{file}: the suffix must say the format; end it in {', '.join(SUFFIXES)}") from None
