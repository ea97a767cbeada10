"""What the pipeline makes of known files before any model sees it, as digests in pipeline.json, beside its number.

The pictures are made of whole numbers alone, so that they are the same on every machine.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import PIL
from PIL import Image

from iqscore.cards import Views
from iqscore.decode import decode_photo
from iqscore.fingerprint import PIPELINE
from iqscore.kind import to_features
from iqscore.motion import find_motion_angle
from iqscore.preprocess import is_monochrome, to_views
from iqscore.scorer import to_facts
from tests.pictures import make_swapped_profile, to_exif

PIPELINE_GOLDEN = Path(__file__).with_name("pipeline.json")
VIEWS = (Views(224, 0, 1500, keep_aspect=True), Views(224, 4, 1500))


def make_picture(seed: int, width: int, height: int) -> Image.Image:
    """Return soft shapes, edges and grain."""
    random = np.random.RandomState(seed)
    soft, hard = (Image.fromarray(random.randint(0, 110, (side, side, 3)).astype(np.uint8)) for side in (9, 60))
    layers = (soft.resize((width, height), Image.Resampling.BICUBIC), hard.resize((width, height), 0))
    total = sum(np.asarray(layer, np.int16) for layer in layers) + random.randint(0, 30, (height, width, 1))
    return Image.fromarray(np.asarray(total, np.uint8))


def write_files(folder: Path) -> dict[str, Path]:
    """Write files that take different ways through the pipeline; return them by name."""
    taken = to_exif({0x112: 6, 0x10F: "Maker"}, {0x9003: "2026:05:04 10:20:30", 0x829A: (1, 250)})
    jpeg: dict[str, Any] = {"quality": 90, "exif": taken}
    make_picture(1, 3200, 2100).save(folder / "large turned.jpg", **jpeg)
    make_picture(2, 3200, 2100).save(folder / "progressive.jpg", progressive=True, quality=85, subsampling=0)
    make_picture(3, 900, 700).save(folder / "profile.jpg", quality=90, icc_profile=make_swapped_profile())
    make_picture(4, 3100, 2000).save(folder / "large.png", compress_level=1)
    make_picture(5, 400, 300).convert("RGBA").save(folder / "transparent.png")
    make_picture(6, 500, 640).convert("L").save(folder / "grey.png")
    make_picture(7, 300, 200).convert("CMYK").save(folder / "inks.tif")
    Image.fromarray(np.asarray(make_picture(8, 300, 200).convert("L"), np.uint16) * 200).save(folder / "deep.png")
    make_picture(9, 300, 200).save(folder / "small.webp", lossless=True)
    return {path.name: path for path in sorted(folder.iterdir())}


def digest(path: Path) -> str:
    """Return what stands for all that is seen in a file before a model runs."""
    photo = decode_photo(str(path))
    views = [to_views(photo.pixels, kind) for kind in VIEWS]
    facts = {name: repr(value) for name, value in to_facts(photo).items()}
    # sums of floats may differ in their last bits from machine to machine
    features = [round(float(value), 4) for value in to_features(photo.pixels)]
    more = [facts, features, is_monochrome(views[1][0]), find_motion_angle(photo.pixels)]
    return hashlib.sha256(
        b"".join(array.tobytes() for array in (photo.pixels, *views)) + json.dumps(more, sort_keys=True).encode()
    ).hexdigest()[:16]


def digest_all() -> dict[str, str]:
    """Return the digest of each known file."""
    with TemporaryDirectory() as folder:
        return {name: digest(path) for name, path in write_files(Path(folder)).items()}


def load_pipeline() -> dict[str, Any]:
    """Return pipeline.json."""
    golden: dict[str, Any] = json.loads(PIPELINE_GOLDEN.read_text(encoding="utf-8"))
    return golden


def write_pipeline() -> None:
    """Write pipeline.json; ValueError where other things are seen by the same number with the same Pillow."""
    golden = {"pipeline": PIPELINE, "pillow": PIL.__version__, "digests": digest_all()}
    if PIPELINE_GOLDEN.exists():
        was = load_pipeline()
        if {**golden, "digests": 0} == {**was, "digests": 0} and golden != was:
            raise ValueError("the pipeline sees something else; raise PIPELINE in iqscore/fingerprint.py first")
    PIPELINE_GOLDEN.write_text(json.dumps(golden, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_pipeline()
