"""Settings: what options are when nobody types them, and where each value comes from.

The command line wins over the environment, that over the profile, that over the project's file, that over the user's,
that over the default. Within a file the table of a command ([check]) wins over what stands above all tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from iqscore.config_files import ConfigFile, expand
from iqscore.errors import UsageError

TYPED_ONLY = frozenset(
    [
        *("files_from", "null", "print0", "paths_only", "output", "csv", "json", "exec", "idle", "existing"),
        *("undo", "show", "journal", "dry_run", "profile", "version", "help"),
    ]
)
"""Options that say what one run is about; set for all runs they would only do harm."""
USER_ONLY = frozenset(["xmp", "overwrite", "break_c2pa", "write_read_only", "hard_links"])
"""Options that change photos; a file that came with somebody's project does not decide on that."""
PATHS = frozenset(["model"])
"""Options that name files: in a file, from its folder on."""
OTHER_VARIABLES = frozenset(["IQSCORE_CACHE_DIR", "IQSCORE_CONFIG", "IQSCORE_PROFILE"])
BUILT_IN: Mapping[str, Mapping[str, Any]] = {
    "upload": {"label": ["accepted", "pending"]},
    "strict": {"label": ["accepted"]},
}
"""Profiles that are always there; a file may add to them, or say otherwise."""
DEFAULT_PROFILE = "default_profile"
PREFIX = "IQSCORE_"

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

    def find_fault(self, value: Any) -> str | None:
        """Return what is wrong with a single value of the right type, or None."""
        if self.least is not None and value < self.least:
            return f"must be {self.least:g} or more, not {value}"
        return f"must be {self.most:g} or less, not {value}" if self.most is not None and value > self.most else None


Options = Mapping[str, Option]
"""The options of a command by name."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it comes from, in words."""

    value: Any
    source: str


@dataclass(frozen=True, slots=True)
class _Layer:
    """Settings of equal right, and what messages call the place."""

    tables: Mapping[str, Any]
    place: str
    source: str
    folder: Path | None = None


def to_key(name: str) -> str:
    """Return the name of an option as files spell it."""
    return name.replace("_", "-")


