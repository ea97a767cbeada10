"""What it takes to rate photos, scoring left out, beside plainly copying them to the disk.

    python -m benchmarks.rating [--photos 1000] [--megabytes 8] [--folder DIR]

JPEG files of that size are made in a new folder in DIR. Each is copied, with fsync, and then rated as `iqscore rate` does
it: read, a new file beside it, read back, verified, noted in a journal, moved to its place. The two take
turns, so that whatever else the machine does is in both.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from iqscore.errors import IqscoreError
from iqscore.journal import open_journal
from iqscore.metadata import Rating, read
from iqscore.rater import Rater
from iqscore.rating_plan import RatingPlan
from iqscore.records import DEFECTS, Aesthetic, PhotoScore, Technical

STARS = 4


def make_photo(megabytes: float) -> bytes:
    """Return a JPEG of about that size, of noise, with an EXIF block of a camera."""
    rng = np.random.default_rng(0)
    side = int((megabytes * 1e6 / 1.6) ** 0.5)
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


def measure(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(folder: Path, photos: int, megabytes: float) -> tuple[float, float]:
    """Return the seconds that all copies took, and all ratings."""
    data = make_photo(megabytes)
    copying = rating = 0.0
    with open_journal(str(folder / "journal.ndjson")) as journal:
        rater = Rater(RatingPlan(), journal)
        for number in range(photos):
            photo, twin = folder / f"{number:05d}.jpg", folder / "copy.jpg"
            photo.write_bytes(data)
            with photo.open("rb") as file:
                os.fsync(file.fileno())
            copying += measure(lambda: copy(photo, twin))  # noqa: B023 - called at once
            twin.unlink()
            rating += measure(lambda: rater.rate(to_score(photo)))  # noqa: B023
            if read(photo.read_bytes()).stars != STARS:
                raise IqscoreError(f"{photo} was not rated")
            # 1,000 photos need not all be on the disk
            photo.unlink()
    return copying, rating


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
    print(f"{options.photos} photos of {size:.1f} MB: copying {1000 * copying / options.photos:.1f} ms a photo, ", end="")
    print(f"rating {1000 * rating / options.photos:.1f} ms, {rating / copying:.2f} times as long")


if __name__ == "__main__":
    main()
