"""Verdicts for people: a line for each photo that does not pass, as it is found or, aligned, at the end."""

from __future__ import annotations

from iqscore.console import open_console, to_aligned, to_shown
from iqscore.gate import Verdict
from iqscore.verdicts.words import CheckSummary, to_reasons, to_words
from iqscore.writers import Sink

_TITLES = ("Photo", "Value", "Limit", "Reasons")
Row = tuple[str, ...]


class TextWriter:
    """Writes "PATH: why"; photos that cannot be read are told on standard error."""

    def __init__(self, sink: Sink, encoding: str) -> None:
        self._sink = sink
        self._encoding = encoding

    def write(self, verdict: Verdict) -> None:
        """Append a line where the photo does not pass."""
        if verdict.breaches:
            line = to_shown(f"{verdict.outcome.path}: {to_words(verdict)}", self._encoding)
            self._sink.write(f"{line}\n".encode(self._encoding))

    def close(self, summary: CheckSummary) -> None:
        """Close."""
        self._sink.finish(b"", replaces=summary.is_result)


class TableWriter:
    """Writes a table when all is known: a row for each limit that a photo does not keep."""

    def __init__(self, sink: Sink, encoding: str) -> None:
        self._sink = sink
        self._encoding = encoding
        self._rows: list[Row] = []

    def write(self, verdict: Verdict) -> None:
        """Remember the rows of a photo."""
        reasons = to_reasons(verdict)
        self._rows += [(verdict.outcome.path, b.found, b.wanted, reasons) for b in verdict.breaches]

    def close(self, summary: CheckSummary) -> None:
        """Write the table and close."""
        lines = to_aligned(_TITLES, self._rows, open_console().width, self._encoding) if self._rows else []
        table = "".join(f"{line}\n" for line in lines)
        self._sink.finish(table.encode(self._encoding), replaces=summary.is_result)
