"""Where the results of a run go, all of them at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from iqscore.pairs import Pair
from iqscore.plan import Output, Plan
from iqscore.records import Failure, Outcome, Summary
from iqscore.tally import Tally
from iqscore.walk import FileId, Item, to_file_id
from iqscore.writers import Writer, WriterFormat, open_writer

_IS_OUTPUT = "results are written to this file; name it apart from the photos"


class Outputs:
    """The writers of a run, and which files they write."""

    def __init__(self, *, is_single: bool, exif: bool = False) -> None:
        self._writers: list[Writer] = []
        self._files: set[FileId] = set()
        self._is_single = is_single
        self._exif = exif

    def open(self, output: Output, format: WriterFormat, *, failures: bool = False) -> None:
        """Open one output more, a list of paths with `failures` in it or without; OutputError where not possible."""
        try:
            self._writers.append(open_writer(format, output.target, failures=failures, exif=self._exif))
            if output.target is not None:
                self._files.add(to_file_id(os.stat(output.target)))  # noqa: PTH116 - as it was opened
        except BrokenPipeError:
            self._lose(None)

    def write(self, outcome: Outcome) -> None:
        """Append an outcome to every output; BrokenPipeError where nobody is left to read."""
        for writer in tuple(self._writers):
            try:
                writer.write(outcome)
            except BrokenPipeError:
                self._lose(writer)

    def close(self, summary: Summary) -> None:
        """End every output, whatever happens to another."""
        with ExitStack() as stack:
            for writer in self._writers:
                stack.callback(self._close, writer, summary)

    def _close(self, writer: Writer, summary: Summary) -> None:
        try:
            writer.close(summary)
        except BrokenPipeError:
            self._lose(None)

    def _lose(self, writer: Writer | None) -> None:
        """Drop standard output, whose reader has seen enough, as long as there are others; else raise that again."""
        if self._is_single:
            raise  # noqa: PLE0704 - called where the BrokenPipeError was caught
        if writer:
            self._writers.remove(writer)

    def keep_out(self, found: Iterable[Item]) -> Iterator[Item]:
        """Yield what was found, a Failure for each file that results are written to."""
        for item in found:
            path = item.path if isinstance(item, Pair | Failure) else item
            is_output = not isinstance(item, Failure) and self._has(path)
            yield Failure(path, "unreadable", _IS_OUTPUT) if is_output else item

    def _has(self, path: str) -> bool:
        try:
            return bool(self._files) and to_file_id(os.stat(path)) in self._files  # noqa: PTH116
        except (OSError, ValueError):
            return False


@contextmanager
def open_outputs(plan: Plan, tally: Tally) -> Iterator[Outputs]:
    """Yield the outputs of a plan, and close them whatever happens: what is written by then is whole."""
    outputs = Outputs(is_single=len(plan.outputs) == 1, exif=plan.exif)
    try:
        for output in plan.outputs:
            if output.format != "table":
                outputs.open(output, output.format, failures=plan.asks_for_failures)
        yield outputs
    except BaseException:
        # photos are missing from what was written, and the summary says so
        tally.interrupted = True
        raise
    finally:
        outputs.close(tally.sum_up())
