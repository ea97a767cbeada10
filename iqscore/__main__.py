"""Where the program starts, also as `python -m iqscore`: ready for signals before anything that takes time."""

from __future__ import annotations

import gc
import os
import sys

from iqscore.interrupts import Signals, get_status


def main() -> None:
    """Run the command line and exit, in good order also where a signal says so."""
    signals = Signals()
    # records are many and hold no cycles; to look for some at the usual pace takes a tenth of a long run
    gc.set_threshold(20_000, 20, 20)
    try:
        signals.catch()
        run()
    except BaseException as end:
        if signals.interrupt is None:
            if isinstance(end, SystemExit):
                _leave_behind(end.code)
            raise
    signals.ignore()
    status = get_status(signals.interrupt)
    _leave_behind(status)
    sys.exit(status)


def run() -> None:
    """Run the command line and exit."""
    from iqscore.cli import run_app
    from iqscore.complaints import fail
    from iqscore.errors import to_output_error

    if sys.stdout is None:  # closed by whoever started us; a file opened later must not take its place
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 - stays open till the end
    try:
        code = run_app()
        sys.stdout.flush()
    except BrokenPipeError:
        # whoever read our output has seen enough
        _drop_output()
        code = 0
    except OSError as error:
        code = fail(str(to_output_error(error.filename or "standard output", error)))
        _drop_output()
    sys.exit(code)


def _leave_behind(status: object) -> None:
    """End the program here where a thread works on a photo still: Python's end aborts it if that is within a model."""
    from contextlib import suppress
    from threading import enumerate as list_threads

    if isinstance(status, int) and any(thread.name == "iqscore" for thread in list_threads()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):
                stream.flush()
        os._exit(status)


def _drop_output() -> None:
    # Python writes what is left of both at exit, and would complain that it cannot
    for stream in (1, 2):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)


if __name__ == "__main__":
    main()
