"""Make the pool of spoilt photos that the defect model learns from, in shards that can be made side by side.

    python -m training.make_defect_pool --data DATA [--voc VOC] --pool DIR --shards 0-9

Each shard holds `views` uint8 (samples, 1 + TILES, 224, 224, 3), `severities` (samples, 12) and `technical`
(samples,). Photos are chosen before they are spoilt: rated 5 or better, exposed well, and never one of the
held-out photos (`is_held_out`) on which the model is judged.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore import preprocess
from iqscore.cards import Views
from iqscore.decode import decode_photo
from iqscore.records import DEFECTS
from training.degrade import DEGRADATIONS, Degrade, cut_away, tilt
from training.intents import FORBIDDEN, INTENTS, SHARES
from training.light import Pixels, Rng, to_image, to_pixels
from training.photosets import find_examples
from training.visible import to_uprightness, to_visible

TILES = 3
SHARD = 400
SHARES_OF_DEFECTS = (0.17, 0.5, 0.23, 0.10)
"""How often a sample gets none, one, two or three defects."""
WEIGHTS = dict.fromkeys(DEFECTS, 0.85) | {"composition": 0.35, "undersaturation": 0.5, "lens_flare": 0.55}
"""How much of its technical quality a photo loses to a defect of severity 1."""
CLEAN_TECHNICAL = 7.8
INTENDED = 0.15
"""How often a sample is made unusual on purpose before anything else happens to it."""
OPPOSITES = (("underexposure", "overexposure"), ("undersaturation", "oversaturation"))
COMPANIONS = (
    ("underexposure", "noise"),
    ("motion_blur", "noise"),
    ("underexposure", "motion_blur"),
    ("noise", "jpeg_artifacts"),
    ("haze", "undersaturation"),
    ("white_balance", "underexposure"),
    ("overexposure", "lens_flare"),
)
"""Pairs that often meet in life."""


@dataclass(frozen=True)
class Base:
    """A photo to start from, with what people marked on it."""

    path: Path
    severities: NDArray[np.float64]
    technical: float


def is_held_out(path: Path) -> bool:
    """Tell whether a photo is kept for judging: a fixed tenth of the small and a quarter of the view-size ones."""
    number = int(hashlib.sha256(path.name.encode()).hexdigest()[:8], 16) / 2**32
    return number < (0.25 if "photos_view" in path.parts else 0.1)


def load_bases(data: Path, voc: Path | None) -> list[Base]:
    """Return the clean photos of all sets, view-size ones several times as they are few."""
    marks = _read_marks(data / "photos_view")
    bases = []
    for example in find_examples(data, voc):
        if example.domain == "tiles" or example.mean < 5:
            continue
        known = marks.get(example.path.name)
        if known is not None:
            bases += [known] * 6
        elif _looks_well_exposed(example.path):
            bases.append(Base(example.path, np.zeros(len(DEFECTS)), CLEAN_TECHNICAL))
    return bases


def _read_marks(folder: Path) -> dict[str, Base]:
    with (folder / "defects.csv").open(newline="", encoding="utf-8") as file:
        return {
            Path(row["file"]).name: Base(
                folder / row["file"],
                np.array([float(row[defect]) / 3 for defect in DEFECTS]),
                float(row["technical"]),
            )
            for row in csv.DictReader(file)
        }


def _looks_well_exposed(path: Path) -> bool:
    with Image.open(path) as image:
        luma = np.asarray(image.convert("L").resize((64, 64)), np.float32) / 255
    low, high = np.percentile(luma, [3, 97])
    return bool(0.22 < luma.mean() < 0.72 and high - low > 0.45 and low < 0.25)


def make_sample(base: Base, rng: Rng) -> tuple[Pixels, NDArray[np.float64], float]:
    """Return a spoilt photo, its twelve severities and its technical mark."""
    photo = _frame(base.path, rng)
    severities = base.severities.copy()
    chosen = choose_defects(rng)
    if rng.random() < INTENDED:
        intent = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        photo = INTENTS[intent](photo, rng)
        chosen -= FORBIDDEN[intent]
    for name, degrade in DEGRADATIONS.items():
        if name in chosen:
            severity = float(rng.uniform(0.05, 1.0))
            if name == "composition":
                spoil, shown = choose_frame(photo, rng)
                photo = spoil(photo, severity, rng)
            else:
                colour = float(np.ptp(photo, axis=2).mean())
                photo = degrade(photo, severity, rng)
                shown = to_visible(name, photo, colour)
            place = DEFECTS.index(name)
            severities[place] = max(severities[place], severity * shown)
    photo, severities = _shrink(photo, severities, rng)
    keep = np.prod([1 - WEIGHTS[d] * s for d, s in zip(DEFECTS, severities - base.severities, strict=True)])
    return photo, severities, 1 + (base.technical - 1) * float(keep)


def choose_defects(rng: Rng) -> set[str]:
    """Return the defects of a sample, never both directions of one thing; a third of the pairs often meet in life."""
    count = int(rng.choice(len(SHARES_OF_DEFECTS), p=SHARES_OF_DEFECTS))
    if count == 2 and rng.random() < 0.35:
        return set(COMPANIONS[rng.integers(len(COMPANIONS))])
    chosen = {str(name) for name in rng.choice(list(DEGRADATIONS), count, replace=False)}
    for one, other in OPPOSITES:
        chosen -= {one} if other in chosen else set()
    return chosen


def choose_frame(photo: Pixels, rng: Rng) -> tuple[Degrade, float]:
    """Return a way to frame badly and how much of it shows: a tilt by the photo's lines, a cut always less."""
    return (tilt, to_uprightness(photo)) if rng.random() < 0.75 else (cut_away, 0.4)


