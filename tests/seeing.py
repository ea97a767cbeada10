"""Models made up for tests: they look at pixels, quickly, and say something else about each photo."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from iqscore.cards import Card
from iqscore.scorer import open_scorer
from iqscore.session import OUTPUTS, Device
from tests.pictures import make_scene

SEEING = "from tests.seeing import main; main()"
"""The program with such models; each photo takes SECONDS_A_PHOTO, from the environment, longer."""
OLD = 1_600_000_000
"""When photos of tests were changed, in seconds since 1970: long enough ago for the cache."""


class SeeingSession:
    """Makes numbers of pixels: they differ where a pixel does."""

    device = "cpu"

    def __init__(self, card: Card, runs: Counter[str], seconds: float = 0.0) -> None:
        self._role = card.role
        self._runs = runs
        self._seconds = seconds

    def run(self, views: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self._runs[self._role] += 1
        time.sleep(self._seconds)
        seeds = [int(np.uint32(np.multiply(view, 31, dtype=np.uint32).sum())) for view in views]
        return [
            np.stack([np.random.default_rng([seed, place]).uniform(0.01, 1.0, shape) for seed in seeds])
            .astype(np.float32)
            .reshape(len(views), *shape)
            for place, shape in enumerate(OUTPUTS[self._role])
        ]


class SeeingRuntime:
    """Opens such sessions and counts their runs."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.runs: Counter[str] = Counter()
        self._seconds = seconds

    def open(self, card: Card, device: Device) -> SeeingSession:
        """Return a session."""
        return SeeingSession(card, self.runs, self._seconds)


def write_photos(folder: Path, count: int) -> list[Path]:
    """Write different small photos, old enough to be remembered at once; return their paths in walking order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:04d}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        make_scene(number, 96, 64).save(path)
        os.utime(path, (OLD, OLD))
    return paths


def main() -> None:
    """Run the command line with models that see."""
    # a shell without job control has it ignored
    signal.signal(signal.SIGINT, signal.default_int_handler)
    from iqscore.__main__ import main as run_program

    runtime = SeeingRuntime(float(os.environ.get("SECONDS_A_PHOTO", "0")))
    with (
        patch("iqscore.run.open_scorer", partial(open_scorer, open_session=runtime.open)),
        # asking ONNX Runtime for its version takes longer than all else
        patch("iqscore.fingerprint.get_runtime", lambda: "seeing 1"),
    ):
        run_program()
