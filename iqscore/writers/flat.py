"""An outcome as one flat row: every field by a name of its own, as conditions (`--where`) speak of them.

Names are those of CSV, those of JSON with dots (`aesthetic.mean`), the groups of defects, and `any`. Numbers are
rounded as in every output, so that a condition sees what people see; what is true is 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from iqscore.query import Kind, Value
from iqscore.records import DEFECT_GROUPS, DEFECTS, Exif, Outcome, PhotoScore, get_severity
from iqscore.writers.fields import round_severity, to_record

_GROUPS = (*DEFECT_GROUPS, "any")
_ABOUT_FAILURES = ("status", "error", "error.code", "error.message")


def is_about_failures(names: frozenset[str]) -> bool:
    """Tell whether fields are among these that only say something about photos that failed."""
    return not names.isdisjoint(_ABOUT_FAILURES)


def to_flat(outcome: Outcome) -> dict[str, Value]:
    """Return every field of an outcome that is known, by name; what is not there is missing."""
    record = to_record(outcome)
    flat = dict(_flatten(record))
    if not isinstance(outcome, PhotoScore):
        return flat | {"error": f"{outcome.code}: {outcome.message}"}
    return {
        **{field.name: getattr(outcome, field.name) for field in fields(outcome) if _is_plain(outcome, field.name)},
        **flat,
        **record["defects"],
        **record["exif"],
        **{name: round_severity(get_severity(outcome, name)) for name in _GROUPS},
        "aesthetic": record["aesthetic"]["mean"],
        "aesthetic_spread": record["aesthetic"]["spread"],
        "technical": record["technical"]["mean"],
        "reasons": "; ".join(reason.text for reason in outcome.reasons),
    }


def _is_plain(outcome: PhotoScore, name: str) -> bool:
    return isinstance(getattr(outcome, name), str | int | float)


def _flatten(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Value]]:
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        elif isinstance(value, str | int | float):
            yield f"{prefix}{key}", value


def _find_kinds(record: type, prefix: str = "") -> Iterator[tuple[str, Kind]]:
    """Yield name and kind of each plain field of a record, and of the records in it."""
    for name, hint in get_type_hints(record).items():
        for option in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
            if isinstance(option, type) and is_dataclass(option):
                yield from _find_kinds(option, f"{prefix}{name}.")
            elif option is str or get_origin(option) is Literal:
                yield f"{prefix}{name}", "text"
            elif option in (int, float, bool):
                yield f"{prefix}{name}", "number"


FIELDS: Mapping[str, Kind] = {
    **dict(_find_kinds(PhotoScore)),
    **dict(_find_kinds(Exif)),
    **dict.fromkeys((*DEFECTS, *(f"defects.{name}" for name in DEFECTS), *_GROUPS), "number"),
    **dict.fromkeys(("aesthetic", "aesthetic_spread", "technical"), "number"),
    **dict.fromkeys((*_ABOUT_FAILURES, "exif.taken", "reasons", "models.aesthetic", "models.defects"), "text"),
}
"""Every field that a condition may name, and what it holds."""
