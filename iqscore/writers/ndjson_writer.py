"""NDJSON: one object a line."""

from __future__ import annotations

from iqscore.records import Outcome, Summary
from iqscore.writers.fields import to_json, to_record
from iqscore.writers.sink import Sink


class NdjsonWriter:
    """Writes each outcome as a line that is whole as soon as it is there."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink

    def write(self, outcome: Outcome) -> None:
        """Append one line."""
        self._sink.write(to_json(to_record(outcome)) + b"\n")

    def close(self, summary: Summary) -> None:
        """Close the file."""
        self._sink.finish(b"", replaces=summary.is_result)
