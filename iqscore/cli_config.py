"""The command `iqscore config show`: every value that can be set, and where it comes from."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from iqscore.cli_models import help_without_command
from iqscore.cli_settings import find_commands, open_settings
from iqscore.config_files import ConfigFile, get_user_path, read_files
from iqscore.errors import UsageError
from iqscore.setting_values import Options, to_key
from iqscore.settings import TYPED_ONLY, Setting, Settings

_ORDER = "command line, environment, profile, project's file, user's file, default"

config_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@config_app.callback()
def _config(context: typer.Context) -> None:
    """Show the settings that hold here."""
    help_without_command(context)


@config_app.command("show")
def show(
    context: typer.Context,
    command: Annotated[str | None, typer.Argument(metavar="[COMMAND]", help="Only the settings of this one.")] = None,
    profile: Annotated[
        str | None, typer.Option("--profile", metavar="NAME", help="Show what holds with this profile.")
    ] = None,
) -> None:
    """Print the value of every option that can be set, as TOML, and where each comes from."""
    settings = open_settings(context, profile)
    commands = find_commands(context)
    if command is not None and command not in commands:
        raise UsageError(f"no settings for {command!r}; choose from {', '.join(commands)}")
    for line in _to_head(settings, read_files(os.environ, Path.cwd())):
        _print(line)
    for name in [command] if command else commands:
        typer.echo(f"\n[{name}]")
        for line in _to_lines(settings.resolve(name), commands[name]):
            _print(line)


def _print(line: str) -> None:
    """Print a line, in which paths may be that are no text."""
    from iqscore.console import to_shown

    typer.echo(to_shown(line, sys.stdout.encoding))


def _to_head(settings: Settings, files: list[ConfigFile]) -> Iterator[str]:
    user = get_user_path(os.environ)
    paths = {"user": f"{user} (not there)" if user else "no home folder", "project": "none found here or above"}
    paths |= {file.kind: str(file.path) for file in files}
    yield f"# the first of these that says something holds: {_ORDER}"
    yield from (f"# {kind + chr(39) + 's file':15}{path}" for kind, path in paths.items())
    yield f"# {'profile':15}{settings.profile or 'none'}"
    yield from (
        f"# {name} is set in the environment, but no option is called so" for name in settings.find_unknown_variables()
    )


def _to_lines(found: Mapping[str, Setting], options: Options) -> Iterator[str]:
    for name, option in options.items():
        if name in TYPED_ONLY:
            continue
        setting = found.get(name, Setting(option.default, "default"))
        # TOML has no word for nothing
        text = f"# {to_key(name)} =" if setting.value is None else f"{to_key(name)} = {to_toml(setting.value)}"
        yield f"{text:30}  # {setting.source}"


def to_toml(value: object) -> str:
    """Return a value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(to_toml, value))}]"
    return _to_toml_text(value) if isinstance(value, str) else str(value)


def _to_toml_text(text: str) -> str:
    """Return text in quotes, as letters that every terminal has."""
    # a string of JSON is one of TOML too, but TOML writes neither pairs of surrogates nor a plain DEL
    return re.sub("[^ -~]", lambda match: _to_escape(ord(match[0])), json.dumps(text, ensure_ascii=False))


def _to_escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
