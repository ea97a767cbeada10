"""One finished, frozen, cross-checked description of a run: nothing after this asks what was typed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from iqscore import writers
from iqscore.errors import UsageError
from iqscore.limits import TIME_LIMIT
from iqscore.query import Query, parse_query
from iqscore.rating_plan import RatingPlan
from iqscore.records import LABELS, Failure, Label, Outcome, PhotoScore
from iqscore.sorting import SORT_KEYS
from iqscore.targets import check_targets
from iqscore.words import choose
from iqscore.writers.fields import round_score
from iqscore.writers.flat import FIELDS, is_about_failures, to_flat

Format = Literal["table", "csv", "json", "ndjson"]
FORMATS: tuple[Format, ...] = get_args(Format)
STDIN = "-"
"""The photo on standard input, as it is named among inputs."""
SUFFIXES: dict[str, Format] = {suffix: format for format, suffixes in writers.SUFFIXES.items() for suffix in suffixes}
Device = Literal["auto", "cpu", "cuda"]
DEVICES: tuple[Device, ...] = get_args(Device)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was typed, as it was typed."""

    inputs: Sequence[str] = ()
    default_format: Format = "table"
    files_from: str | None = None
    null_separated: bool = False
    format: str | None = None
    files: Sequence[str] = ()
    csv: Sequence[str] = ()
    json: Sequence[str] = ()
    models: Sequence[str] = ()
    device: str = "auto"
    jobs: int | None = None
    sort: str | None = None
    reverse: bool = False
    top: int | None = None
    min_score: float | None = None
    labels: Iterable[str] = ()
    where: Sequence[str] = ()
    unordered: bool = False
    paths_only: bool = False
    print_null: bool = False
    quiet: bool = False
    verbose: bool = False
    pairs: bool = True
    photos_only: bool = False
    rating: RatingPlan | None = None
    exif: bool = False
    time_limit: float | None = None
    no_cache: bool = False
    hash: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go: a format, and a file, or None for standard output."""

    format: Format | Literal["paths", "paths0"]
    target: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of `rank`, `score` or `rate`."""

    inputs: tuple[str, ...]
    files_from: str | None
    """A file of names, "-" for standard input."""
    null_separated: bool
    outputs: tuple[Output, ...]
    models: tuple[str, ...]
    """Models that take the place of shipped ones: .onnx files or their cards."""
    device: Device
    jobs: int | None
    sort: str | None
    """One of SORT_KEYS; None where results come in input order."""
    reverse: bool
    top: int | None
    min_score: float | None
    labels: frozenset[Label]
    quiet: bool
    verbose: bool
    where: tuple[Query, ...] = ()
    """Conditions, all of which must hold."""
    unordered: bool = False
    """Whether results come as they are done, not in input order."""
    pairs: bool = True
    """Whether RAW files go along with the finished pictures beside them."""
    photos_only: bool = False
    """Whether what is no photograph is left out."""
    rating: RatingPlan | None = None
    """How photos are rated; None where nothing of theirs is changed."""
    exif: bool = False
    """Whether CSV has columns for what cameras say."""
    time_limit: float = TIME_LIMIT
    """Seconds that one photo may take."""
    caches: bool = True
    """Whether what earlier runs saw is used, and kept for later ones."""
    hashes: bool = False
    """Whether photos are known by their content, too."""

    @property
    def wants_table(self) -> bool:
        """Whether a table is one of the outputs."""
        return any(output.format == "table" for output in self.outputs)

    @property
    def may_wait_for_names(self) -> bool:
        """Whether names, or a photo, come from what may be a pipe."""
        return self.files_from is not None or STDIN in self.inputs

    @property
    def filters(self) -> tuple[str, ...]:
        """The filters that were asked for, in words."""
        at_least = () if self.min_score is None else (f"--min-score {self.min_score:g}",)
        labels = " or ".join(label for label in LABELS if label in self.labels)
        where = (f"--where '{query.text}'" for query in self.where)
        return (*at_least, *([f"--label {labels}"] if labels else ()), *where)

    @property
    def asks_for_failures(self) -> bool:
        """Whether a condition is about photos that failed, which are results then and no mere notes."""
        return any(is_about_failures(query.names) for query in self.where)

    def leaves_out(self, outcome: Outcome) -> bool:
        """Tell whether an outcome is not even counted, as only photographs are wanted."""
        return self.photos_only and isinstance(outcome, PhotoScore) and outcome.kind == "graphic"

    def keeps(self, outcome: Outcome) -> bool:
        """Tell whether an outcome passes the filters; failures do unless a condition is about them."""
        if isinstance(outcome, Failure):
            return not self.asks_for_failures or self._meets_conditions(outcome)
        return (
            (self.min_score is None or round_score(outcome.score) >= self.min_score)
            and (not self.labels or outcome.label in self.labels)
            and self._meets_conditions(outcome)
        )

    def _meets_conditions(self, outcome: Outcome) -> bool:
        flat = to_flat(outcome) if self.where else {}
        return all(query.matches(flat) for query in self.where)


