"""Conditions that people write about photos: `score > 60 and blur < 0.3 and camera ~ "Canon"`.

A language of its own and small: fields, numbers and text, compared; `and`, `or`, `not` and parentheses; `~` for regular
expressions; `is null`. Nothing in it can run code or reach a file. What is missing is neither true nor false, as in
SQL: a photo passes only where the condition is true of what is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from iqscore.query.parser import parse
from iqscore.query.tree import Kind, Node, Value

__all__ = ["Kind", "Query", "Value", "parse_query"]


@dataclass(frozen=True, slots=True)
class Query:
    """A condition that was understood."""

    text: str
    """As it was written."""
    names: frozenset[str]
    """The fields that it looks at."""
    root: Node

    def matches(self, record: Mapping[str, Value]) -> bool:
        """Tell whether the condition is true of a flat record; a field that is absent or None is missing."""
        return self.root.judge(record) is True


def parse_query(text: str, fields: Mapping[str, Kind]) -> Query:
    """Return the condition written in `text` about `fields`; QueryError points at what is wrong with it."""
    root, names = parse(text, fields)
    return Query(text, names, root)
