"""Photos a second, and where the time goes, on JPEG files of several sizes.

    python -m benchmarks.speed [--photos 24] [--megapixels 12 24]

Photos are made: smooth shapes with fine grain, saved at quality 90, about as hard to decode as camera files of their
size. Every number is a median of single photos, or of three runs over all of them.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from iqscore.cards import load_cards
from iqscore.decode import decode_photo
from iqscore.pipeline import get_default_jobs, score_all
from iqscore.preprocess import to_views
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from iqscore.session import open_session

RUNS = 3


def make_photo(path: Path, megapixels: float, seed: int) -> None:
    """Write a JPEG of 3:2 and that size."""
    rng = np.random.default_rng(seed)
    width, height = round((megapixels * 1.5e6) ** 0.5), round((megapixels / 1.5 * 1e6) ** 0.5)
    coarse = Image.fromarray(rng.integers(0, 256, (20, 30, 3), np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.int16)
    grain = rng.normal(0, 6, (height, width, 1)).astype(np.int16)
    Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8)).save(path, quality=90)


def measure(job: Callable[[], object], times: int) -> float:
    """Return the median of `times` calls in milliseconds."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds) * 1000


def print_parts(path: str) -> None:
    """Print what each step costs on one thread."""
    pixels = decode_photo(path).pixels
    print(f"| decode | {measure(lambda: decode_photo(path), 9):.1f} |")
    for card in load_cards():
        views = to_views(pixels, card.views)[None]
        session = open_session(card, "cpu")
        print(f"| views for {card.role} | {measure(partial(to_views, pixels, card.views), 21):.1f} |")
        print(f"| {card.role} model | {measure(partial(session.run, views), 21):.1f} |")


def measure_rate(paths: list[str], jobs: int) -> float:
    """Return photos a second, models loaded."""
    scorer = open_scorer("cpu")

    def run() -> None:
        assert all(isinstance(outcome, PhotoScore) for outcome in score_all(paths, scorer.score, jobs))

    run()
    return len(paths) * 1000 / measure(run, RUNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12.0, 24.0])
    args = parser.parse_args()
    for megapixels in args.megapixels:
        with tempfile.TemporaryDirectory() as folder:
            paths = [str(Path(folder, f"{number}.jpg")) for number in range(args.photos)]
            for number, path in enumerate(paths):
                make_photo(Path(path), megapixels, number)
            size = statistics.mean(Path(path).stat().st_size for path in paths) / 1e6
            print(f"\n{megapixels:g} MP, {size:.1f} MB a file\n\n| step, one thread | ms |\n| --- | ---: |")
            print_parts(paths[0])
            for jobs in sorted({1, get_default_jobs()}):
                print(f"\n{jobs} threads: {measure_rate(paths, jobs):.1f} photos/s", flush=True)


if __name__ == "__main__":
    main()
