"""What `check` says, in the forms that people and CI systems read: one file a form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

VerdictFormat = Literal["text", "table", "ndjson", "json", "github", "junit", "sarif"]
FORMATS: tuple[VerdictFormat, ...] = get_args(VerdictFormat)
UNREADABLE = ("fail", "warn")
"""What may be done about photos that cannot be read."""
SUFFIXES: Mapping[str, VerdictFormat] = {
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".json": "json",
    ".xml": "junit",
    ".sarif": "sarif",
}