def build_plan(typed: Typed) -> Plan:
    """Return the finished plan of what was typed; UsageError where it makes no sense together."""
    _check_inputs(typed)
    names = [] if typed.files_from in (None, "-") else [typed.files_from]
    models = [os.path.splitext(model)[0] + suffix for model in typed.models for suffix in (".onnx", ".json")]  # noqa: PTH122
    sources = [*typed.inputs, *names, *models]
    return Plan(
        inputs=tuple(typed.inputs),
        files_from=typed.files_from,
        null_separated=typed.null_separated,
        outputs=_build_outputs(typed, sources),
        models=tuple(typed.models),
        device=choose("no such device:", typed.device, DEVICES),
        jobs=typed.jobs,
        sort=None if typed.sort is None else choose("cannot sort by", typed.sort, SORT_KEYS),
        reverse=typed.reverse,
        top=typed.top,
        min_score=typed.min_score,
        labels=frozenset(choose("no such label:", label, LABELS) for label in typed.labels),
        quiet=typed.quiet,
        verbose=typed.verbose,
        where=tuple(parse_query(text, FIELDS) for text in typed.where),
        unordered=typed.unordered,
        pairs=typed.pairs,
        photos_only=typed.photos_only,
        rating=typed.rating,
        exif=typed.exif,
        time_limit=typed.time_limit or TIME_LIMIT,
        caches=not typed.no_cache,
        hashes=typed.hash,
    )


def _check_inputs(typed: Typed) -> None:
    if not typed.inputs and typed.files_from is None:
        raise UsageError("no photos given; name files or folders, or use --files-from")
    if typed.null_separated and typed.files_from is None and not (typed.paths_only or typed.print_null):
        raise UsageError("-0 says how names end that are read or printed; give --files-from too, or --paths-only")
    if STDIN in typed.inputs and typed.files_from == "-":
        raise UsageError("-: standard input is either a photo or, with --files-from -, a list of names")
    if STDIN in typed.inputs and typed.rating:
        raise UsageError("-: a photo on standard input cannot be rated; name a file")
    if typed.quiet and typed.verbose:
        raise UsageError("-q and -v contradict each other")
    if typed.no_cache and typed.hash:
        raise UsageError("--hash finds photos in the cache, which --no-cache leaves alone; give one of them")
    try:
        Path.cwd()
    except OSError:
        if all(map(os.path.isabs, typed.inputs)):
            return
        raise UsageError("the current folder is gone; go to another and start again") from None


def _build_outputs(typed: Typed, sources: Iterable[str]) -> tuple[Output, ...]:
    if "-" in (*typed.files, *typed.csv, *typed.json):
        raise UsageError("-: standard output is no file; say what it gets with --format csv, json or ndjson")
    outputs = [Output(_to_format(file), file) for file in typed.files]
    outputs += [Output("csv", file) for file in typed.csv] + [Output("json", file) for file in typed.json]
    check_targets([cast(str, output.target) for output in outputs], sources)
    if typed.rating and typed.rating.lines:
        return ()
    if typed.paths_only or typed.print_null:
        return (_build_paths(typed), *outputs)
    # a run that writes files says nothing else on stdout unless asked, but a table is for eyes
    if typed.format is not None or typed.default_format == "table" or not outputs:
        wanted = typed.default_format if typed.format is None else typed.format
        outputs.insert(0, Output(choose("no such format:", wanted, FORMATS), None))
    return tuple(outputs)


def _build_paths(typed: Typed) -> Output:
    if typed.format is not None:
        raise UsageError("--paths-only prints names and no records; leave --format out, or write a file with -o")
    return Output("paths0" if typed.print_null or typed.null_separated else "paths", None)


def _to_format(file: str) -> Format:
    try:
        return SUFFIXES[Path(file).suffix.lower()]
    except KeyError:
        raise UsageError(f"{file}: the suffix must say the format; end it in {', '.join(SUFFIXES)}") from None
