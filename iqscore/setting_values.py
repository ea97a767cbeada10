"""Values of settings: what a file or a variable says, judged by the option that it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from iqscore.config_files import expand
from iqscore.errors import UsageError

PATHS = frozenset(["model"])
"""Options that name files: in a file, from its folder on."""

_WORDS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}

Kind = Literal["flag", "integer", "number", "text"]
_KINDS: Mapping[Kind, tuple[tuple[type, ...], str]] = {
    "flag": ((bool,), "true or false"),
    "integer": ((int,), "a whole number"),
    "number": ((int, float), "a number"),
    "text": ((str,), "text in quotes"),
}


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a command, as settings see it."""

    name: str
    """As Python has it: min_score."""
    kind: Kind
    many: bool
    default: Any = None
    least: float | None = None
    most: float | None = None
    words: tuple[str, ...] = ()
    """All that it may be; none where that is not a matter of a few words."""

    def knows(self, value: Any) -> bool:
        """Tell whether a value, or each of a list, is one of the words, where there are any."""
        values = value if isinstance(value, list) else [value]
        return not self.words or all(str(single).lower() in self.words for single in values)

    def find_fault(self, value: Any) -> str | None:
        """Return what is wrong with a single value of the right type, or None."""
        if self.least is not None and value < self.least:
            return f"must be {self.least:g} or more, not {value}"
        if self.most is not None and value > self.most:
            return f"must be {self.most:g} or less, not {value}"
        return None if self.knows(value) else f"must be one of {', '.join(self.words)}, not {show(value)}"


Options = Mapping[str, Option]
"""The options of a command by name."""


def to_key(name: str) -> str:
    """Return the name of an option as files spell it."""
    return name.replace("_", "-")


def from_toml(option: Option, value: Any, place: str, folder: Path | None) -> Any:
    """Return a value of a file as the command line would have it; UsageError, which names the place, where it is none.

    `folder` is where the names of files begin.
    """
    values = value if option.many and isinstance(value, list) else [value]
    for single in values:
        _check_type(option, single, place)
        _check_fault(option, single, place)
    if option.name in PATHS and folder:
        values = [str(folder / expand(path)) for path in values]
    return values if option.many else values[0]


def from_text(option: Option, text: str, variable: str) -> Any:
    """Return the value of a variable; of an option that may be repeated, several with commas between."""
    values = [_to_single(option, part.strip(), variable) for part in (text.split(",") if option.many else [text])]
    for value in values:
        _check_fault(option, value, variable)
    return values if option.many else values[0]


def _check_type(option: Option, value: Any, place: str) -> None:
    types, words = _KINDS[option.kind]
    # true is a whole number to Python, not to people
    if not isinstance(value, types) or (isinstance(value, bool) and option.kind != "flag"):
        many = f"{words}, or a list of that" if option.many else words
        raise UsageError(f"{place}: must be {many}, not {show(value)}")


def _check_fault(option: Option, value: Any, place: str) -> None:
    fault = option.find_fault(value)
    if fault:
        raise UsageError(f"{place}: {fault}")


def _to_single(option: Option, text: str, variable: str) -> Any:
    try:
        if option.kind == "flag":
            return _WORDS[text.lower()]
        return int(text) if option.kind == "integer" else float(text) if option.kind == "number" else text
    except (KeyError, ValueError):
        raise UsageError(f"{variable}: must be {_KINDS[option.kind][1]}, not {text!r}") from None


def show(value: object) -> str:
    """Return a value as a message tells it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, dict) else repr(value)
