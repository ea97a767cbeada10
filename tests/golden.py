"""What the shipped models say about known pictures, kept in golden.json; `tests.make_golden` writes it."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from iqscore.records import PhotoScore
from iqscore.scorer import Scorer
from tests.pictures import make_scene

GOLDEN = Path(__file__).with_name("golden.json")

TOLERANCES = {"aesthetic": 0.1, "spread": 0.1, "technical": 0.15, "score": 4.0}
"""How far processors, and versions of ONNX Runtime and Pillow, may be apart."""
SEVERITY_TOLERANCE = 0.05


def make_pictures() -> dict[str, Image.Image]:
    """Return the known pictures: a good one, one out of focus and one far too dark."""
    return {
        "good": make_scene(11, 600, 400),
        "soft": _add_grain(make_scene(12, 400, 500).filter(ImageFilter.GaussianBlur(5))),
        "dark": _add_grain(make_scene(13, 480, 320).point(lambda level: level * 0.2)),
    }


def _add_grain(image: Image.Image) -> Image.Image:
    # every camera has some; without it a smooth picture is unlike all photos, and the models guess wildly
    grain = np.random.RandomState(0).normal(0, 2, (image.height, image.width, 3))
    return Image.fromarray(np.rint(np.clip(np.asarray(image) + grain, 0, 255)).astype(np.uint8))


def score_pictures(scorer: Scorer) -> dict[str, dict[str, float]]:
    """Return the numbers of each picture, saved and read again without loss."""
    with TemporaryDirectory() as folder:
        return {name: _score(scorer, image, Path(folder, f"{name}.png")) for name, image in make_pictures().items()}


def _score(scorer: Scorer, image: Image.Image, file: Path) -> dict[str, float]:
    image.save(file)
    outcome = scorer.score(str(file))
    if not isinstance(outcome, PhotoScore):
        raise TypeError(outcome.message)
    marks = {
        "aesthetic": outcome.aesthetic.mean,
        "spread": outcome.aesthetic.spread,
        "technical": outcome.technical.mean,
        "score": outcome.score,
    }
    return {name: round(value, 3) for name, value in (marks | dict(outcome.defects)).items()}


def load_golden() -> dict[str, Any]:
    """Return golden.json."""
    golden: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return golden
