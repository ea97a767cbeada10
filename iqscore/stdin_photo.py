"""A photo on standard input (`-`), kept in a file while it is scored: decoders go back and forth in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import chain, islice

from iqscore.errors import OutputError
from iqscore.names import find_names
from iqscore.plan import STDIN, Plan
from iqscore.records import Outcome


class StdinPhoto:
    """The file that standard input is kept in, once it was read."""

    def __init__(self) -> None:
        self._file: str | None = None

    def find_names(self, plan: Plan) -> Iterable[str]:
        """Return the names of a plan, in place of `-` that of the file, which is read when its turn comes."""
        # only what was typed: a list may well name a file so
        names, typed = iter(find_names(plan)), len(plan.inputs)
        return chain(self._replace(islice(names, typed)), names) if STDIN in plan.inputs else names

    def _replace(self, names: Iterable[str]) -> Iterator[str]:
        for name in names:
            yield (self._file or self._read()) if name == STDIN else name

    def _read(self) -> str:
        try:
            with (
                open(0, "rb", buffering=0, closefd=False) as stdin,
                tempfile.NamedTemporaryFile(prefix="iqscore-", delete=False) as file,
            ):
                self._file = file.name
                shutil.copyfileobj(stdin, file)
        except OSError as error:
            raise OutputError(f"-: the photo cannot be read from standard input ({error.strerror})") from error
        return self._file

    def is_at(self, path: str) -> bool:
        """Tell whether a path is that of the file."""
        return path == self._file

    def name(self, outcome: Outcome) -> Outcome:
        """Return an outcome, that of the file under the name `-`."""
        return replace(outcome, path=STDIN) if self.is_at(outcome.path) else outcome

    def remove(self) -> None:
        """Remove the file."""
        if self._file is not None:
            with suppress(OSError):
                os.unlink(self._file)  # noqa: PTH108


@contextmanager
def open_stdin_photo() -> Iterator[StdinPhoto]:
    """Yield the photo on standard input; nothing is read unless a plan names it."""
    photo = StdinPhoto()
    try:
        yield photo
    finally:
        photo.remove()
