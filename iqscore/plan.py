"""One finished, frozen, cross-checked description of a run: nothing after this asks what was typed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from iqscore.errors import UsageError
from iqscore.formats import is_photo_name
from iqscore.records import DEFECT_GROUPS, DEFECTS, LABELS, Label, PhotoScore, Summary, get_severity

Format = Literal["table", "csv", "json", "ndjson"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[str, Format] = {".csv": "csv", ".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson"}
SORT_KEYS: tuple[str, ...] = ("score", "aesthetic", "technical", *DEFECTS, *DEFECT_GROUPS, "any", "path", "taken")

EXIT_OK, EXIT_GATE, EXIT_USAGE, EXIT_FAILURES, EXIT_NOTHING, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130


@dataclass(frozen=True, slots=True)
class Output:
    """Where results go: a format, and a file, or None for standard output."""

    format: Format
    target: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A run of `rank` or `score`."""

    inputs: tuple[str, ...]
    files_from: str | None
    """A file of names, "-" for standard input."""
    null_separated: bool
    outputs: tuple[Output, ...]
    models: tuple[str, ...]
    """Models that take the place of shipped ones: .onnx files or their cards."""
    device: Literal["auto", "cpu", "cuda"]
    jobs: int | None
    sort: str | None
    """One of SORT_KEYS; None where results come in input order."""
    top: int | None
    min_score: float | None
    labels: frozenset[Label]
    quiet: bool
    verbose: bool

    @property
    def wants_table(self) -> bool:
        """Whether a table is one of the outputs."""
        return any(output.format == "table" for output in self.outputs)

    def keeps(self, photo: PhotoScore) -> bool:
        """Tell whether a photo passes the filters."""
        return (self.min_score is None or photo.score >= self.min_score) and (
            not self.labels or photo.label in self.labels
        )


def build_plan(
    *,
    inputs: Sequence[str],
    default_format: Format,
    files_from: str | None = None,
    null_separated: bool = False,
    format: str | None = None,
    files: Sequence[str] = (),
    csv: str | None = None,
    json: str | None = None,
    models: Sequence[str] = (),
    device: str = "auto",
    jobs: int | None = None,
    sort: str | None = None,
    top: int | None = None,
    min_score: float | None = None,
    labels: Iterable[str] = (),
    quiet: bool = False,
    verbose: bool = False,
) -> Plan:
    """Return the finished plan of what was typed; UsageError where it makes no sense together."""
    if not inputs and files_from is None:
        raise UsageError("no photos given; name files or folders, or use --files-from")
    if null_separated and files_from is None:
        raise UsageError("-0 says how the names of --files-from are separated; give --files-from too")
    if quiet and verbose:
        raise UsageError("-q and -v contradict each other")
    if sort is not None and sort not in SORT_KEYS:
        raise UsageError(f"cannot sort by {sort!r}; choose from {', '.join(SORT_KEYS)}")
    labels = frozenset(labels)
    unknown = sorted(labels - set(LABELS))
    if unknown:
        raise UsageError(f"no such label: {unknown[0]!r}; choose from {', '.join(LABELS)}")
    if device not in ("auto", "cpu", "cuda"):
        raise UsageError(f"no such device: {device!r}; choose from auto, cpu, cuda")
    names = () if files_from in (None, "-") else (files_from,)
    parts = [os.path.splitext(model)[0] + suffix for model in models for suffix in (".onnx", ".json")]  # noqa: PTH122
    return Plan(
        inputs=tuple(inputs),
        files_from=files_from,
        null_separated=null_separated,
        outputs=_build_outputs(format, default_format, files, csv, json, sources=(*inputs, *names, *parts)),
        models=tuple(models),
        device=cast(Literal["auto", "cpu", "cuda"], device),
        jobs=jobs,
        sort=sort,
        top=top,
        min_score=min_score,
        labels=cast(frozenset[Label], labels),
        quiet=quiet,
        verbose=verbose,
    )


def _build_outputs(
    format: str | None,
    default: Format,
    files: Sequence[str],
    csv: str | None,
    json: str | None,
    sources: Sequence[str],
) -> tuple[Output, ...]:
    if format is not None and format not in FORMATS:
        raise UsageError(f"no such format: {format!r}; choose from {', '.join(FORMATS)}")
    outputs = [Output(_to_format(file), file) for file in files]
    outputs += [Output("csv", csv)] if csv is not None else []
    outputs += [Output("json", json)] if json is not None else []
    real = [os.path.realpath(cast(str, output.target)) for output in outputs]
    read = {os.path.realpath(source) for source in sources}
    for output, target in zip(outputs, real, strict=True):
        if target in read or is_photo_name(target):
            raise UsageError(
                f"{output.target}: results are never written over a photo, a list or a model; choose another name"
            )
    if len(set(real)) < len(real):
        raise UsageError("two outputs go to the same file; give each its own")
    # a run that writes files says nothing else on stdout unless asked, but a table is for eyes
    if format is not None or default == "table" or not outputs:
        outputs.insert(0, Output(format or default, None))
    return tuple(outputs)


def _to_format(file: str) -> Format:
    try:
        return SUFFIXES[Path(file).suffix.lower()]
    except KeyError:
        raise UsageError(f"{file}: the suffix must say the format; end it in {', '.join(SUFFIXES)}") from None


def sort_photos(photos: Iterable[PhotoScore], key: str | None) -> list[PhotoScore]:
    """Return photos in the order of one of SORT_KEYS, or as they are.

    Scores and marks come best first, defects most severe first, paths and times rising, photos without a time last.
    """
    if key is None:
        return list(photos)
    if key == "path":
        return sorted(photos, key=lambda photo: os.fsencode(photo.path))
    if key == "taken":
        return sorted(photos, key=lambda photo: (photo.taken is None, photo.taken or "", os.fsencode(photo.path)))
    return sorted(photos, key=lambda photo: -_get_value(photo, key))


def _get_value(photo: PhotoScore, key: str) -> float:
    if key == "score":
        return photo.score
    if key in ("aesthetic", "technical"):
        return photo.aesthetic.mean if key == "aesthetic" else photo.technical.mean
    return get_severity(photo, key)


def get_exit_status(summary: Summary) -> int:
    """Return the exit status of a finished run."""
    if summary.interrupted:
        return EXIT_INTERRUPTED
    if summary.failed:
        return EXIT_FAILURES
    return EXIT_OK if summary.photos else EXIT_NOTHING
