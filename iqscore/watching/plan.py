"""What was typed about watching, made one finished, cross-checked description."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from iqscore.errors import UsageError
from iqscore.plan import Plan
from iqscore.watching.command import Command, parse_command

SETTLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPlan:
    """How folders are watched, beside what a Plan says of their photos."""

    folders: tuple[str, ...]
    """None of them is within another."""
    settle: float = SETTLE_SECONDS
    """Seconds that a file must have been still before it is read."""
    poll: float | None = None
    """Seconds between two looks at everything; None where the system tells of changes."""
    idle: float | None = None
    """Seconds without an arrival after which the watch ends; None for never."""
    existing: bool = False
    """Whether photos that are there first are scored too."""
    command: Command | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedWatch:
    """What was typed, as it was typed."""

    settle: float = SETTLE_SECONDS
    poll: float | None = None
    idle: float | None = None
    existing: bool = False
    command: str | None = None
    names_format: bool = False
    """Whether a format for standard output was asked for."""


def build_watch(plan: Plan, typed: TypedWatch) -> tuple[Plan, WatchPlan]:
    """Return both plans, finished; UsageError where what was typed makes no sense together.

    A command has standard output for itself, unless a format was asked for.
    """
    if plan.wants_table:
        raise UsageError("watch writes results as they come, which a table cannot; choose from csv, json, ndjson")
    command = None if typed.command is None else parse_command(typed.command)
    watch = WatchPlan(
        folders=_choose_folders(plan.inputs), settle=typed.settle, poll=typed.poll, idle=typed.idle,
        existing=typed.existing, command=command,
    )  # fmt: skip
    if command and not typed.names_format:
        plan = replace(plan, outputs=tuple(output for output in plan.outputs if output.target is not None))
    return plan, watch


def _choose_folders(inputs: Sequence[str]) -> tuple[str, ...]:
    """Return the folders, without those that are within another."""
    for path in inputs:
        if not Path(path).is_dir():
            there = Path(path).exists()
            raise UsageError(f"{path}: {'not a folder; watch takes folders' if there else 'there is no such folder'}")
    real = {path: os.path.join(os.path.realpath(path), "") for path in dict.fromkeys(inputs)}  # noqa: PTH118
    outer = sorted(real, key=lambda path: len(real[path]))
    chosen: list[str] = []
    for path in outer:
        if not any(real[path].startswith(real[other]) for other in chosen):
            chosen.append(path)
    return tuple(path for path in real if path in chosen)
