"""The program while it runs: lines are read, names are sent, Ctrl-C is pressed."""

from __future__ import annotations

import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.program import FAKE, start

COMMANDS = pytest.mark.parametrize("command", ["rank", "score"])


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the program, running; it is gone when this is left."""
    with start(*arguments, program=FAKE) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[bytes]) -> bytes:
    """Return what the program says next, one line of it."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], 30)
    assert ready, "nothing came"
    return process.stdout.readline()


def send(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Send data to standard input, which stays open."""
    assert process.stdin
    process.stdin.write(data)
    process.stdin.flush()


def interrupt(process: subprocess.Popen[bytes], *, times: int = 1) -> str:
    """Press Ctrl-C; return what the program said on stderr until its end, which must have come of that."""
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    # not communicate(), which would close standard input
    assert process.wait(30) == 130
    _, err = process.communicate()
    assert b"Traceback" not in err
    return err.decode()


def wait_for(output: Path) -> None:
    """Wait until a program has opened its output, and a second more: it scores then."""
    until = time.monotonic() + 30
    while not output.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)
