"""Where the cache is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from iqscore.errors import OutputError

VARIABLE = "IQSCORE_CACHE_DIR"
"""The environment variable that says in which folder the cache is."""
NAME = "iqscore-cache.sqlite3"


def get_cache_file() -> Path:
    """Return the file of the cache, where this system's programs keep theirs; it need not be there.

    Raises OutputError where the person who started the program has no home.
    """
    chosen = os.environ.get(VARIABLE)
    try:
        return (Path(chosen).expanduser() if chosen else _get_folder()).absolute() / NAME
    except (RuntimeError, OSError) as error:
        raise OutputError(f"there is no place for a cache ({error}); set {VARIABLE} to a folder") from error


def _get_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / "iqscore" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "iqscore"
    base = os.environ.get("XDG_CACHE_HOME", "")
    # the specification has relative paths ignored
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "iqscore"  # noqa: PTH117
