"""Conditions: what they mean, what is missing in them, and errors that point at a character."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.errors import QueryError
from iqscore.query import Kind, parse_query

FIELDS: dict[str, Kind] = {
    "score": "number", "blur": "number", "rank": "number", "width": "number", "height": "number",
    "label": "text", "camera": "text", "path": "text", "models.aesthetic": "text",
}  # fmt: skip
PHOTO: dict[str, Any] = {
    "score": 71.3, "blur": 0.2, "width": 600, "height": 400, "label": "accepted", "camera": "Canon EOS R5",
    "path": "trip/IMG (1).jpg", "models.aesthetic": "nima@0123abcd", "rank": None,
}  # fmt: skip


def passes(text: str, **changes: Any) -> bool:
    return parse_query(text, FIELDS).matches(PHOTO | changes)


@pytest.mark.parametrize(
    "text",
    [
        "score > 60",
        "score >= 71.3 and score <= 71.3",
        "score = 71.3",
        "score == 71.3",
        "score != 60",
        "score <> 60",
        "60 < score",
        ".2 = blur and 2e-1 = blur and +0.2 = blur and blur > -1",
        "width > height",
        'score > 60 and blur < 0.3 and camera ~ "Canon"',
        'camera ~ "^canon eos r\\d$"',
        'camera !~ "nikon"',
        "camera = 'canon eos r5'",
        'label = "ACCEPTED"',
        'path ~ "IMG \\(1\\)"',
        'path !~ "IMG (1)"',
        "score < 10 or blur < 0.3",
        "score > 60 or blur > 0.9 and blur > 2",
        "not score < 60",
        "NOT (score < 60 OR blur > 0.5) AND Score > 1",
        "!(score < 60) && blur < 0.3 || rank = 1",
        "rank is null",
        "rank IS NULL and score is not null",
        'models.aesthetic ~ "@0123"',
        "  score\n>\t60  ",
        'label < "b"',
    ],
)
def test_what_is_true(text: str) -> None:
    assert passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "score > 71.3",
        "score < 60 or blur > 0.5",
        "score > 60 and blur > 0.5",
        "(score > 60 or blur > 0.5) and blur > 0.5",
        "not score > 60",
        'camera ~ "nikon"',
        'camera = "Canon"',
        "rank is not null",
        "score is null",
    ],
)
def test_what_is_not(text: str) -> None:
    assert not passes(text)


@pytest.mark.parametrize(
    "text",
    [
        "rank = 1",
        "rank != 1",
        "not rank = 1",
        "not rank != 1",
        "rank < 1 or rank >= 1",
        "not (rank = 1 and score > 60)",
    ],
)
def test_what_is_missing_is_never_true(text: str) -> None:
    assert not passes(text)
    assert not parse_query(text, FIELDS).matches({"score": 71.3})


def test_what_is_missing_leaves_the_rest_to_decide() -> None:
    assert passes("rank = 1 or score > 60")
    assert not passes("rank = 1 and score < 60")
    assert passes("not (rank = 1 and score < 60)")
    assert not passes('camera ~ "."', camera=None)
    assert not passes('camera !~ "."', camera=None)


def test_a_value_of_another_kind_than_promised_is_missing() -> None:
    assert not passes("score > 60", score="high")
    assert not passes("score <= 60", score="high")
    assert not passes('camera ~ "5"', camera=5)


def test_quotes_within_text() -> None:
    assert passes("camera = 'Dad''s'", camera="Dad's")
    assert passes('camera = "the ""best"""', camera='the "best"')
    assert passes('path = "C:\\photos\\"', path="C:\\photos\\")


