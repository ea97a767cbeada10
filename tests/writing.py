"""Made-up outcomes, written in every format."""

from __future__ import annotations

from pathlib import Path

from iqscore.records import Outcome
from iqscore.writers import WriterFormat, open_writer
from tests.samples import make_summary

FORMATS: tuple[WriterFormat, ...] = ("csv", "json", "ndjson")


def write(format: WriterFormat, target: Path, *outcomes: Outcome) -> bytes:
    writer = open_writer(format, str(target))
    for outcome in outcomes:
        writer.write(outcome)
    writer.close(make_summary())
    return target.read_bytes()
