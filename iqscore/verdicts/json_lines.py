"""Verdicts as JSON: the record of every photo, passed or not, with what `check` says about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from iqscore.gate import Verdict
from iqscore.records import SCHEMA
from iqscore.verdicts.words import CheckSummary
from iqscore.writers import Sink, to_json, to_record

_FIELDS = ("check", "field", "value", "limit", "text")


def to_verdict_record(verdict: Verdict) -> dict[str, Any]:
    """Return the record of an outcome with `check` in it; `passed` is null where the photo could not be read."""
    breaches = [{name: getattr(breach, name) for name in _FIELDS} for breach in verdict.breaches]
    return {**to_record(verdict.outcome), "check": {"passed": verdict.passed, "breaches": breaches}}


class NdjsonWriter:
    """Writes each verdict as a line."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, verdict: Verdict) -> None:
        """Append one line."""
        self._sink.write(to_json(to_verdict_record(verdict)) + b"\n")

    def close(self, summary: CheckSummary) -> None:
        """Close."""
        self._sink.finish(b"", replaces=summary.is_result)


class JsonWriter:
    """Writes {"schema":1,"photos":[…],"summary":{…}}."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._separator = b"\n"
        sink.start(b'{"schema":%d,"photos":[' % SCHEMA)

    def write(self, verdict: Verdict) -> None:
        """Append one line."""
        self._sink.write(self._separator + to_json(to_verdict_record(verdict)))
        self._separator = b",\n"

    def close(self, summary: CheckSummary) -> None:
        """Append the summary and close."""
        values = asdict(summary) | {"seconds": round(summary.seconds, 3)}
        self._sink.finish(b'\n],"summary":' + to_json(values) + b"}\n", replaces=summary.is_result)
