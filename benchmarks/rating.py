"""What it takes to rate photos, scoring left out, beside plainly copying them to the disk.

    python -m benchmarks.rating [--photos 1000] [--megabytes 8] [--folder DIR]

JPEG files of that size are made in a new folder in DIR. They are copied one by one, each with fsync, and then rated as
a run of `iqscore rate` does it: read, a new file beside each, with fsync, read back, verified, noted in a journal, and
moved to its place. The two take turns, some photos each, so that whatever else the machine does is in both.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from iqscore.errors import IqscoreError
from iqscore.metadata import read
from iqscore.plan import Typed, build_plan
from iqscore.rating_plan import RatingPlan
from iqscore.ratings import open_ratings
from iqscore.records import DEFECTS, Aesthetic, PhotoScore, Technical
from iqscore.tally import Tally

STARS = 4
BATCH = 20


def make_photo(megabytes: float) -> bytes:
    """Return a JPEG of about that size, of noise, with an EXIF block of a camera."""
    rng = np.random.default_rng(0)
    side = int((megabytes * 1e6 / 0.91) ** 0.5)
    exif = Image.Exif()
    exif.update({0x010F: "Camera", 0x0110: "Model", 0x0132: "2026:11:21 12:00:00"})
    buffer = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (side, side, 3), np.uint8)).save(buffer, "JPEG", quality=90, exif=exif)
    return buffer.getvalue()


def to_score(path: Path) -> PhotoScore:
    """Return a made-up result."""
    return PhotoScore(
        path=str(path),
        score=71.3,
        label="accepted",
        stars=STARS,
        aesthetic=Aesthetic(6.0, 1.4, (0.1,) * 10),
        technical=Technical(7.0),
        defects=dict.fromkeys(DEFECTS, 0.0),
        reasons=(),
        width=1,
        height=1,
        format="JPEG",
        models={"aesthetic": "benchmark@00000000"},
    )


def copy(source: Path, target: Path) -> None:
    """Copy a file so that the disk has it."""
    with source.open("rb") as old, target.open("wb") as new:
        shutil.copyfileobj(old, new, 1 << 20)
        os.fsync(new.fileno())


def compare(folder: Path, photos: int, megabytes: float) -> tuple[float, float]:
    """Return the seconds that all copies took, and all ratings."""
    data = make_photo(megabytes)
    plan = build_plan(Typed(inputs=["."], quiet=True, rating=RatingPlan(journal=str(folder / "journal.ndjson"))))
    copying = rating = 0.0
    with open_ratings(plan, Tally(), None) as ratings:
        for start in range(0, photos, BATCH):
            batch = [folder / f"{number:05d}.jpg" for number in range(start, min(start + BATCH, photos))]
            for photo in batch:
                photo.write_bytes(data)
            os.sync()
            began = time.perf_counter()
            for photo in batch:
                copy(photo, photo.with_suffix(".copy"))
            copying += time.perf_counter() - began
            began = time.perf_counter()
            for photo in batch:
                ratings.add(to_score(photo))
            ratings.finish()
            rating += time.perf_counter() - began
            check_and_remove(batch)
    return copying, rating


def check_and_remove(batch: list[Path]) -> None:
    """Raise IqscoreError where a photo was not rated; 1,000 photos need not all be on the disk."""
    for photo in batch:
        if read(photo.read_bytes()).stars != STARS:
            raise IqscoreError(f"{photo} was not rated")
        photo.unlink()
        photo.with_suffix(".copy").unlink()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--folder", type=Path, default=None)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        copying, rating = compare(Path(folder), options.photos, options.megabytes)
    size = len(make_photo(options.megabytes)) / 1e6
    each = 1000 / options.photos
    print(f"{options.photos} photos of {size:.1f} MB: copying {each * copying:.1f} ms each, rating {each * rating:.1f}")
    print(f"rating takes {rating / copying:.2f} times as long")


if __name__ == "__main__":
    main()
