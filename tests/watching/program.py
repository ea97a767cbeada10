"""The watch as people start it, with a scorer that knows a whole photo by its end."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

from iqscore.records import Outcome
from tests.program import FakeScorer, start, to_label
from tests.samples import make_failure, make_photo

WHOLE = "from tests.watching.program import main_with_whole; main_with_whole()"
END = b"END"
PATIENCE = 300.0
"""Seconds that a test waits for what must come; a busy machine is no failure."""


class WholeScorer(FakeScorer):
    """Takes the score from what is in a file, `71 … END`; without END it is truncated."""

    def score(self, path: str) -> Outcome:
        """Return a made-up outcome."""
        try:
            data = Path(path).read_bytes()
        except FileNotFoundError:
            return make_failure(path, "not_found", "no such file")
        if not data.endswith(END):
            return make_failure(path, "truncated", "the file ends too early")
        score = float(data.split()[0])
        return make_photo(path, score=score, label=to_label(score))


def main_with_whole() -> None:
    """Run the command line with a WholeScorer."""
    from iqscore.__main__ import main

    # a shell that starts tests in the background has them ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with patch("iqscore.run.open_scorer", lambda device, **_: WholeScorer()):
        main()


def to_data(score: float, kib: int = 1) -> bytes:
    """Return a whole photo of this score."""
    return f"{score} ".encode() + b"." * 1024 * kib + END


def put(path: Path, score: float = 70) -> None:
    """Write a whole photo at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_data(score))


@contextmanager
def watched(*arguments: str, program: str = WHOLE) -> Iterator[subprocess.Popen[bytes]]:
    """Start `iqscore watch` and wait until it watches; it is killed at the end where it goes on."""
    with start("watch", *arguments, program=program) as process:
        try:
            assert process.stderr
            line = read_stderr_line(process)
            assert b"watching" in line, line
            yield process
        finally:
            process.kill()


def collect(
    process: subprocess.Popen[bytes], lines: int, is_all: Callable[[bytes], bool] = bool, grace: float = 2.0
) -> bytes:
    """Return what is on standard output once there are so many lines, and a little later; end the program."""
    assert process.stdout
    descriptor = process.stdout.fileno()
    data = b""
    until = time.monotonic() + PATIENCE
    while data.count(b"\n") < lines or not (is_all(data) or lines == 0):
        ready, _, _ = select.select([descriptor], [], [], max(until - time.monotonic(), 0))
        assert ready, f"{lines} lines were waited for, these are there: {data!r}"
        data += os.read(descriptor, 65536)
    time.sleep(grace)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    return data + rest


def read_stderr_line(process: subprocess.Popen[bytes], seconds: float = PATIENCE) -> bytes:
    """Return the next line on standard error."""
    assert process.stderr
    descriptor = process.stderr.fileno()
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([descriptor], [], [], seconds)
        assert ready, f"nothing more on standard error after {line!r}"
        byte = os.read(descriptor, 1)
        assert byte, f"standard error ended after {line!r}"
        line += byte
    return line


def wait_until(holds: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait till something holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