class Settings:
    """All settings there are; `commands` has the options of every command."""

    def __init__(
        self,
        files: list[ConfigFile],
        environ: Mapping[str, str],
        commands: Mapping[str, Options],
        profile: str | None = None,
    ) -> None:
        self._environ = environ
        self._commands = commands
        for file in files:
            self._check_file(file)
        self.profile = profile or environ.get("IQSCORE_PROFILE") or _find_default_profile(files)
        self._layers = [_Layer(file.tables, str(file.path), str(file.path), file.path.parent) for file in files]
        if self.profile:
            self._layers += self._find_profile(self.profile, files)

    def resolve(self, command: str) -> dict[str, Setting]:
        """Return what is set for a command, by the names of its options."""
        found: dict[str, Setting] = {}
        for layer in self._layers:
            for tables in (layer.tables, layer.tables.get(command, {})):
                for key, value in tables.items():
                    name = key.replace("-", "_")
                    option = self._commands[command].get(name)
                    if option and not isinstance(value, dict):
                        found[name] = Setting(_to_value(option, value, layer), layer.source)
        return found | dict(self._read_environment(command))

    def find_unknown_variables(self) -> list[str]:
        """Return the IQSCORE_ variables that set nothing."""
        known = {_to_variable(name) for options in self._commands.values() for name in options} | OTHER_VARIABLES
        return sorted(name for name in self._environ if name.startswith(PREFIX) and name not in known)

    def _read_environment(self, command: str) -> Iterator[tuple[str, Setting]]:
        for name, option in self._commands[command].items():
            variable = _to_variable(name)
            text = self._environ.get(variable, "")
            if text and name not in TYPED_ONLY:
                yield name, Setting(_from_text(option, text, variable), variable)

    def _find_profile(self, name: str, files: list[ConfigFile]) -> Iterator[_Layer]:
        known = set(BUILT_IN)
        layers = [_Layer(BUILT_IN[name], "", f"profile {name}, built in")] if name in BUILT_IN else []
        for file in files:
            profiles = file.tables.get("profile", {})
            known |= set(profiles)
            if name in profiles:
                place = f"{file.path}: profile.{name}"
                layers.append(_Layer(profiles[name], place, f"profile {name} in {file.path}", file.path.parent))
        if not layers:
            raise UsageError(f"no profile {name!r}; choose from {', '.join(sorted(known))}, or add [profile.{name}]")
        yield from layers

    # files are judged as a whole, whatever the command: a slip shows the first time

    def _check_file(self, file: ConfigFile) -> None:
        for key, value in file.tables.items():
            name = key.replace("-", "_")
            if name == "profile":
                self._check_profiles(file, value)
            elif name == DEFAULT_PROFILE:
                if not isinstance(value, str):
                    raise UsageError(f"{file.path}: {key}: must be text in quotes, not {_show(value)}")
            else:
                self._check_entry(file, key, key, value)

    def _check_profiles(self, file: ConfigFile, profiles: object) -> None:
        tables = profiles if isinstance(profiles, dict) else {"": profiles}
        for name, table in tables.items():
            if not isinstance(table, dict):
                raise UsageError(f"{file.path}: profile: must hold tables: [profile.upload]; not {_show(table)}")
            for key, value in table.items():
                self._check_entry(file, f"profile.{name}.{key}", key, value)

    def _check_entry(self, file: ConfigFile, shown: str, key: str, value: object) -> None:
        """Judge an option, or the table of a command."""
        if not isinstance(value, dict):
            options = {name: option for table in self._commands.values() for name, option in table.items()}
            self._check_value(file, shown, options, key, value)
            return
        if key not in self._commands:
            raise UsageError(f"{file.path}: {shown}: no such command{_suggest(key, self._commands)}")
        for inner, entry in value.items():
            self._check_value(file, f"{shown}.{inner}", self._commands[key], inner, entry)

    def _check_value(self, file: ConfigFile, shown: str, options: Options, key: str, value: object) -> None:
        name = key.replace("-", "_")
        if name not in options:
            raise UsageError(f"{file.path}: {shown}: no such setting{_suggest(key, map(to_key, options))}")
        if name in TYPED_ONLY:
            raise UsageError(f"{file.path}: {shown}: this is for the command line only")
        if name in USER_ONLY and file.kind == "project":
            raise UsageError(
                f"{file.path}: {shown}: changes photos; set it in your own iqscore.toml or on the command line only"
            )
        _to_value(options[name], value, _Layer({}, str(file.path), "", file.path.parent), shown)


def _find_default_profile(files: list[ConfigFile]) -> str | None:
    for file in reversed(files):
        for key, value in file.tables.items():
            if key.replace("-", "_") == DEFAULT_PROFILE:
                return str(value)
    return None


def _to_value(option: Option, value: Any, layer: _Layer, shown: str | None = None) -> Any:
    """Return a value of a file as the command line would have it; UsageError where it is none."""
    values = value if option.many and isinstance(value, list) else [value]
    types, words = _KINDS[option.kind]
    for single in values:
        # true is a whole number to Python, not to people
        if not isinstance(single, types) or (isinstance(single, bool) and option.kind != "flag"):
            many = f"{words}, or a list of that" if option.many else words
            raise UsageError(f"{layer.place}: {shown or to_key(option.name)}: must be {many}, not {_show(single)}")
        complaint = option.find_fault(single)
        if complaint:
            raise UsageError(f"{layer.place}: {shown or to_key(option.name)}: {complaint}")
    if option.name in PATHS and layer.folder:
        values = [str(layer.folder / expand(path)) for path in values]
    return values if option.many else values[0]


def _from_text(option: Option, text: str, variable: str) -> Any:
    """Return the value of a variable; of an option that may be repeated, several with commas between."""
    values = [_to_single(option, part.strip(), variable) for part in (text.split(",") if option.many else [text])]
    for value in values:
        complaint = option.find_fault(value)
        if complaint:
            raise UsageError(f"{variable}: {complaint}")
    return values if option.many else values[0]


def _to_single(option: Option, text: str, variable: str) -> Any:
    try:
        if option.kind == "flag":
            return _WORDS[text.lower()]
        return int(text) if option.kind == "integer" else float(text) if option.kind == "number" else text
    except (KeyError, ValueError):
        raise UsageError(f"{variable}: must be {_KINDS[option.kind][1]}, not {text!r}") from None


def _to_variable(name: str) -> str:
    return PREFIX + name.upper()


def _show(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, dict) else repr(value)


def _suggest(word: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word.replace("_", "-"), list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""
