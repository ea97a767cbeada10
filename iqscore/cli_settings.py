"""Settings brought to the commands: whatever is not typed comes from the environment, a profile or a file.

Click's map of defaults does the work: it is filled before the other options of a command are looked at.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, cast, get_args, get_origin, get_type_hints

import typer
from typer.models import OptionInfo

from iqscore.config_files import read_files
from iqscore.setting_values import Kind, Option, Options
from iqscore.settings import Settings

_UNKNOWN = "iqscore.unknown_variables"
_KINDS: Mapping[type, Kind] = {bool: "flag", int: "integer", float: "number", str: "text"}


def open_settings(context: typer.Context, profile: str | None) -> Settings:
    """Return the settings for the command line that a context is in; UsageError where something is wrong with them."""
    try:
        folder = Path.cwd()
    except OSError:
        folder = Path(os.sep)
    return Settings(read_files(os.environ, folder), os.environ, find_commands(context), profile)


def find_commands(context: typer.Context) -> dict[str, Options]:
    """Return the options of each command that takes settings, that is, a profile."""
    commands = cast(Any, context.find_root().command).commands
    options = {name: {option.name: option for option in _find_options(command)} for name, command in commands.items()}
    return {name: table for name, table in options.items() if "profile" in table}


def _find_options(command: Any) -> Iterator[Option]:
    """Yield the options that the function of a command has: how Typer keeps them differs between its versions."""
    function = inspect.unwrap(command.callback) if command.callback else None
    hints = get_type_hints(function, include_extras=True) if function else {}
    for name, parameter in inspect.signature(function).parameters.items() if function else ():
        for fact in getattr(hints[name], "__metadata__", ()):
            if isinstance(fact, OptionInfo):
                many, single = _to_single(get_args(hints[name])[0])
                words = tuple(fact.autocompletion("")) if fact.autocompletion else ()
                yield Option(name, _KINDS[single], many, parameter.default, fact.min, fact.max, words)


def _to_single(hint: Any) -> tuple[bool, type]:
    """Return whether an option takes many values, and the type of one."""
    (some,) = [part for part in get_args(hint) if part is not NoneType] if isinstance(hint, UnionType) else [hint]
    return (True, get_args(some)[0]) if get_origin(some) is list else (False, some)


def _apply(context: typer.Context, profile: str | None) -> str | None:
    """Make the settings the defaults of the command."""
    if context.resilient_parsing or context.info_name is None:
        return profile
    settings = open_settings(context, profile)
    found = settings.resolve(context.info_name)
    context.default_map = {name: setting.value for name, setting in found.items()}
    # whether to be quiet is not known yet
    context.meta[_UNKNOWN] = settings.find_unknown_variables()
    return profile


Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        is_eager=True,
        callback=_apply,
        help="Take the settings of this profile from iqscore.toml.",
    ),
]


def yields_to(*others: str) -> Callable[[typer.Context, typer.CallbackParam, Any], Any]:
    """Return what takes back an option that came from settings where one that contradicts it was typed."""

    def take_back(context: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
        def is_typed(name: str) -> bool:
            source = context.get_parameter_source(name)
            return source is not None and source.name == "COMMANDLINE"

        if is_typed(str(param.name)) or not any(is_typed(other) and context.params.get(other) for other in others):
            return value
        return False if isinstance(value, bool) else None

    return take_back


def decide_on_quiet(context: typer.Context, param: typer.CallbackParam, value: bool) -> bool:
    """Return whether to be quiet, unless --verbose was typed; tell variables that set nothing where not."""
    is_quiet: bool = yields_to("verbose")(context, param, value)
    unknown = context.meta.get(_UNKNOWN)
    if unknown and not is_quiet:
        from iqscore.console import warn

        warn(f"{', '.join(unknown)}: set in the environment, but no option is called so; see iqscore config show")
    return is_quiet
