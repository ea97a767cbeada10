"""JSON Schemas (draft 2020-12) of all outputs: one file each, in a folder for each version of the record.

Within a version fields are only ever added, so that what is valid today stays valid.
"""

from __future__ import annotations

import json
from pathlib import Path

from iqscore.errors import UsageError
from iqscore.records import SCHEMA

FOLDER = Path(__file__).parent / f"v{SCHEMA}"


def list_schemas() -> list[str]:
    """Return a line for each schema: its name, and what it is of."""
    titles = {name: json.loads(read_schema(name))["title"] for name in find_names()}
    width = max(map(len, titles))
    return [f"{name:<{width}}  {title}" for name, title in titles.items()]


def find_names() -> list[str]:
    """Return the names of all schemas."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read_schema(name: str) -> str:
    """Return a schema's text; UsageError where there is none of that name."""
    if name not in find_names():
        raise UsageError(f"no such schema: {name!r}; choose from {', '.join(find_names())}")
    return (FOLDER / f"{name}.json").read_text(encoding="utf-8")
