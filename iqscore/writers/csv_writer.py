"""CSV: the flat form, for spreadsheets and shell tools.

UTF-8 without a byte order mark, lines end in LF. A cell that would begin with `= + - @` (or their full-width twins, a
tab or a line end) is a formula to a spreadsheet, or hides one: it gets a single quote in front, and so does one that
begins with quotes before such a character, so that `from_cell` can take exactly one off again. The bytes of a file
name that is not UTF-8 are written as they are.
"""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable

from iqscore.records import DEFECTS, Failure, Outcome, PhotoScore, Summary
from iqscore.writers.fields import round_mark, round_score, to_exif, to_severities
from iqscore.writers.sink import Sink

COLUMNS: tuple[str, ...] = (
    "path",
    "status",
    "rank",
    "score",
    "percentile",
    "label",
    "stars",
    "aesthetic",
    "aesthetic_spread",
    "technical",
    *DEFECTS,
    "reasons",
    "error",
)

EXIF_COLUMNS: tuple[str, ...] = ("taken", "camera", "lens", "iso", "shutter", "aperture", "focal")
"""What the camera says, behind all others where it is asked for."""

_FORMULA = re.compile("'*[=+@\uff1d\uff0b\uff0d\uff20\t\r\n-]")
# Windows names may hold half a surrogate pair, others hold bytes in the guise of one
_ENCODING_ERRORS = "surrogatepass" if os.name == "nt" else "surrogateescape"


class CsvWriter:
    """Writes a header, then each outcome as a row."""

    def __init__(self, sink: Sink, *, exif: bool = False) -> None:
        self._sink = sink
        self._has_exif = exif
        self._columns = (*COLUMNS, *EXIF_COLUMNS) if exif else COLUMNS
        sink.start(_to_line(self._columns))

    def write(self, outcome: Outcome) -> None:
        """Append one row."""
        cells = _to_failed_cells(outcome) if isinstance(outcome, Failure) else _to_scored_cells(outcome)
        if self._has_exif and isinstance(outcome, PhotoScore):
            cells |= _to_exif_cells(outcome)
        self._sink.write(_to_line(map(cells.get, self._columns)))

    def close(self, summary: Summary) -> None:
        """Close the file."""
        self._sink.finish(b"", replaces=summary.is_result)


def to_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def from_cell(cell: str) -> str:
    """Return the text that `to_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _to_failed_cells(failure: Failure) -> dict[str, object]:
    return {
        "path": to_cell(failure.path),
        "status": "failed",
        "error": to_cell(f"{failure.code}: {failure.message}"),
    }


def _to_scored_cells(photo: PhotoScore) -> dict[str, object]:
    return {
        "path": to_cell(photo.path),
        "status": "ok",
        "rank": photo.rank,
        "score": round_score(photo.score),
        "percentile": None if photo.percentile is None else round_score(photo.percentile),
        "label": photo.label,
        "stars": photo.stars,
        "aesthetic": round_mark(photo.aesthetic.mean),
        "aesthetic_spread": round_mark(photo.aesthetic.spread),
        "technical": round_mark(photo.technical.mean),
        **to_severities(photo),
        "reasons": to_cell("; ".join([reason.text for reason in photo.reasons])),
    }


def _to_exif_cells(photo: PhotoScore) -> dict[str, object]:
    return {name: to_cell(value) if isinstance(value, str) else value for name, value in to_exif(photo).items()}


class _Echo:
    """A file whose write() gives the text back, and csv's writerow() with it."""

    def write(self, text: str) -> str:
        """Return the text."""
        return text


# CRLF for the csv module, as before Python 3.13 it leaves a lone CR unquoted where lines end in LF
_LINES = csv.writer(_Echo(), lineterminator="\r\n")


def _to_line(cells: Iterable[object]) -> bytes:
    line: str = _LINES.writerow(cells)
    return (line.removesuffix("\r\n") + "\n").encode("utf-8", _ENCODING_ERRORS)
