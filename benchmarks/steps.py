"""Where the time of a run goes: the steps of each photo, by the CPU seconds of the threads that take them.

    python -m benchmarks.steps [--photos 40] [--megapixels 24]

It is `iqscore score FOLDER --no-cache -o FILE` itself, over generated photos, each step of it timed with the clock of
its thread; the rest is what the process took besides, from the first name to the last row.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.sets import build_set
from iqscore.__main__ import run as run_program
from iqscore.scorer import Scorer, open_scorer

STEPS = {
    "decode: file to pixels at view scale": ["iqscore.scorer.decode_photo"],
    "inference: both models": ["iqscore.session.OnnxSession.run"],
    "views: what the models are shown": ["iqscore.scorer.to_views_of_all"],
    "photo or graphic, grey or not": ["iqscore.scorer.is_graphic", "iqscore.scorer.is_monochrome"],
    "direction of motion, where a photo is blurred": ["iqscore.scorer.find_motion_angle"],
}
HEAVY = list(STEPS)[:2]
ALL = "all of a run but its start"


class Clock:
    """Adds up CPU seconds by step, of any number of threads."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def wrap(self, step: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that is timed."""

        def timed(*args: object, **options: object) -> Any:
            began = time.thread_time()
            try:
                return call(*args, **options)
            finally:
                with self._lock:
                    self.seconds[step] += time.thread_time() - began

        return timed

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Time STEPS, and ALL from the moment when the models are loaded."""
        with ExitStack() as stack:
            for step, names in STEPS.items():
                for name in names:
                    stack.enter_context(patch(name, self.wrap(step, _find(name))))
            began = 0.0

            def open_and_begin(*args: Any, **options: Any) -> Scorer:
                nonlocal began
                scorer = open_scorer(*args, **options)
                began = time.process_time()
                return scorer

            stack.enter_context(patch("iqscore.run.open_scorer", open_and_begin))
            yield
            self.seconds[ALL] = time.process_time() - began


def _find(name: str) -> Any:
    module, *attributes = name.removeprefix("iqscore.").split(".")
    found: Any = sys.modules[f"iqscore.{module}"]
    for attribute in attributes:
        found = getattr(found, attribute)
    return found


def profile(folder: Path) -> dict[str, float]:
    """Return the CPU seconds of each step of a run over a folder."""
    clock = Clock()
    words = ["iqscore", "score", str(folder), "--no-cache", "-q", "-o", str(folder.with_suffix(".csv"))]
    with clock.watch(), patch.object(sys, "argv", words):
        try:
            run_program()
        except SystemExit as end:
            if end.code:
                raise
    return clock.seconds


def to_table(seconds: dict[str, float], count: int) -> str:
    """Return the steps as Markdown, with their shares, and what decode and inference come to together."""
    whole = seconds[ALL]
    rows = {step: seconds[step] for step in STEPS}
    rows["all else: names, threads, opinion, records, output"] = whole - sum(rows.values())
    rows["**decode and inference**"] = sum(seconds[step] for step in HEAVY)
    rows["**all**"] = whole
    lines = [f"| {name} | {1000 * took / count:.1f} | {took / whole:.1%} |" for name, took in rows.items()]
    return "\n".join(["| step | CPU ms a photo | share |", "| --- | ---: | ---: |", *lines])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--megapixels", type=float, default=24.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = build_set(Path(name), args.megapixels, "baseline", args.photos)
        print(to_table(profile(folder), args.photos))


if __name__ == "__main__":
    main()
