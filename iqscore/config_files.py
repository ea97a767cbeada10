"""The files that settings come from: one of the user's, one of the project's; found, read, not yet judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from iqscore.errors import UsageError

NAME = "iqscore.toml"
PYPROJECT = "pyproject.toml"
NO_FILES = "none"
"""What IQSCORE_CONFIG says where no file is to be read."""

Kind = Literal["user", "project"]


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A file with settings."""

    kind: Kind
    path: Path
    tables: Mapping[str, Any]


def read_files(environ: Mapping[str, str], folder: Path) -> list[ConfigFile]:
    """Return the user's file and the project's, those that there are; UsageError where one cannot be read.

    IQSCORE_CONFIG names a file that takes the place of the project's, or says `none`, and then no file is read.
    """
    named = environ.get("IQSCORE_CONFIG", "")
    if named == NO_FILES:
        return []
    files: list[ConfigFile] = []
    user = get_user_path(environ)
    if user and user.is_file():
        files.append(ConfigFile("user", user, _read(user)))
    if named:
        path = expand(named)
        files.append(ConfigFile("project", path, _to_own(path, _read(path)) or {}))
    else:
        found = (file for file in _find_project(folder) if not (user and _is_same(file.path, user)))
        # what is further up is not even read
        files += islice(found, 1)
    return files


def get_user_path(environ: Mapping[str, str]) -> Path | None:
    """Return where the user's file is, or would be; None for a user without a home."""
    base = environ.get("APPDATA") if sys.platform == "win32" else environ.get("XDG_CONFIG_HOME")
    if base:
        return Path(base) / "iqscore" / NAME
    try:
        return Path.home() / ".config" / "iqscore" / NAME
    except RuntimeError:
        return None


def _find_project(folder: Path) -> Iterator[ConfigFile]:
    """Yield the files with settings, from a folder upwards; in each, iqscore.toml goes before pyproject.toml."""
    for place in (folder, *folder.parents):
        for name in (NAME, PYPROJECT):
            path = place / name
            # stat, not open: most folders have neither
            if path.is_file():
                tables = _to_own(path, _read(path))
                if tables is not None:
                    yield ConfigFile("project", path, tables)


def _to_own(path: Path, tables: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a file says to iqscore, None for a pyproject.toml that says nothing."""
    if path.name != PYPROJECT:
        return tables
    tool = tables.get("tool", {})
    own = tool.get("iqscore") if isinstance(tool, dict) else None
    if own is not None and not isinstance(own, dict):
        raise UsageError(f"{path}: tool.iqscore: must be a table: [tool.iqscore]")
    return own


def _read(path: Path) -> Mapping[str, Any]:
    import tomllib

    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"{path}: settings cannot be read from it ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        # another tool's file may be broken, and is named all the same: which settings hold is not known
        raise UsageError(f"{path}: is no TOML ({error})") from error
    except RecursionError as error:
        raise UsageError(f"{path}: cannot be used (brackets too deep)") from error


def expand(path: str) -> Path:
    """Return a path with `~` and `~name` replaced; as it is where there is no such user, whose home Path would miss."""
    return Path(os.path.expanduser(path))  # noqa: PTH111


def _is_same(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:
        return False