def test_the_names_are_known() -> None:
    assert parse_query('score > 1 and (not blur < 1 or camera ~ "x") and rank is null', FIELDS).names == {
        "score", "blur", "camera", "rank",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message", "at"),
    [
        ("", "something is missing", "^"),
        ("score >", "something is missing", "       ^"),
        ("scor > 60", "no such field: scor; did you mean score?", "^"),
        ("score > 60 and blurr < 1", "did you mean blur?", "               ^"),
        ("label = accepted", 'text stands in quotes: "accepted"', "        ^"),
        ("score", "compare it with something", "     ^"),
        ("score 5", "compare it with something", "^"),
        ("score and blur", "compare it with something", "^"),
        ('score > "60"', "score is a number; write one, without quotes", "        ^"),
        ("label = 5", "label is text; write some, in quotes", "        ^"),
        ("5 = label", "label is text; write some, in quotes", "^"),
        ("score = label", "score is a number", "        ^"),
        ('5 = "5"', "the other is text", "^"),
        ('score ~ "6"', "~ looks into text, and score is a number", "^"),
        ("camera ~ path", "~ needs text in quotes", "         ^"),
        ('"x" ~ "y"', "a field must stand here", "^"),
        ('camera ~ "a(b"', "not a regular expression (missing )", "           ^"),
        ("5 is null", "a field must stand here", "^"),
        ("score is 5", "expected `null`", "         ^"),
        ("score is not", "expected `null`", "            ^"),
        ("rank = null", "write `is null` or `is not null`", "     ^"),
        ("0.2 < blur < 0.5", "one comparison at a time", "           ^"),
        ("(score > 5", "never closed", "^"),
        ("score > 5)", "never opened", "         ^"),
        ("(score > 5 label", "expected `and`, `or` or )", "           ^"),
        ("score > 5 blur < 1", "expected `and` or `or`", "          ^"),
        ("score > > 5", "expected a field, a number", "        ^"),
        ("score > 60; rm", "';' means nothing here", "          ^"),
        ("__import__('os') = 1", "no such field: __import__", "^"),
        ("label = “accepted”", "is no quote here", "        ^"),
        ('label = "accepted', "this text has no end", "        ^"),
        ("score > 60abc", "not a number", "        ^"),
        ("score > 1.2.3", "not a number", "        ^"),
        ("(" * 51 + "score > 1" + ")" * 51, "too deep", " " * 50 + "^"),
        ("not " * 51 + "score > 1", "too deep", " " * 200 + "^"),
    ],
)
def test_errors_point_at_a_character(text: str, message: str, at: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)) as caught:
        parse_query(text, FIELDS)
    assert caught.value.text == text
    assert " " * caught.value.at + "^" == at
    assert "\n" not in str(caught.value)


def test_fifty_parentheses_are_fine() -> None:
    assert passes("(" * 50 + "score > 1" + ")" * 50)
    assert passes(" and ".join(["(score > 1)"] * 2000))


ATOMS = st.tuples(st.sampled_from(["score", "blur", "rank"]), st.sampled_from("<>="), st.integers(-2, 2))
TREES = st.recursive(
    ATOMS,
    lambda inner: (
        st.tuples(st.just("not"), inner)
        | st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=3))
    ),
    max_leaves=8,
)


def to_text(tree: Any) -> str:
    if tree[0] == "not":
        return f"not ({to_text(tree[1])})"
    if tree[0] in ("and", "or"):
        return f" {tree[0]} ".join(f"({to_text(part)})" for part in tree[1])
    return f"{tree[0]} {tree[1]} {tree[2]}"


def judge(tree: Any, photo: dict[str, Any]) -> float:
    """Return 1 for true, 0 for false and a half for unknown, where and is the least and or the most (Kleene)."""
    if tree[0] == "not":
        return 1 - judge(tree[1], photo)
    if tree[0] in ("and", "or"):
        return (min if tree[0] == "and" else max)(judge(part, photo) for part in tree[1])
    value = photo[tree[0]]
    return 0.5 if value is None else float({"<": value < tree[2], ">": value > tree[2], "=": value == tree[2]}[tree[1]])


VALUES = st.none() | st.integers(-2, 2)


@settings(max_examples=80, deadline=None)
@given(TREES, st.fixed_dictionaries({"score": VALUES, "blur": VALUES, "rank": VALUES}))
def test_it_means_what_three_valued_logic_says(tree: Any, photo: dict[str, Any]) -> None:
    assert parse_query(to_text(tree), FIELDS).matches(photo) is (judge(tree, photo) == 1)


WORDS = ["score", "blur", "camera", "and", "or", "not", "(", ")", "~", "=", "<", '"x"', "5", "is", "null", "[", "\\"]


@settings(max_examples=100, deadline=None)
@given(st.text() | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_whatever_is_written_is_understood_or_pointed_at(text: str) -> None:
    at = 0
    try:
        parse_query(text, FIELDS).matches(PHOTO)
    except QueryError as error:
        at = error.at
    assert 0 <= at <= len(text)