def _frame(path: Path, rng: Rng) -> Pixels:
    """Open at a random scale, flip, cut a random frame."""
    image = Image.fromarray(decode_photo(str(path)).pixels)
    if max(image.size) > 640:
        long_side = rng.uniform(560, max(image.size))
        scale = long_side / max(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    share = rng.uniform(0.7, 1.0) if min(image.size) > 300 else rng.uniform(0.9, 1.0)
    w, h = round(image.width * share), round(image.height * share)
    left, top = int(rng.integers(0, image.width - w + 1)), int(rng.integers(0, image.height - h + 1))
    image = image.crop((left, top, left + w, top + h))
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return to_pixels(image)


def _shrink(photo: Pixels, severities: NDArray[np.float64], rng: Rng) -> tuple[Pixels, NDArray[np.float64]]:
    """Now and then shrink afterwards, as decoding does with large photos; noise and blocks fade with it."""
    if rng.random() < 0.3 and max(photo.shape) > 640:
        factor = rng.uniform(1.0, min(2.5, max(photo.shape) / 400))
        image = to_image(photo)
        size = (round(image.width / factor), round(image.height / factor))
        photo = to_pixels(image.resize(size, Image.Resampling.BILINEAR))
        fade = np.ones(len(DEFECTS))
        fade[DEFECTS.index("noise")] = factor**-0.8
        fade[DEFECTS.index("jpeg_artifacts")] = factor**-0.5
        severities = severities * fade
    return photo, severities


def to_sample_views(photo: Pixels, rng: Rng) -> NDArray[np.uint8]:
    """Return the whole view and TILES of the serving tiles, drawn at random."""
    pixels = np.asarray(to_image(photo))
    views = preprocess.to_views(pixels, Views(size=224, tiles=5, long_side=1500))
    tiles = 1 + rng.choice(5, TILES, replace=False)
    return views[np.concatenate([[0], tiles])]


def write_shard(number: int, bases: list[Base], pool: Path) -> None:
    rng = np.random.default_rng(1000 + number)
    views, severities, technical = [], [], []
    for index in rng.choice(len(bases), SHARD):
        photo, told, mark = make_sample(bases[index], rng)
        views.append(to_sample_views(photo, rng))
        severities.append(told)
        technical.append(mark)
    np.savez(
        pool / f"shard_{number:03d}.npz",
        views=np.stack(views),
        severities=np.array(severities, np.float32),
        technical=np.array(technical, np.float32),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--voc", type=Path)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--shards", default="0-9", help="first-last")
    args = parser.parse_args()
    args.pool.mkdir(parents=True, exist_ok=True)
    bases = [base for base in load_bases(args.data, args.voc) if not is_held_out(base.path)]
    print(len(bases), "bases", flush=True)
    first, last = map(int, args.shards.split("-"))
    for number in range(first, last + 1):
        if not (args.pool / f"shard_{number:03d}.npz").exists():
            write_shard(number, bases, args.pool)
            print("shard", number, flush=True)


if __name__ == "__main__":
    main()
