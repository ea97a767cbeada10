"""What a condition is made of, and whether it is true of a photo: yes, no, or None where that cannot be known."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["number", "text"]
Value = str | float | None

OPERATORS: Mapping[str, Callable[[str | float, str | float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


class Node(Protocol):
    """A part of a condition."""

    def judge(self, record: Mapping[str, Value]) -> bool | None:
        """Tell whether it is true; None where what it asks for is missing."""


@dataclass(frozen=True, slots=True)
class Field:
    """The value that a photo has by this name."""

    name: str

    def get(self, record: Mapping[str, Value]) -> Value:
        """Return it; text in lower case, as its case does not count."""
        value = record.get(self.name)
        return value.casefold() if isinstance(value, str) else value


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that was written down."""

    value: str | float

    def get(self, record: Mapping[str, Value]) -> Value:
        """Return it; text in lower case."""
        return self.value.casefold() if isinstance(self.value, str) else self.value


Operand = Field | Constant


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values, compared."""

    left: Operand
    sign: str
    right: Operand

    def judge(self, record: Mapping[str, Value]) -> bool | None:
        """Compare; None also where text meets a number."""
        left, right = self.left.get(record), self.right.get(record)
        if left is None or right is None or isinstance(left, str) != isinstance(right, str):
            return None
        return OPERATORS[self.sign](left, right)


@dataclass(frozen=True, slots=True)
class Match:
    """Text in which a regular expression is looked for."""

    name: str
    pattern: re.Pattern[str]
    wanted: bool

    def judge(self, record: Mapping[str, Value]) -> bool | None:
        """Search."""
        value = record.get(self.name)
        return bool(self.pattern.search(value)) is self.wanted if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Missing:
    """Whether there is nothing by this name; it is never unknown."""

    name: str
    wanted: bool

    def judge(self, record: Mapping[str, Value]) -> bool:
        """Look."""
        return (record.get(self.name) is None) is self.wanted


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node

    def judge(self, record: Mapping[str, Value]) -> bool | None:
        """Turn yes and no round."""
        found = self.part.judge(record)
        return None if found is None else not found


@dataclass(frozen=True, slots=True)
class Several:
    """Parts that must all be true, or one of which must."""

    parts: Sequence[Node]
    deciding: bool
    """What one part says that settles it: False for all, True for any."""

    def judge(self, record: Mapping[str, Value]) -> bool | None:
        """Ask the parts until it is settled."""
        unknown = False
        for part in self.parts:
            found = part.judge(record)
            if found is self.deciding:
                return self.deciding
            unknown |= found is None
        return None if unknown else not self.deciding
