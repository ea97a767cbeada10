"""Where the results of a run go, all of them at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from iqscore.plan import Plan
from iqscore.records import Failure, Outcome
from iqscore.tally import Tally
from iqscore.walk import FileId, to_file_id
from iqscore.writers import Writer, open_writer

_IS_OUTPUT = "results are written to this file; name it apart from the photos"


class Outputs:
    """The writers of a run, and which files they write."""

    def __init__(self, *, has_table: bool) -> None:
        self._writers: list[Writer] = []
        self._files: set[FileId] = set()
        self._has_table = has_table

    def add(self, writer: Writer, target: str | None) -> None:
        """Take one writer more."""
        self._writers.append(writer)
        if target is not None:
            self._files.add(to_file_id(os.stat(target)))  # noqa: PTH116 - as it was opened

    def write(self, outcome: Outcome) -> None:
        """Append an outcome to every output; BrokenPipeError where nobody is left to read."""
        for writer in tuple(self._writers):
            try:
                writer.write(outcome)
            except BrokenPipeError:
                # the reader of standard output has seen enough; files are still wanted whole
                self._writers.remove(writer)
                if not self._writers and not self._has_table:
                    raise

    def close(self, writer: Writer, tally: Tally) -> None:
        """End the output of a writer that is still wanted."""
        if writer in self._writers:
            writer.close(tally.sum_up())

    def keep_out(self, found: Iterable[str | Failure]) -> Iterator[str | Failure]:
        """Yield what was found, a Failure for each file that results are written to."""
        for item in found:
            yield Failure(item, "unreadable", _IS_OUTPUT) if isinstance(item, str) and self._has(item) else item

    def _has(self, path: str) -> bool:
        try:
            return bool(self._files) and to_file_id(os.stat(path)) in self._files  # noqa: PTH116
        except (OSError, ValueError):
            return False


@contextmanager
def open_outputs(plan: Plan, tally: Tally) -> Iterator[Outputs]:
    """Yield the outputs of a plan, and close them whatever happens: what is written by then is whole."""
    outputs = Outputs(has_table=plan.wants_table)
    with ExitStack() as stack:
        for output in plan.outputs:
            if output.format != "table":
                writer = open_writer(output.format, output.target)
                stack.callback(outputs.close, writer, tally)
                outputs.add(writer, output.target)
        try:
            yield outputs
        except BaseException:
            # photos are missing from what was written, and the summary says so
            tally.interrupted = True
            raise
