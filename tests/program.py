"""The program as people start it: in a process of its own, or in this one where a fake stands in for the models."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from iqscore.__main__ import main
from iqscore.__main__ import run as run_here
from iqscore.cards import find_models_folder
from iqscore.explanation import Explanation, explain
from iqscore.opinion import load_calibration
from iqscore.records import Failure, Label, Outcome, PhotoScore
from tests.samples import make_failure, make_photo

ROOT = Path(__file__).parent.parent
REAL = "from iqscore.__main__ import main; main()"
FAKE = "from tests.program import main_with_fake; main_with_fake()"

ODD_VARIABLES = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""What would change colours and widths, were it set where tests run."""


@dataclass(frozen=True)
class Ended:
    """How a process ended and what it said."""

    status: int
    stdout: bytes
    stderr: str


class FakeScorer:
    """Takes scores from names: `rose-71.jpg` has 71, `bad.jpg` fails, `stop.jpg` is Ctrl-C, `slow-5.jpg` takes long."""

    device = "cpu"
    has_fallen_back = False
    remembered = 0

    def __init__(self) -> None:
        self.models = {"aesthetic": "nima@0123abcd", "defects": "flaws@4567cdef"}

    def recall(self, path: str) -> None:
        """Remember nothing."""

    def score(self, path: str) -> Outcome:
        """Return a made-up outcome."""
        name, _, score = Path(path).stem.partition("-")
        if name == "stop":
            raise KeyboardInterrupt
        if name == "slow":
            time.sleep(0.5)
        return to_failure(path) if name == "bad" else make_photo(path, score=float(score), label=to_label(float(score)))

    def score_afresh(self, path: str) -> Outcome:
        """Return the same."""
        return self.score(path)

    def explain(self, photo: PhotoScore) -> Explanation:
        """Return what would change an outcome, as the shipped calibration has it."""
        return explain(photo, load_calibration(find_models_folder()), float)


def to_failure(path: str) -> Failure:
    """Return the failure of `bad.jpg`."""
    return make_failure(path, "corrupt", "the picture is damaged")


def to_label(score: float) -> Label:
    """Return the label FakeScorer gives."""
    return "accepted" if score >= 60 else "pending" if score >= 30 else "rejected"


def main_with_fake() -> None:
    """Run the command line with a FakeScorer."""
    # a shell that starts tests in the background has them ignore Ctrl-C
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with patch("iqscore.run.open_scorer", lambda device, **_: FakeScorer()):
        main()


def start(
    *arguments: str | bytes,
    program: str = REAL,
    prefix: Sequence[str] = (),
    variables: dict[str, str] | None = None,
    **options: Any,
) -> subprocess.Popen[bytes]:
    """Start the program, `prefix` before it, in a process whose streams are pipes unless `options` say otherwise."""
    environment = {name: value for name, value in os.environ.items() if name not in ODD_VARIABLES}
    environment |= {"PYTHONPATH": os.fspath(ROOT), "PYTHONUTF8": "1"} | (variables or {})
    streams = {name: options.pop(name, subprocess.PIPE) for name in ("stdin", "stdout", "stderr")}
    return subprocess.Popen([*prefix, sys.executable, "-c", program, *arguments], env=environment, **streams, **options)


def run(*arguments: str | bytes, sent: bytes = b"", **options: Any) -> Ended:
    """Run the program in a process, `sent` on its standard input, and wait for its end."""
    with start(*arguments, **options) as process:
        try:
            stdout, stderr = process.communicate(sent, timeout=300)
        finally:
            process.kill()
    return Ended(process.returncode, stdout or b"", (stderr or b"").decode("utf-8"))


def call(*arguments: str) -> int:
    """Run the command line in this process; return its exit status."""
    with patch.object(sys, "argv", ["iqscore", *arguments]):
        try:
            run_here()
        except SystemExit as end:
            return int(end.code or 0)
    raise AssertionError("the program came back")


def touch(*names: str) -> None:
    """Make empty files, for a FakeScorer, with the folders they are in."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def read_lines(data: bytes | str) -> list[dict[str, Any]]:
    """Return the records of NDJSON."""
    return [json.loads(line) for line in data.splitlines()]


def read_rows(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file, names that are not UTF-8 as Python's file functions have them."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")))
