"""Options that are one of a few words: shells complete them, and settings know them."""

from __future__ import annotations

from collections.abc import Callable, Sequence


def one_of(words: Sequence[str]) -> Callable[[str], list[str]]:
    """Return what Typer asks for the words that begin as what was typed so far; all of them begin with nothing."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete.lower())]

    return complete
