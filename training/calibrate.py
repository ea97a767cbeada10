"""Make models/calibration.json: score the reference pool with the shipped models and read off its percentiles.

    python -m training.calibrate --data DATA [--voc VOC] [--rated DIR] --models models

The pool is every rated photograph (no tiles, no graphics). The score of a photo is the share of the pool whose
quality is no better, so 50 is the pool's middling photo and 90 starts its best tenth.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from iqscore.cards import load_cards
from iqscore.opinion import Calibration, find_worst, to_quality
from iqscore.pipeline import score_all
from iqscore.records import DEFECTS, PhotoScore
from iqscore.scorer import Scorer
from iqscore.session import open_session
from training.photosets import find_examples

POOL = "ImageNet samples, BSDS500, Flickr8k, VOC, wallpapers, family photos, galleries"
SHARES = (1, 5, 10, 25, 50, 75, 90, 95, 99)
CHOICES: dict[str, Any] = {
    "aesthetic_weight": 0.9,
    "fault_severity": 0.5,
    "fault_cost": 2.5,
    "costing": [name for name in DEFECTS if name not in ("undersaturation", "lens_flare", "composition")],
    "stars": [20.0, 45.0, 70.0, 90.0],
    "accepted_score": 60.0,
    "accepted_severity": 0.5,
    "rejected_severity": 0.6,
    "rejected_technical": 4.5,
    "rejected_score": 25.0,
    "rejecting": [
        "underexposure",
        "overexposure",
        "noise",
        "haze",
        "defocus_blur",
        "motion_blur",
        "jpeg_artifacts",
    ],
    "told_severity": dict.fromkeys(DEFECTS, 0.3) | {"noise": 0.25, "white_balance": 0.4},
}
"""Cut points chosen by hand: wide pending band, rejection only of what is plainly ruined."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--voc", type=Path)
    parser.add_argument("--rated", type=Path, action="append", default=[], help="folder of galleries with ratings.csv")
    parser.add_argument("--count", type=int, default=5000, help="photos of the pool, spread evenly over all there are")
    parser.add_argument("--models", type=Path, default=Path("models"))
    args = parser.parse_args()
    cards = {card.role: card for card in load_cards(args.models)}
    sessions = {role: open_session(card, "cpu") for role, card in cards.items()}
    blank = Calibration(quality=(1.0, 10.0), score=(0.0, 100.0), **CHOICES)
    examples = [e for e in find_examples(args.data, args.voc, args.rated) if e.domain == "photos"]
    pool = [str(e.path) for e in examples[:: max(1, len(examples) // args.count)]]
    photos = [photo for photo in score_all(pool, Scorer(cards, sessions, blank).score) if isinstance(photo, PhotoScore)]
    quality = np.array(
        [to_quality(p.aesthetic.mean, p.technical.mean, find_worst(p.defects, blank.costing), blank) for p in photos]
    )
    knots = [1.0, *np.percentile(quality, SHARES), 10.0]
    means = np.array([p.aesthetic.mean for p in photos])
    file = {
        "made_with": {role: card.identity for role, card in cards.items()},
        "reference_pool": f"{len(photos)} photos: {POOL}",
        "reference_aesthetic": {
            "mean": round(float(means.mean()), 4),
            "deviation": round(float(means.std()), 4),
        },
        "calibration": {
            "quality": [round(float(knot), 4) for knot in knots],
            "score": [0.0, *map(float, SHARES), 100.0],
            **CHOICES,
        },
    }
    (args.models / "calibration.json").write_text(json.dumps(file, indent=1) + "\n", encoding="utf-8")
    severities = np.array([[photo.defects[name] for name in DEFECTS] for photo in photos])
    for name, column in zip(DEFECTS, severities.T, strict=True):
        marks = ", ".join(f"{np.percentile(column, share):.2f}" for share in (50, 75, 90, 95, 99))
        print(f"{name:16} 50/75/90/95/99 %: {marks}")
    print("quality", np.round(knots, 2))


if __name__ == "__main__":
    main()
