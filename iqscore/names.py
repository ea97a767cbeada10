"""The names that a run starts from: those typed, then those of a list."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from itertools import chain

from iqscore.errors import UsageError
from iqscore.plan import STDIN, Plan
from iqscore.walk import read_paths


def check_names(plan: Plan) -> None:
    """Raise UsageError where names cannot be read, before any output is opened; nothing is read yet."""
    file = plan.files_from
    if file == "-" and sys.stdin is None:
        raise _to_names_error(file, "it is closed")
    if STDIN in plan.inputs:
        _check_stdin_photo()
    if file is None or file == "-":
        return
    try:
        mode = os.stat(file).st_mode  # noqa: PTH116 - Path("") is the current folder
    except (OSError, ValueError) as error:
        raise _to_names_error(file, getattr(error, "strerror", None) or "no file can have that name") from error
    if stat.S_ISDIR(mode):
        raise _to_names_error(file, "it is a folder")
    if not os.access(file, os.R_OK):
        raise _to_names_error(file, "no permission")


def _check_stdin_photo() -> None:
    if sys.stdin is None:
        raise UsageError("-: no photo can be read from standard input (it is closed)")
    if sys.stdin.isatty():
        raise UsageError(
            "-: standard input is a terminal; send a photo into it, as in: cat photo.jpg | iqscore score -"
        )


def find_names(plan: Plan) -> Iterable[str]:
    """Return the names of files and folders, in the order given; those of a list as they arrive."""
    if plan.files_from is None:
        return plan.inputs
    return chain(plan.inputs, _read_names(plan.files_from, plan.null_separated))


def _read_names(file: str, null_separated: bool) -> Iterator[str]:
    try:
        # unbuffered, and of any bytes: a thread that waits in a buffered standard input cannot be left at exit
        with open(0 if file == "-" else file, "rb", buffering=0, closefd=file != "-") as stream:
            yield from read_paths(stream, null_separated=null_separated)
    except OSError as error:
        raise _to_names_error(file, error.strerror or "unknown error") from error


def _to_names_error(file: str, reason: str) -> UsageError:
    name = "standard input" if file == "-" else file
    return UsageError(f"{name}: names cannot be read from it ({reason})")
