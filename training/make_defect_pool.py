"""Make the pool of photos that the defect model learns from, in shards that can be made side by side.

    python -m training.make_defect_pool --data DATA [--voc VOC] [--rated DIR] --pool DIR --shards 0-39
    … --kind tilted --shards 0-49           # for the head that tells tilts alone
    … --kind marked --shards 0-7            # photos whose faults people marked, most of them as they are
    … --kind voted --shards 0-0 --kodak DIR --mos FILE   # distortions of TID2013 made again, labelled with its votes

Each shard holds `views` uint8 (samples, 1 + TILES, 224, 224, 3), `severities` (samples, 12), NaN where not known, and
`tilt` (samples,), what of composition is a tilt, NaN where not known, and `technical` (samples,). With `--features`,
what the int8 network makes of the photos in place of the views: a hundredth of the room, and what
`training.fit_defect_heads` learns from. Photos that are kept for judging (`bases.is_held_out`, half of Kodak's) are
left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from iqscore.decode import decode_photo
from iqscore.records import DEFECTS
from training.bases import CLEAN_TECHNICAL, Base, find_clean_bases, find_marked, is_held_out, make_clean
from training.degrade import DEGRADATIONS, Degrade, cut_away, rotate_inside, tilt
from training.intents import FORBIDDEN, INTENTS, SHARES
from training.light import Pixels, Rng, to_image, to_pixels
from training.looks import Arrays, Look, make_look, to_views
from training.photosets import find_examples
from training.tid2013 import DISTORTIONS, GUESSED, find_cases, find_references, read_votes, to_severity
from training.visible import to_seen

SHARD = 400
KINDS = ("spoilt", "marked", "voted", "tilted")
SHARES_OF_DEFECTS = (0.17, 0.5, 0.23, 0.10)
"""How often a sample gets none, one, two or three defects."""
WEIGHTS = dict.fromkeys(DEFECTS, 0.85) | {"composition": 0.35, "undersaturation": 0.5, "lens_flare": 0.55}
"""How much of its technical quality a photo loses to a defect of severity 1."""
INTENDED = 0.15
"""How often a sample is made unusual on purpose before anything else happens to it."""
TILTED = 0.7
"""How often a sample for the head of tilts is turned."""
UNTOUCHED = 0.7
"""How often a photo with marks is left as it is."""
RESAMPLED = 0.25
"""How often a sample that is not to look tilted is resampled and cut as if it had been turned."""
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


@dataclass
class Sample:
    """A photo, its twelve severities, how much of that of composition is a tilt, and its technical mark."""

    photo: Pixels
    severities: NDArray[np.float64]
    tilt: float
    technical: float


def make_sample(base: Base, rng: Rng) -> Sample:
    """Return a photo, spoilt or not."""
    photo = _frame(base.path, rng)
    if base.is_marked and rng.random() < UNTOUCHED:
        return Sample(photo, base.severities, np.nan, base.technical)
    severities, tilted = base.severities.copy(), np.nan if base.is_marked else 0.0
    chosen = choose_defects(rng)
    if rng.random() < INTENDED:
        intent = str(rng.choice(list(SHARES), p=list(SHARES.values())))
        photo = INTENTS[intent](photo, rng)
        chosen -= FORBIDDEN[intent]
    if "composition" not in chosen and rng.random() < RESAMPLED:
        photo = _resample(photo, rng)
    for name, degrade in DEGRADATIONS.items():
        if name in chosen:
            photo, seen, is_tilt = _spoil(photo, name, degrade, rng)
            tilted = seen if is_tilt else tilted
            place = DEFECTS.index(name)
            severities[place] = np.fmax(severities[place], seen)
    photo, severities = _shrink(photo, severities, rng)
    return Sample(photo, severities, tilted, to_technical(base, severities))


def make_tilted(base: Base, rng: Rng) -> Sample:
    """Return a photo that is tilted, or resampled only, or as it was; of its other faults nothing is told."""
    photo, seen = _frame(base.path, rng), 0.0
    draw = rng.random()
    if draw < TILTED:
        severity = float(rng.uniform(0.05, 1.0))
        turned = tilt(photo, severity, rng)
        photo, seen = turned, to_seen("tilt", severity, photo, turned)
    elif draw < TILTED + (1 - TILTED) / 2:
        photo = _resample(photo, rng)
    return Sample(photo, np.full(len(DEFECTS), np.nan), seen, np.nan)


def _spoil(photo: Pixels, name: str, degrade: Degrade, rng: Rng) -> tuple[Pixels, float, bool]:
    """Return the photo, how severe the defect looks and whether it is a tilt."""
    severity = float(rng.uniform(0.05, 1.0))
    if name == "composition":
        name, degrade = ("tilt", tilt) if rng.random() < 0.75 else ("bad crop", cut_away)
    spoilt = degrade(photo, severity, rng)
    return spoilt, to_seen(name, severity, photo, spoilt), name == "tilt"


def to_technical(base: Base, severities: NDArray[np.float64]) -> float:
    """Return what is left of the technical mark of a photo that was given those severities."""
    lost = np.clip(np.nan_to_num(severities) - np.nan_to_num(base.severities), 0, 1)
    keep = np.prod([1 - WEIGHTS[name] * share for name, share in zip(DEFECTS, lost, strict=True)])
    return 1 + (base.technical - 1) * float(keep)


def _resample(photo: Pixels, rng: Rng) -> Pixels:
    """Turn by too little to be seen and cut as far as a real tilt would be: resampling alone is no tilt."""
    degrees, as_if = rng.uniform(-0.7, 0.7), rng.uniform(3, 20)
    return to_pixels(rotate_inside(to_image(photo), degrees, as_if))


def choose_defects(rng: Rng) -> set[str]:
    """Return the defects of a sample, never both directions of one thing; a third of the pairs often meet in life."""
    count = int(rng.choice(len(SHARES_OF_DEFECTS), p=SHARES_OF_DEFECTS))
    if count == 2 and rng.random() < 0.35:
        return set(COMPANIONS[rng.integers(len(COMPANIONS))])
    # a bad frame is the hardest to learn
    odds = np.array([3.0 if name == "composition" else 1.0 for name in DEGRADATIONS])
    chosen = {str(name) for name in rng.choice(list(DEGRADATIONS), count, replace=False, p=odds / odds.sum())}
    for one, other in OPPOSITES:
        chosen -= {one} if other in chosen else set()
    return chosen


def _frame(path: Path, rng: Rng) -> Pixels:
    """Open at a random scale, flip, cut a random frame."""
    image = Image.fromarray(decode_photo(str(path)).pixels)
    if max(image.size) > 640:
        long_side = 560 + (max(image.size) - 560) * rng.random() ** 1.2
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


def find_voted(kodak: Path, table: Path) -> Iterator[Sample]:
    """Yield distortions whose votes are known, labelled by them; series whose direction is a guess are left out."""
    known = {one.name: one.severity for one in DISTORTIONS if one.number not in GUESSED}
    for case in find_cases(find_references(kodak, training=True), read_votes(table)):
        if case.kind in known:
            severity, severities = to_severity(case.truth["mos"]), np.zeros(len(DEFECTS))
            if known[case.kind]:
                severities[DEFECTS.index(known[case.kind])] = severity
            technical = 1 + (CLEAN_TECHNICAL - 1) * (1 - WEIGHTS["noise"] * severity)
            yield Sample(to_pixels(Image.fromarray(case.make())), severities, 0.0, technical)


def write_shard(file: Path, samples: Iterable[Sample], look: Look, rng: Rng) -> None:
    seen, told = [], []
    for sample in samples:
        seen.append(look(sample.photo, rng))
        told.append((sample.severities, sample.tilt, sample.technical))
    names = ("severities", "tilt", "technical")
    arrays: Arrays = {
        name: np.array(column, np.float32) for name, column in zip(names, zip(*told, strict=True), strict=True)
    }
    arrays |= {name: np.stack([one[name] for one in seen]) for name in seen[0]}
    np.savez(file.with_suffix(".part.npz"), **arrays)  # type: ignore[arg-type]  # none is named as an option
    file.with_suffix(".part.npz").rename(file)


def list_clean(args: argparse.Namespace) -> list[Base]:
    """Return the clean photos that may train; they are looked for once and listed in the pool."""
    table = args.pool / "clean.txt"
    if not table.exists():
        found = find_clean_bases(find_examples(args.data, args.voc, args.rated), held_out=False)
        paths = [str(base.path) for base in found]
        table.write_text("\n".join(paths), encoding="utf-8")
    return [make_clean(Path(line)) for line in table.read_text(encoding="utf-8").splitlines()]


def list_marked(args: argparse.Namespace) -> list[Base]:
    return [base for base in find_marked(args.marked) if not is_held_out(base.path)]


def find_samples(args: argparse.Namespace, rng: Rng) -> Iterator[Sample]:
    """Yield samples of the kind asked for: of votes as many as there are, of the others as many as a shard holds."""
    if args.kind == "voted":
        yield from find_voted(args.kodak, args.mos)
        return
    bases = list_marked(args) if args.kind == "marked" else list_clean(args)
    make = make_tilted if args.kind == "tilted" else make_sample
    print(len(bases), "bases", flush=True)
    for place in rng.choice(len(bases), SHARD):
        yield make(bases[place], rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, default="spoilt")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--voc", type=Path)
    parser.add_argument("--rated", type=Path, action="append", default=[], help="folder of galleries with ratings.csv")
    parser.add_argument("--marked", type=Path, action="append", default=[], help="folder with defects.csv")
    parser.add_argument("--kodak", type=Path)
    parser.add_argument("--mos", type=Path)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--shards", default="0-9", help="first-last; votes need one, 0-0")
    parser.add_argument("--features", type=Path, help="features of training.export, whose output is kept")
    args = parser.parse_args()
    args.pool.mkdir(parents=True, exist_ok=True)
    look = make_look(args.features) if args.features else to_views
    first, last = map(int, args.shards.split("-"))
    for number in range(first, last + 1):
        file = args.pool / f"{args.kind}_{number:03d}.npz"
        if not file.exists():
            rng = np.random.default_rng([KINDS.index(args.kind), number])
            write_shard(file, find_samples(args, rng), look, rng)
            print(file.name, flush=True)


if __name__ == "__main__":
    main()
