"""How fast iqscore is on this machine: each step on one thread, and all of it as a run does it."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from iqscore.cards import choose_cards
from iqscore.decode import decode_photo
from iqscore.errors import UsageError
from iqscore.pipeline import get_default_jobs, score_all
from iqscore.preprocess import to_views
from iqscore.records import SCHEMA, PhotoScore
from iqscore.scorer import Scorer, open_scorer
from iqscore.session import Device, open_session

_CYCLES = 3
"""Runs over all photos, of which the median counts."""
_PHOTOS_A_THREAD = 4


@dataclass(frozen=True, slots=True)
class Speed:
    """What was measured; milliseconds are medians of one thread, photos a second of `threads`."""

    device: str
    threads: int
    photos: int
    megapixels: float
    """Of the median photo."""
    megabytes: float
    decode_ms: float
    views_ms: dict[str, float]
    """What is cut out of a photo for each model."""
    model_ms: dict[str, float]
    total_ms: float
    """A photo from its path to its record."""
    photos_per_second: float


def run_bench(
    paths: Sequence[str],
    *,
    megapixels: float,
    count: int,
    models: Sequence[str],
    device: Device,
    jobs: int | None,
    shape: Literal["text", "json"],
) -> int:
    """Measure on the photos at `paths`, or on generated ones where none is named, and print it; return 0.

    Raises ModelError as open_scorer does, UsageError where a photo cannot be scored.
    """
    scorer = open_scorer(device, models=models)
    with nullcontext(paths) if paths else _generate(megapixels, count) as photos:
        print(to_lines(measure(photos, scorer, models, device, jobs or get_default_jobs()), shape))
    return 0


@contextmanager
def _generate(megapixels: float, count: int) -> Iterator[Sequence[str]]:
    with tempfile.TemporaryDirectory(prefix="iqscore-bench-") as folder:
        photos = [Path(folder, f"{number}.jpg") for number in range(count)]
        for number, photo in enumerate(photos):
            make_image(megapixels, number).save(photo, quality=90)
        yield list(map(str, photos))


def make_image(megapixels: float, seed: int) -> Image.Image:
    """Return a picture of 3:2 that is as hard to decode as a photo: soft shapes, some edges, fine grain."""
    rng = np.random.default_rng(seed)
    width, height = round((megapixels * 1.5e6) ** 0.5), round((megapixels / 1.5 * 1e6) ** 0.5)
    picture = np.zeros((height, width, 3), np.int16)
    # without edges it would be taken for a blurred photo, of which the direction of motion is looked for, too
    for cells, strength, resampling in ((20, 130, Image.Resampling.BICUBIC), (150, 80, Image.Resampling.NEAREST)):
        coarse = Image.fromarray(rng.integers(0, strength, (cells, cells * 3 // 2, 3), np.uint8))
        picture += np.asarray(coarse.resize((width, height), resampling), np.int16)
    picture += rng.normal(0, 6, (height, width, 1)).astype(np.int16)
    return Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))


def measure(photos: Sequence[str], scorer: Scorer, models: Sequence[str], device: Device, jobs: int) -> Speed:
    """Return what photos cost; they are gone through often enough for every thread to have some to do."""
    records = _score(photos, scorer, jobs)
    run = list(photos) * -(-_PHOTOS_A_THREAD * jobs // len(photos))
    pixels = decode_photo(photos[0]).pixels
    views_ms, model_ms = {}, {}
    for card in choose_cards(models):
        views, session = to_views(pixels, card.views)[None], open_session(card, device)
        views_ms[card.role] = _time([partial(to_views, pixels, card.views)] * 9)
        model_ms[card.role] = _time([partial(session.run, views)] * 9)
    return Speed(
        device=scorer.device,
        threads=jobs,
        photos=len(photos),
        megapixels=statistics.median(record.width * record.height for record in records) / 1e6,
        megabytes=statistics.median(Path(photo).stat().st_size for photo in photos) / 1e6,
        decode_ms=_time([partial(decode_photo, photo) for photo in photos]),
        views_ms=views_ms,
        model_ms=model_ms,
        total_ms=_time([partial(scorer.score, photo) for photo in photos]),
        photos_per_second=1000 * len(run) / _time([partial(_score, run, scorer, jobs)] * _CYCLES),
    )


def _score(photos: Sequence[str], scorer: Scorer, jobs: int) -> list[PhotoScore]:
    records = []
    for outcome in score_all(photos, scorer.score, jobs):
        if not isinstance(outcome, PhotoScore):
            raise UsageError(f"{outcome.path}: {outcome.message}; measure with photos that can be scored")
        records.append(outcome)
    return records


def _time(calls: Sequence[Callable[[], object]]) -> float:
    """Return the median of what calls take, in milliseconds."""
    taken = []
    for call in calls:
        started = time.perf_counter()
        call()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def to_lines(speed: Speed, shape: Literal["text", "json"]) -> str:
    """Return what was measured for a person, a line each, or for a program."""
    if shape == "json":
        return json.dumps({"schema": SCHEMA, **asdict(speed)})
    size = f"{speed.megapixels:.1f} megapixels, {speed.megabytes:.1f} MB"
    plural = "" if speed.threads == 1 else "s"
    lines = [("device", speed.device), ("photos", f"{speed.photos} of {size}"), ("decode", f"{speed.decode_ms:.1f} ms")]
    for role, took in speed.model_ms.items():
        lines.append((role, f"{took:.1f} ms, and {speed.views_ms[role]:.1f} ms for what it is shown"))
    lines.append(("one photo", f"{speed.total_ms:.1f} ms from file to record, on one thread"))
    lines.append(("in a run", f"{speed.photos_per_second:.1f} photos/s on {speed.threads} thread{plural}"))
    return "\n".join(f"{name:10} {value}" for name, value in lines)
