"""Memory of `score` and `rank` over many small photos, and whether every row comes in order.

    python -m benchmarks.memory [--photos 10000]

Linux only: memory is read from /proc while the program runs. Photos are made in a temporary folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

PROGRAM = [sys.executable, "-c", "from iqscore.__main__ import main; main()"]
POLL_SECONDS = 0.2


def make_photos(folder: Path, count: int) -> list[str]:
    """Write `count` different JPEG files of 320 x 240 pixels, 1,000 a folder; return their paths in walking order."""
    rng = np.random.default_rng(0)
    paths = []
    for number in range(count):
        path = folder / f"{number // 1000:03d}" / f"{number:06d}.jpg"
        path.parent.mkdir(exist_ok=True)
        coarse = rng.integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(coarse).resize((320, 240), Image.Resampling.BICUBIC).save(path, quality=85)
        paths.append(str(path))
    return paths


def get_memory(process: subprocess.Popen[bytes]) -> float:
    """Return the resident memory of a running program in MiB, 0 once it has ended."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(sizes[0]) / 1024 if sizes else 0.0


def watch_score(folder: Path, paths: list[str], step: int) -> Iterator[tuple[int, float]]:
    """Yield (photos done, MiB) each `step` photos; AssertionError where a row is missing or out of order."""
    command = [*PROGRAM, "score", "-q", "--format", "ndjson", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for number, (line, path) in enumerate(zip(process.stdout, paths, strict=True), 1):
            assert json.loads(line)["path"] == path, f"row {number} is not {path}"
            if number % step == 0:
                yield number, get_memory(process)
    assert process.returncode == 0, process.returncode


def watch_rank(folder: Path) -> float:
    """Return the peak memory of a whole `rank` in MiB."""
    command = [*PROGRAM, "rank", "-q", "--format", "ndjson", str(folder)]
    peak = 0.0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, get_memory(process))
            time.sleep(POLL_SECONDS)
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=10_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = make_photos(folder, args.photos)
        print("| photos scored | memory of `score`, MiB |\n| ---: | ---: |")
        started = time.monotonic()
        for number, memory in watch_score(folder, paths, max(1, args.photos // 10)):
            print(f"| {number:,} | {memory:.0f} |", flush=True)
        print(f"\nall {len(paths):,} rows in order, {len(paths) / (time.monotonic() - started):.0f} photos/s")
        print(f"peak of `rank`, which keeps every record to sort them: {watch_rank(folder):.0f} MiB")


if __name__ == "__main__":
    main()
