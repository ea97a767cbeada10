"""The fields of an outcome, named, ordered and rounded as every format gives them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from iqscore.records import DEFECTS, SCHEMA, Exif, Failure, Outcome, PhotoScore, RatedOutcome, Summary

# asdict() would copy all it finds, which takes longer than the rest of a record
_EXIF = tuple(field.name for field in fields(Exif))
# json.dumps() would make one for every record
_ENCODER = json.JSONEncoder(separators=(",", ":"), allow_nan=False)


def to_record(outcome: Outcome) -> dict[str, Any]:
    """Return the JSON object of an outcome, keys in their stable order.

    Scores and percentiles have one decimal, means two, severities three, shares four. `rank` and `companions`
    are there only where there are any. Raises ValueError for a number that is not finite.
    """
    if isinstance(outcome, Failure):
        error = {"code": outcome.code, "message": outcome.message}
        return {"schema": SCHEMA, "path": outcome.path, "status": "failed", "error": error}
    return {
        "schema": SCHEMA,
        "path": outcome.path,
        "status": "ok",
        **({} if outcome.rank is None else {"rank": outcome.rank}),
        "score": round_score(outcome.score),
        "percentile": None if outcome.percentile is None else round_score(outcome.percentile),
        "label": outcome.label,
        "stars": outcome.stars,
        **_to_opinions(outcome),
        "width": outcome.width,
        "height": outcome.height,
        "format": outcome.format,
        "models": dict(outcome.models),
        "decoded_from": outcome.decoded_from,
        "hdr": outcome.hdr,
        "exif": to_exif(outcome),
        "kind": outcome.kind,
        **({"companions": list(outcome.companions)} if outcome.companions else {}),
    }


def to_summary_record(summary: Summary) -> dict[str, Any]:
    """Return the JSON object of a summary; `photos_per_second` is None where no time passed."""
    rate = summary.photos_per_second
    return {
        "photos": summary.photos,
        "scored": summary.scored,
        "failed": summary.failed,
        "accepted": summary.accepted,
        "pending": summary.pending,
        "rejected": summary.rejected,
        "seconds": _round(summary.seconds, 3),
        "photos_per_second": None if rate is None else _round(rate, 2),
        "interrupted": summary.interrupted,
    }


def to_rating_line(outcome: RatedOutcome) -> bytes:
    """Return what became of a photo's rating as a line of NDJSON."""
    if isinstance(outcome, Failure):
        return to_json(to_record(outcome)) + b"\n"
    return to_json({"schema": SCHEMA, **asdict(outcome)}) + b"\n"


def to_json(record: dict[str, Any]) -> bytes:
    """Return a record as one line of ASCII, without its end.

    All else is escaped: a name that is not UTF-8 comes back the same, and no reader takes U+2028 for a line end.
    """
    return _ENCODER.encode(record).encode("ascii")


def _to_opinions(photo: PhotoScore) -> dict[str, Any]:
    aesthetic = photo.aesthetic
    return {
        "aesthetic": {
            "mean": round_mark(aesthetic.mean),
            "spread": round_mark(aesthetic.spread),
            "histogram": _round_all(aesthetic.histogram, 4),
        },
        "technical": {"mean": round_mark(photo.technical.mean)},
        "defects": to_severities(photo),
        "reasons": [{"code": r.code, "severity": round_severity(r.severity), "text": r.text} for r in photo.reasons],
    }


def to_severities(photo: PhotoScore) -> dict[str, float]:
    """Return the severity of each defect as every format gives it."""
    return dict(zip(DEFECTS, _round_all(map(photo.defects.__getitem__, DEFECTS), 3), strict=True))


def to_exif(photo: PhotoScore) -> dict[str, Any]:
    """Return what the camera says."""
    return {"taken": photo.taken, **{name: getattr(photo.exif, name) for name in _EXIF}}


def round_score(score: float) -> float:
    """Return a score, or a percentile, as every format gives it, which is how limits see it, too."""
    return _round(score, 1)


def round_mark(mark: float) -> float:
    """Return a mark of 1 to 10, or its spread, as every format gives it."""
    return _round(mark, 2)


def round_severity(severity: float) -> float:
    """Return a severity as every format gives it."""
    return _round(severity, 3)


def _round_all(values: Iterable[float], decimals: int) -> list[float]:
    rounded = [round(value, decimals) for value in map(float, values)]
    if not all(map(math.isfinite, rounded)):
        raise ValueError(f"a result is not a finite number: {rounded}")
    return rounded


def _round(value: float, decimals: int) -> float:
    if not math.isfinite(value):
        raise ValueError(f"a result is not a finite number: {value}")
    # float() as NumPy's numbers are no JSON
    return round(float(value), decimals)
