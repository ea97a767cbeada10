"""From the text of a condition to its words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from iqscore.errors import QueryError

TokenKind = Literal["name", "number", "text", "sign", "end"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
    | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
    | (?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    | (?P<text>"(?:[^"]|"")*"|'(?:[^']|'')*')
    | (?P<sign>&&|\|\||!~|[=!<>]=|<>|[=<>~!()])
    """,
    re.VERBOSE,
)
_SAME = {"==": "=", "<>": "!=", "&&": "and", "||": "or", "!": "not"}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a condition."""

    kind: TokenKind
    value: str
    """Names and signs in their one spelling, text without its quotes."""
    at: int
    """The place of its first character."""


def find_tokens(text: str) -> Iterator[Token]:
    """Yield the words of a condition, and an end; QueryError at a character that begins none."""
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise QueryError(_explain(text, at), text, at)
        if match.lastgroup != "space":
            yield _to_token(match)
        at = match.end()
    yield Token("end", "", len(text))


def _to_token(match: re.Match[str]) -> Token:
    word, at = match[0], match.start()
    if match.lastgroup == "number":
        return Token("number", word, at)
    if match.lastgroup == "text":
        return Token("text", word[1:-1].replace(word[0] * 2, word[0]), at)
    if match.lastgroup == "sign":
        return Token("sign", _SAME.get(word, word), at)
    name = word.lower()
    return Token("sign" if name in {"and", "or", "not"} else "name", name, at)


def _explain(text: str, at: int) -> str:
    character = text[at]
    if character in "\"'":
        return "this text has no end; close it with the same quote"
    if character in "“”„‘’«»":  # noqa: RUF001 - what editors make of quotes
        return f"{character} is no quote here; use \" or '"
    if character.isdigit() or character in "+-.":
        return "not a number"
    return f"{character!r} means nothing here"
