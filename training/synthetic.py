"""Clean photos that never trained, spoilt one defect at a time, several at once, and by plain other means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance

from iqscore.errors import PhotoError
from training import degrade
from training.check_defects import SPOILS, Spoil
from training.clean import is_clean, is_well_exposed
from training.degrade import Degrade
from training.judging import Case, Pixels, open_photo
from training.light import Rng, to_image, to_pixels
from training.visible import to_seen

KINDS: dict[str, tuple[str, Degrade]] = {name: (name, spoil) for name, spoil in degrade.DEGRADATIONS.items()}
del KINDS["composition"]
KINDS |= {"tilt": ("composition", degrade.tilt), "bad crop": ("composition", degrade.cut_away)}
PLAIN: dict[str, tuple[str, Spoil]] = SPOILS | {
    "faded": ("undersaturation", lambda image: ImageEnhance.Color(image).enhance(0.35)),
    "tilted 8°": ("composition", lambda image: degrade.rotate_inside(image, 8)),
}
PER_SOURCE = 6
SMALLEST = 640
SIDE = 960
"""Long side of the photos that are spoilt: more costs time, less hides fine noise."""


def find_clean(folder: Path, count: int) -> list[Path]:
    """Return up to `count` clean photos under `folder`, at most PER_SOURCE of each subfolder, by a hash of the name."""
    by_source: dict[Path, list[Path]] = {}
    for path in sorted(folder.rglob("*.jpg"), key=_to_number):
        by_source.setdefault(path.parent, []).append(path)
    chosen = [path for paths in by_source.values() for path in _take_clean(paths, PER_SOURCE)]
    return sorted(chosen, key=_to_number)[:count]


def _to_number(path: Path) -> str:
    return hashlib.sha256(f"{path.parent.name}/{path.name}".encode()).hexdigest()


def _take_clean(paths: Sequence[Path], count: int) -> list[Path]:
    clean: list[Path] = []
    for path in paths[: 6 * count]:
        if len(clean) == count:
            break
        # a look at a fraction of the photo spares decoding most of those that will not do
        with suppress(PhotoError, OSError):
            if _looks_well(path) and is_clean(open_photo(path)):
                clean.append(path)
    return clean


def _looks_well(path: Path) -> bool:
    with Image.open(path) as image:
        large = max(image.size) >= SMALLEST
        image.draft("RGB", (image.width // 8, image.height // 8))
        return large and is_well_exposed(image.convert("RGB"))


def find_cases(clean: Sequence[Path], seed: int = 7) -> Iterator[Case]:
    """Yield each photo as it is, then once with every kind of defect at a severity drawn from 0.05 to 1."""
    for place, path in enumerate(clean):
        yield Case(path.name, "clean", partial(_open, path), {})
        for number, kind in enumerate(KINDS):
            rng = np.random.default_rng([seed, place, number])
            severity = float(rng.uniform(0.05, 1))
            yield _spoil_case(path, kind, {kind: severity}, rng)


def find_mixed(clean: Sequence[Path], seed: int = 8) -> Iterator[Case]:
    """Yield each photo with two or three defects at once, never with both directions of one thing."""
    for place, path in enumerate(clean):
        rng = np.random.default_rng([seed, place])
        picked = set(rng.choice(list(KINDS), int(rng.integers(2, 4)), replace=False))
        picked -= {"underexposure"} if "overexposure" in picked else set()
        picked -= {"undersaturation"} if "oversaturation" in picked else set()
        severities = {kind: float(rng.uniform(0.2, 1)) for kind in KINDS if kind in picked}
        yield _spoil_case(path, "mixed", severities, rng)


def find_plain(clean: Sequence[Path]) -> Iterator[Case]:
    """Yield each photo spoilt in the ways of another program."""
    for path in clean:
        for name, (_, spoil) in PLAIN.items():
            yield Case(path.name, name, partial(_spoil_plainly, path, spoil), {})


def _open(path: Path) -> Pixels:
    return open_photo(path, SIDE)


def _spoil_plainly(path: Path, spoil: Spoil) -> Pixels:
    return np.asarray(spoil(Image.fromarray(_open(path))).convert("RGB"))


def _spoil_case(path: Path, kind: str, severities: dict[str, float], rng: Rng) -> Case:
    truth: dict[str, float] = {}
    return Case(path.name, kind, partial(_spoil, path, severities, rng, truth), truth)


def _spoil(path: Path, severities: dict[str, float], rng: Rng, truth: dict[str, float]) -> Pixels:
    photo = to_pixels(Image.fromarray(_open(path)))
    for kind, severity in severities.items():
        defect, spoil = KINDS[kind]
        before = photo
        photo = spoil(before, severity, rng)
        # what shows of it, by the rule of the training labels: fading a grey photo does nothing
        truth[defect] = max(truth.get(defect, 0.0), to_seen(kind, severity, before, photo))
    return np.asarray(to_image(photo))
