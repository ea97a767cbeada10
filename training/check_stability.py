"""Does the aesthetic mark move when it should not, and fall when it should? Judges the shipped model as it is served.

    python -m training.check_stability --photos DIR [--count 100] [--models models]

Each line gives the mean absolute change of the mark (1 to 10), the mean change, and SRCC between the marks before and
after. Photos are compared with themselves as decoded; ones of fewer megapixels are not enlarged.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps

from iqscore.scorer import open_scorer
from training.check_defects import Spoil, compress, score_pixels
from training.measures import to_rank_correlation
from training.photosets import spread_evenly


def to_megapixels(megapixels: float) -> Spoil:
    """Return the change that shrinks a photo to so many megapixels; smaller ones stay."""

    def change(photo: Image.Image) -> Image.Image:
        ratio = min(1.0, (megapixels * 1e6 / (photo.width * photo.height)) ** 0.5)
        return photo.resize((max(1, round(photo.width * ratio)), max(1, round(photo.height * ratio))), LANCZOS)

    return change


def to_tiny(photo: Image.Image) -> Image.Image:
    """Return the photo with a long side of 80 px."""
    ratio = 80 / max(photo.size)
    return photo.resize((max(1, round(photo.width * ratio)), max(1, round(photo.height * ratio))), LANCZOS)


def add_noise(photo: Image.Image) -> Image.Image:
    """Return the photo with Gaussian noise of deviation 30 of 255, as at a long side of 1,000 px."""
    pixels = np.asarray(to_megapixels(0.7)(photo), dtype=np.float32)
    noise = np.random.default_rng(0).normal(0, 30, pixels.shape)
    return Image.fromarray((pixels + noise).clip(0, 255).astype(np.uint8))


def darken(photo: Image.Image) -> Image.Image:
    """Return the photo three stops darker."""
    return photo.point([round(255 * ((value / 255) ** 2.2 / 8) ** (1 / 2.2)) for value in range(256)] * 3)


def blur(photo: Image.Image) -> Image.Image:
    """Return the photo blurred with a deviation of 1 % of its long side."""
    return photo.filter(ImageFilter.GaussianBlur(max(photo.size) / 100))


def add_border(share: float, colour: int) -> Spoil:
    """Return the change that lays a border of that share of the long side around a photo."""
    return lambda photo: ImageOps.expand(photo, max(1, round(max(photo.size) * share)), (colour,) * 3)


LANCZOS = Image.Resampling.LANCZOS
HARMLESS: dict[str, Spoil] = {
    "2 megapixels": to_megapixels(2),
    "1 megapixel": to_megapixels(1),
    "JPEG quality 95": partial(compress, quality=95),
    "mirrored": ImageOps.mirror,
    "white border of 1 %": add_border(0.01, 255),
    "black border of 1 %": add_border(0.01, 0),
    "80 px": to_tiny,
}
HARMFUL: dict[str, Spoil] = {"blurred": blur, "noisy": add_noise, "three stops darker": darken}


def to_line(name: str, before: NDArray[np.float64], after: NDArray[np.float64]) -> str:
    """Return a line of the table."""
    change = after - before
    kept = to_rank_correlation(before, after)
    return f"| {name} | {np.abs(change).mean():.3f} | {change.mean():+.3f} | {kept:.3f} |"


def find_photos(folder: Path, count: int) -> list[Path]:
    """Return `count` photos spread evenly over `folder`."""
    return spread_evenly([path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg")], count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--models", type=Path)
    args = parser.parse_args()
    scorer = open_scorer("cpu", models=args.models)
    photos = find_photos(args.photos, args.count)
    changes: dict[str, Spoil | None] = {"itself": None, **HARMLESS, **HARMFUL}
    found = {
        name: np.array([score_pixels(scorer, photo, change).aesthetic.mean for photo in photos])
        for name, change in changes.items()
    }
    print(f"{len(photos)} photos\n\n| change | mean absolute | mean | SRCC |\n| --- | ---: | ---: | ---: |")
    for name in (*HARMLESS, *HARMFUL):
        print(to_line(name, found["itself"], found[name]))


if __name__ == "__main__":
    main()
