"""Words that must be one of a few."""

from __future__ import annotations

from typing import TypeVar

from iqscore.errors import UsageError

Word = TypeVar("Word", bound=str)


def choose(complaint: str, word: str, words: tuple[Word, ...]) -> Word:
    """Return the one of `words`, all small letters, that was typed in any case; UsageError where it is none."""
    for known in words:
        if word.lower() == known:
            return known
    raise UsageError(f"{complaint} {word!r}; choose from {', '.join(words)}")
