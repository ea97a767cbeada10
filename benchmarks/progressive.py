"""What progressive JPEG files cost, and what would change were their last scan left out.

    python -m benchmarks.progressive FOLDER [--every 1] [--runs 3]

Each photo of FOLDER with 10 megapixels or more is saved at quality 92, baseline and progressive; the last scan, the
last bit of all brightness coefficients, is cut off the latter. Milliseconds are CPU time of one thread; changes are
those between the whole and the cut file: of pixels at view scale, of marks and of the score.
"""

from __future__ import annotations

import argparse
import statistics
import struct
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from iqscore.decode import decode_photo
from iqscore.photo import Photo
from iqscore.scorer import Scorer, open_scorer

LEAST = 10_000_000
QUALITY = 92
NAMES = ("baseline, ms", "progressive", "cut", "all else", "progressive/baseline", "cut/baseline")
CHANGES = ("pixels (RMS)", "score", "aesthetic", "technical", "worst severity")


def cut_last_scan(data: bytes) -> bytes:
    """Return a JPEG file of one picture, as libjpeg writes it, without its last scan."""
    at, last = 2, 0
    while data[at + 1] != 0xD9:
        (length,) = struct.unpack_from(">H", data, at + 2)
        if data[at + 1] == 0xDA:
            last = at
        at += 2 + length
        if data[last + 1] == 0xDA:
            at = _skip_entropy(data, at)
    return data[:last] + b"\xff\xd9"


def _skip_entropy(data: bytes, at: int) -> int:
    """Return where the next marker is; within a scan, 0xFF is followed by 0 or is a restart."""
    while data[at] != 0xFF or data[at + 1] == 0 or 0xD0 <= data[at + 1] <= 0xD7:
        at = data.index(b"\xff", at + (2 if data[at] == 0xFF else 0))
    return at


def time_decoding(path: Path, runs: int) -> tuple[float, Photo]:
    """Return the least milliseconds of some runs, and the photo."""
    taken = []
    for _ in range(runs):
        began = time.thread_time()
        photo = decode_photo(str(path))
        taken.append(time.thread_time() - began)
    return 1000 * min(taken), photo


def measure(image: Image.Image, folder: Path, scorer: Scorer, runs: int) -> list[float]:
    """Return NAMES and CHANGES of one photo."""
    files = [folder / f"{name}.jpg" for name in ("baseline", "progressive", "cut")]
    image.save(files[0], quality=QUALITY)
    image.save(files[1], quality=QUALITY, progressive=True)
    files[2].write_bytes(cut_last_scan(files[1].read_bytes()))
    decoded = [time_decoding(file, runs) for file in files]
    (baseline, _), (progressive, whole), (cut, less) = decoded
    began = time.thread_time()
    was = scorer.score_photo(whole)
    rest, now = 1000 * (time.thread_time() - began), scorer.score_photo(less)
    change = whole.pixels.astype(np.int16) - less.pixels
    costs = [baseline, progressive, cut, rest, *((took + rest) / (baseline + rest) for took in (progressive, cut))]
    marks = [now.score - was.score, now.aesthetic.mean - was.aesthetic.mean, now.technical.mean - was.technical.mean]
    severity = max(abs(was.defects[name] - now.defects[name]) for name in was.defects)
    return [*costs, float(np.sqrt(np.square(change, dtype=np.float64).mean())), *map(abs, marks), severity]


def to_table(rows: Sequence[Sequence[float]]) -> str:
    """Return the median and the largest of each figure as Markdown."""
    lines = [f"| {len(rows)} photos | median | largest |", "| --- | ---: | ---: |"]
    for name, values in zip((*NAMES, *CHANGES), zip(*rows, strict=True), strict=True):
        lines.append(f"| {name} | {statistics.median(values):.3f} | {max(values):.3f} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1, help="take every so manyth photo only")
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    scorer, rows, paths = open_scorer("cpu"), [], []
    for path in sorted(args.folder.iterdir()):
        with Image.open(path) as image:
            if image.format == "JPEG" and image.width * image.height >= LEAST:
                paths.append(path)
    with tempfile.TemporaryDirectory() as name:
        for path in paths[:: args.every]:
            with Image.open(path) as image:
                rows.append(measure(image.convert("RGB"), Path(name), scorer, args.runs))
    print(to_table(rows))


if __name__ == "__main__":
    main()
