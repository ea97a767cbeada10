"""Write the manual page docs/iqscore.1 from the help of the program: python -m docs.make_man"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

from typer.main import get_command
from typer.models import ArgumentInfo, OptionInfo

from iqscore._version import __version__
from iqscore.cli import app

PAGE = Path(__file__).parent / "iqscore.1"

_SETTINGS = """
What is not typed comes from the first of these that says something: the environment (IQSCORE_MIN_SCORE=45, lists with
commas), the profile, the project's file, the user's file. The project's file is the nearest iqscore.toml, or
pyproject.toml with a table [tool.iqscore], in the current folder or above. Options stand in it by their long names,
for all commands or in the table of one. "iqscore config show" prints every value and where it comes from.
"""
_FILES = {
    "iqscore.toml, pyproject.toml": "Settings of a project.",
    "~/.config/iqscore/iqscore.toml": "Settings of the user (%APPDATA%\\iqscore\\iqscore.toml on Windows).",
    "~/.local/state/iqscore/": "Journals of what was written into photos (%LOCALAPPDATA%\\iqscore on Windows).",
}
_VARIABLES = {
    "IQSCORE_...": "Settings, by the names of options in capitals: IQSCORE_JOBS, IQSCORE_MIN_SCORE.",
    "IQSCORE_PROFILE": "The profile, where --profile names none.",
    "IQSCORE_CACHE_DIR": "The folder of the cache.",
    "IQSCORE_CONFIG": "A file in place of the project's; none: no file is read at all.",
    "NO_COLOR": "No colours.",
    "COLUMNS": "The width of tables.",
}


def make_page() -> str:
    """Return the manual page."""
    return "\n".join(_make_lines()) + "\n"


def _make_lines() -> Iterator[str]:
    yield '.\\" Made by "python -m docs.make_man" from the help of the program; do not edit.'
    yield f'.TH IQSCORE 1 "" "iqscore {__version__}" "User Commands"'
    yield from (".SH NAME", f"iqscore \\- {_escape(str(app.info.help).rstrip('.').lower())}")
    yield from (".SH SYNOPSIS", ".B iqscore", "COMMAND [OPTIONS] ...")
    root: Any = get_command(app)
    yield ".SH COMMANDS"
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        for words, each in [(f"{name} {sub}", leaf) for sub, leaf in inner.items()] if inner else [(name, command)]:
            yield from _make_command(words, each)
    yield from (".SH SETTINGS", *_fill(_SETTINGS))
    yield from (".SH EXIT STATUS", *_make_statuses(str(app.info.epilog)))
    yield from (".SH ENVIRONMENT", *_make_list(_VARIABLES))
    yield from (".SH FILES", *_make_list(_FILES))


def _make_command(words: str, command: Any) -> Iterator[str]:
    function = inspect.unwrap(command.callback)
    facts = dict(_find_facts(function))
    arguments = " ".join(_to_words(name, fact)[0] for name, fact in facts.items() if isinstance(fact, ArgumentInfo))
    yield f'.SS "{_escape(f"iqscore {words} [OPTIONS] {arguments}".rstrip())}"'
    for number, paragraph in enumerate((inspect.getdoc(function) or "").split("\n\n")):
        yield from ([".PP"] if number else [])
        yield from _fill(paragraph)
    for name, fact in facts.items():
        metavar = "" if isinstance(fact, ArgumentInfo) or not fact.metavar else f" \\fI{_escape(fact.metavar)}\\fR"
        yield from (".TP", f"\\fB{_escape(', '.join(_to_words(name, fact)))}\\fR{metavar}")
        yield from _fill(str(fact.help))


def _find_facts(function: Any) -> Iterator[tuple[str, ArgumentInfo | OptionInfo]]:
    """Yield what is said of each argument and option of a command, arguments by the word that stands for them."""
    for name, hint in get_type_hints(function, include_extras=True).items():
        for fact in getattr(hint, "__metadata__", ()):
            if isinstance(fact, ArgumentInfo):
                yield fact.metavar or name.upper(), fact
            elif isinstance(fact, OptionInfo):
                yield name, fact


def _to_words(name: str, fact: ArgumentInfo | OptionInfo) -> list[str]:
    """Return what a person types: the names of an option, or the word that stands for an argument."""
    if isinstance(fact, ArgumentInfo):
        return [name]
    # within Annotated, Typer takes the first name for a default
    return [word for word in (fact.default, *(fact.param_decls or ())) if isinstance(word, str)]


def _make_statuses(epilog: str) -> Iterator[str]:
    for part in epilog.removeprefix("Exit status: ").rstrip(".").split("; "):
        number, _, meaning = part.partition(" ")
        yield from (".TP", f".B {number}", _escape(meaning))


def _make_list(entries: dict[str, str]) -> Iterator[str]:
    for name, meaning in entries.items():
        yield from (".TP", f".B {_escape(name)}", _escape(meaning))


def _fill(text: str) -> Iterator[str]:
    """Yield a sentence a line, as roff likes it."""
    for sentence in re.split(r"(?<=[.:]) (?=[A-Z])", " ".join(text.split())):
        yield _escape(sentence)


def _escape(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    # a dot or a quote at the start would be a request
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def main() -> None:
    """Write the page."""
    PAGE.write_text(make_page(), encoding="utf-8")
    sys.stderr.write(f"{PAGE} written\n")


if __name__ == "__main__":
    main()
