"""Results as CSV, JSON and NDJSON: one file a format, one record for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Protocol

from iqscore.records import Outcome, Summary
from iqscore.writers.csv_writer import COLUMNS, CsvWriter, from_cell
from iqscore.writers.fields import to_json, to_rating_line, to_record
from iqscore.writers.json_writer import JsonWriter
from iqscore.writers.ndjson_writer import NdjsonWriter
from iqscore.writers.paths_writer import PathsWriter
from iqscore.writers.sink import Sink, forget_stream, open_sink

__all__ = [
    "COLUMNS",
    "SUFFIXES",
    "Sink",
    "Writer",
    "WriterFormat",
    "forget_stream",
    "from_cell",
    "open_sink",
    "open_writer",
    "to_json",
    "to_rating_line",
    "to_record",
]

RecordFormat = Literal["csv", "json", "ndjson"]
WriterFormat = Literal[RecordFormat, "paths", "paths0"]
SUFFIXES: Mapping[RecordFormat, tuple[str, ...]] = {
    "csv": (".csv",),
    "json": (".json",),
    "ndjson": (".ndjson", ".jsonl"),
}


class Writer(Protocol):
    """Where outcomes go, one by one; what was written stays when the run breaks off."""

    def write(self, outcome: Outcome) -> None:
        """Append an outcome and flush it; raises OutputError, or BrokenPipeError when nobody reads stdout any more."""

    def close(self, summary: Summary) -> None:
        """End the output, which is whole from then on; to be called exactly once, after an interrupt too."""


def open_writer(format: WriterFormat, target: str | None, *, failures: bool = False, exif: bool = False) -> Writer:
    """Return a writer to the file `target`, or to standard output where it is None; `exif` adds columns to CSV.

    Of the formats, `paths` and `paths0` list `failures` only when asked.

    An older result in the file stays until the first outcome is written. Raises OutputError where the file cannot be
    written, or is somebody else's.
    """
    if format == "paths":
        return PathsWriter(open_sink(target), b"\n", failures=failures)
    if format == "paths0":
        return PathsWriter(open_sink(target), b"\0", failures=failures)
    sink = open_sink(target, SUFFIXES[format])
    if format == "csv":
        return CsvWriter(sink, exif=exif)
    return JsonWriter(sink) if format == "json" else NdjsonWriter(sink)
