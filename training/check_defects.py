"""Spoil clean photos that never trained, in plain ways, and see whether the right severity is the highest.

    python -m training.check_defects --data DATA --models models

The ways are deliberately not those of `training.degrade`: a person's editor, or another program, would do them so.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageEnhance, ImageFilter

from iqscore.decode import decode_photo
from iqscore.records import DEFECTS, PhotoScore
from iqscore.scorer import Scorer, open_scorer
from training.bases import find_clean_bases, find_marked, is_held_out
from training.photosets import find_examples, spread_evenly

Spoil = Callable[[Image.Image], Image.Image]


def _noise(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    noise = np.random.default_rng(0).normal(0, 28, pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def _haze(image: Image.Image) -> Image.Image:
    return Image.blend(image, Image.new("RGB", image.size, (215, 215, 218)), 0.6)


def _yellow(image: Image.Image) -> Image.Image:
    red, green, blue = image.split()
    return Image.merge("RGB", (red, green.point(lambda v: v * 0.93), blue.point(lambda v: v * 0.5)))


def compress(image: Image.Image, quality: int) -> Image.Image:
    """Return what a JPEG of that quality leaves of an image."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return Image.open(buffer).convert("RGB")


def _motion(image: Image.Image) -> Image.Image:
    pixels = np.asarray(image, np.float32)
    reach = max(5, round(max(image.size) * 0.012))
    return Image.fromarray(np.mean([np.roll(pixels, step, 1) for step in range(reach)], 0).astype(np.uint8))


SPOILS: dict[str, tuple[str, Spoil]] = {
    "darker": ("underexposure", lambda image: ImageEnhance.Brightness(image).enhance(0.3)),
    "brighter": ("overexposure", lambda image: ImageEnhance.Brightness(image).enhance(2.2)),
    "blurred": ("defocus_blur", lambda i: i.filter(ImageFilter.GaussianBlur(max(1.5, max(i.size) * 0.0035)))),
    "shaken": ("motion_blur", _motion),
    "noisy": ("noise", _noise),
    "hazy": ("haze", _haze),
    "yellow": ("white_balance", _yellow),
    "garish": ("oversaturation", lambda image: ImageEnhance.Color(image).enhance(3.0)),
    "jpeg 8": ("jpeg_artifacts", partial(compress, quality=8)),
}


def score_pixels(scorer: Scorer, path: Path, spoil: Spoil | None) -> PhotoScore:
    """Return the opinion on a photo, spoilt or as it is."""
    photo = decode_photo(str(path))
    pixels: NDArray[np.uint8] = photo.pixels
    if spoil is not None:
        pixels = np.asarray(spoil(Image.fromarray(pixels)).convert("RGB"))
    return scorer.score_photo(type(photo)(photo.path, pixels, photo.width, photo.height, photo.format, photo.taken))


def choose_clean(data: Path, rated: Sequence[Path], count: int) -> list[Path]:
    """Return held-out photos without a fault, as marks say or numbers do, of viewing size as far as there are."""
    marked = [base for base in find_marked([data / "photos_view"]) if is_held_out(base.path)]
    clean = [base.path for base in marked if np.nanmax(base.severities) < 0.3][:count]
    examples = find_examples(data, None, rated)
    others = [base.path for base in find_clean_bases(examples, held_out=True)]
    return clean + spread_evenly(others, count - len(clean))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--rated", type=Path, action="append", default=[], help="folder of galleries with ratings.csv")
    parser.add_argument("--models", type=Path)
    parser.add_argument("--count", type=int, default=100)
    args = parser.parse_args()
    scorer = open_scorer("cpu", models=args.models)
    clean = choose_clean(args.data, args.rated, args.count)
    before = [score_pixels(scorer, path, None) for path in clean]
    worst = np.array([max(photo.defects.values()) for photo in before])
    median, high = np.percentile(worst, [50, 90])
    print(f"{len(clean)} clean photos, highest severity median {median:.2f}, 90 % {high:.2f}")
    print("spoilt    | should be highest | is on | severity | technical falls | aesthetic falls | rejected | else")
    for name, (defect, spoil) in SPOILS.items():
        after = [score_pixels(scorer, path, spoil) for path in clean]
        print_row(name, defect, before, after)


def print_row(name: str, defect: str, before: Sequence[PhotoScore], after: Sequence[PhotoScore]) -> None:
    """Print what the models say of photos spoilt in one way; severities and falls are medians."""
    tops = [max(DEFECTS, key=photo.defects.__getitem__) for photo in after]
    right = np.mean([top == defect for top in tops])
    severity = np.median([photo.defects[defect] for photo in after])
    falls = np.array([b.technical.mean - a.technical.mean for a, b in zip(after, before, strict=True)])
    aesthetic = np.median([b.aesthetic.mean - a.aesthetic.mean for a, b in zip(after, before, strict=True)])
    rejected = np.mean([photo.label == "rejected" for photo in after])
    wrong = sorted({top: tops.count(top) for top in tops if top != defect}.items(), key=lambda item: -item[1])[:3]
    others = ", ".join(f"{top} {count}" for top, count in wrong)
    technical = f"{(falls > 0).mean():5.0%}, by {np.median(falls):.1f}"
    print(
        f"{name:9} | {defect:17} | {right:5.0%} | {severity:8.2f} | {technical} | {aesthetic:15.2f} | {rejected:8.0%} "
        f"| {others}"
    )


if __name__ == "__main__":
    main()
