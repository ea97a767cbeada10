"""From the words of a condition to its tree, by recursive descent; every error points at a character.

either     = all { "or" all }
all        = one { "and" one }
one        = "not" one | "(" either ")" | comparison
comparison = operand sign operand | field ( "~" | "!~" ) text | field "is" [ "not" ] "null"
operand    = field | number | text
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from iqscore.errors import QueryError
from iqscore.query.tokens import Token, find_tokens
from iqscore.query.tree import OPERATORS, Comparison, Constant, Field, Kind, Match, Missing, Node, Not, Operand, Several

_DEEPEST = 50
"""So many parentheses and `not` may stand within each other; Python's own stack ends later."""
_SIGNS = (*OPERATORS, "~", "!~")
_COMPARE = "compare it with something: = != < <= > >= ~, or `is null`"


def parse(text: str, fields: Mapping[str, Kind]) -> tuple[Node, frozenset[str]]:
    """Return the tree of a condition and the fields that it names; QueryError where it makes no sense."""
    parser = _Parser(text, fields)
    root = parser.parse_either()
    parser.expect_end()
    return root, frozenset(parser.names)


class _Parser:
    """The words that are left; each parse_ function takes those of its rule."""

    def __init__(self, text: str, fields: Mapping[str, Kind]) -> None:
        self.names: set[str] = set()
        self._text = text
        self._fields = fields
        self._tokens = list(find_tokens(text))
        self._at = 0
        self._depth = 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind != "end"
        return token

    def _is_sign(self, *signs: str) -> bool:
        return self._next.kind == "sign" and self._next.value in signs

    def _is_word(self, word: str) -> bool:
        return self._next.kind == "name" and self._next.value == word

    def _fail(self, message: str, token: Token) -> QueryError:
        return QueryError(message, self._text, token.at)

    def parse_either(self) -> Node:
        """Take parts joined by `or`."""
        parts = [self._parse_all()]
        while self._is_sign("or"):
            self._take()
            parts.append(self._parse_all())
        return parts[0] if len(parts) == 1 else Several(parts, deciding=True)

    def _parse_all(self) -> Node:
        parts = [self._parse_one()]
        while self._is_sign("and"):
            self._take()
            parts.append(self._parse_one())
        return parts[0] if len(parts) == 1 else Several(parts, deciding=False)

    def _parse_one(self) -> Node:
        if not self._is_sign("not", "("):
            return self._parse_comparison()
        token = self._take()
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._fail("too deep; write it with fewer parentheses", token)
        node = Not(self._parse_one()) if token.value == "not" else self._parse_group(token)
        self._depth -= 1
        return node

    def _parse_group(self, opening: Token) -> Node:
        node = self.parse_either()
        if self._next.kind == "end":
            raise self._fail("this parenthesis is never closed", opening)
        if not self._is_sign(")"):
            raise self._fail("expected `and`, `or` or )", self._next)
        self._take()
        return node

    def _parse_comparison(self) -> Node:
        token = self._next
        left = self._parse_operand()
        if self._is_word("is"):
            return self._parse_missing(token, left)
        if not self._is_sign(*_SIGNS):
            raise self._fail(_COMPARE, self._next if self._next.kind == "end" else token)
        sign = self._take()
        if sign.value in {"~", "!~"}:
            return self._parse_match(token, left, wanted=sign.value == "~")
        other = self._next
        if self._is_word("null"):
            raise self._fail("nothing is equal to null; write `is null` or `is not null`", sign)
        right = self._parse_operand()
        self._check_kinds(token, left, other, right)
        if self._is_sign(*_SIGNS):
            raise self._fail("one comparison at a time; join two with `and`", self._next)
        return Comparison(left, sign.value, right)

    def _parse_missing(self, token: Token, left: Operand) -> Node:
        self._take()
        wanted = not self._is_sign("not")
        if not wanted:
            self._take()
        if not self._is_word("null"):
            raise self._fail("expected `null`, as in `is null` and `is not null`", self._next)
        self._take()
        return Missing(self._get_name(token, left), wanted)

    def _parse_match(self, token: Token, left: Operand, *, wanted: bool) -> Node:
        name = self._get_name(token, left)
        if self._fields[name] != "text":
            raise self._fail(f"~ looks into text, and {name} is a number; use = < >", token)
        pattern = self._take()
        if pattern.kind != "text":
            raise self._fail('~ needs text in quotes, such as "Canon"', pattern)
        try:
            return Match(name, re.compile(pattern.value, re.IGNORECASE), wanted)
        except (re.error, OverflowError, RecursionError) as error:
            at = pattern.at + 1 + (getattr(error, "pos", None) or 0)
            raise QueryError(f"not a regular expression ({error})", self._text, at) from error

    def _parse_operand(self) -> Operand:
        token = self._take()
        if token.kind == "number":
            return Constant(float(token.value))
        if token.kind == "text":
            return Constant(token.value)
        if token.kind == "name":
            return self._to_field(token)
        expected = "expected a field, a number or text in quotes"
        raise self._fail(f"something is missing: {expected}" if token.kind == "end" else expected, token)

    def _to_field(self, token: Token) -> Field:
        if token.value not in self._fields:
            raise self._fail(f"no such field: {token.value}{self._advise(token.value)}", token)
        self.names.add(token.value)
        return Field(token.value)

    def _advise(self, name: str) -> str:
        near = get_close_matches(name, self._fields, n=1)
        if near:
            return f"; did you mean {near[0]}?"
        return f'; text stands in quotes: "{name}"'

    def _get_name(self, token: Token, operand: Operand) -> str:
        if isinstance(operand, Constant):
            raise self._fail("a field must stand here", token)
        return operand.name

    def _check_kinds(self, token: Token, left: Operand, other: Token, right: Operand) -> None:
        kinds = self._to_kind(left), self._to_kind(right)
        if kinds[0] == kinds[1]:
            return
        # the value that was written down is the one to change
        wrong, field = (token, right) if isinstance(left, Constant) else (other, left)
        name = field.name if isinstance(field, Field) else "the other"
        is_number = self._to_kind(field) == "number"
        advice = "is a number; write one, without quotes" if is_number else "is text; write some, in quotes"
        raise self._fail(f"{name} {advice}", wrong)

    def _to_kind(self, operand: Operand) -> Kind:
        if isinstance(operand, Field):
            return self._fields[operand.name]
        return "text" if isinstance(operand.value, str) else "number"

    def expect_end(self) -> None:
        """Raise QueryError where words are left over."""
        if self._next.kind == "end":
            return
        if self._is_sign(")"):
            raise self._fail("this parenthesis was never opened", self._next)
        raise self._fail("expected `and` or `or`", self._next)
