"""A writer of verdicts for each form; apart from their names, which are needed before anything is written."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Protocol

from iqscore.gate import Verdict
from iqscore.verdicts import SUFFIXES, VerdictFormat
from iqscore.verdicts.github import GithubWriter
from iqscore.verdicts.json_lines import JsonWriter, NdjsonWriter
from iqscore.verdicts.junit import JunitWriter
from iqscore.verdicts.sarif import SarifWriter
from iqscore.verdicts.text import TableWriter, TextWriter
from iqscore.verdicts.words import CheckSummary
from iqscore.writers import Sink, open_sink


class VerdictWriter(Protocol):
    """Where verdicts go, one by one."""

    def write(self, verdict: Verdict) -> None:
        """Append a verdict; raises OutputError, or BrokenPipeError when nobody reads stdout any more."""

    def close(self, summary: CheckSummary) -> None:
        """End the output, which is whole from then on; to be called exactly once, after an interrupt too."""


def open_verdict_writer(format: VerdictFormat, target: str | None, *, tolerant: bool) -> VerdictWriter:
    """Return a writer to the file `target`, or to standard output where it is None.

    `tolerant` says that photos which cannot be read are worth a warning only. Raises OutputError where the file cannot
    be written, or is somebody else's.
    """
    suffixes: Collection[str] = [suffix for suffix, known in SUFFIXES.items() if known == format]
    return _build(format, open_sink(target, suffixes), tolerant=tolerant, on_screen=target is None)


def _build(format: VerdictFormat, sink: Sink, *, tolerant: bool, on_screen: bool) -> VerdictWriter:
    if format == "ndjson":
        return NdjsonWriter(sink)
    if format == "json":
        return JsonWriter(sink)
    if format in ("text", "table"):
        encoding = (sys.stdout.encoding if on_screen else None) or "utf-8"
        return TextWriter(sink, encoding) if format == "text" else TableWriter(sink, encoding)
    writers: dict[str, type[GithubWriter] | type[JunitWriter] | type[SarifWriter]] = {
        "github": GithubWriter,
        "junit": JunitWriter,
        "sarif": SarifWriter,
    }
    return writers[format](sink, tolerant=tolerant)
