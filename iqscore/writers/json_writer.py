"""JSON: one document, streamed, with one photo a line."""

from __future__ import annotations

from iqscore.records import SCHEMA, Outcome, Summary
from iqscore.writers.fields import to_json, to_record, to_summary_record
from iqscore.writers.sink import Sink


class JsonWriter:
    """Writes {"schema":1,"photos":[…],"summary":{…}}; valid JSON once closed."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._separator = b"\n"
        sink.start(b'{"schema":%d,"photos":[' % SCHEMA)

    def write(self, outcome: Outcome) -> None:
        """Append one line."""
        self._sink.write(self._separator + to_json(to_record(outcome)))
        self._separator = b",\n"

    def close(self, summary: Summary) -> None:
        """Append the summary and close the file."""
        tail = b'\n],"summary":' + to_json(to_summary_record(summary)) + b"}\n"
        self._sink.finish(tail, replaces=summary.is_result)
