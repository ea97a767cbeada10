"""Why iqscore does not start, in words: each complaint is one line, a condition with its place below."""

from __future__ import annotations

from typing import Any

from iqscore.errors import IqscoreError, QueryError, UsageError
from iqscore.exits import EXIT_USAGE


def fail(message: str) -> int:
    """Say why iqscore stops; return the exit status."""
    from iqscore.console import warn

    warn(message)
    return EXIT_USAGE


def fail_with(error: IqscoreError, command: str = "iqscore") -> int:
    """Say what is wrong, and which help is about it; return the exit status."""
    if not isinstance(error, QueryError):
        return fail(f"{error} (see {command} --help)" if isinstance(error, UsageError) else str(error))
    from iqscore.console import warn_at

    status = fail(f"condition: {error}")
    warn_at(error.text, error.at)
    return status


def fail_with_typo(error: Any, message: str) -> int:
    """Say what Typer found wrong with the words typed, and which help is about them; return the exit status."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "iqscore"
    is_early = command == "iqscore" and message.startswith("No such option")
    return fail(f"{message} (see {command} --help{'; options come after the command' if is_early else ''})")
