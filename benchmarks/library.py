"""A library of many photos that the cache knows: time, memory and the first row of a second run.

    python -m benchmarks.library [--photos 100000]

Hard links to a hundred small photos, a thousand a folder, stand for a library; `--hash` fills a cache of its own with
them, which takes one look at each different photo. Linux only.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.memory import make_photos

DIFFERENT, A_FOLDER = 100, 1000
OLD = 1_600_000_000
PROGRAM = [sys.executable, "-m", "iqscore"]


def make_library(folder: Path, count: int) -> None:
    """Make `count` names of different small photos, in folders."""
    sources = make_photos(folder.parent, min(count, DIFFERENT))
    for source in sources:
        os.utime(source, (OLD, OLD))
    for number in range(count):
        path = folder / f"{number // A_FOLDER:04d}" / f"{number:07d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        # not all of a folder alike, and no photo with more names than a file system allows
        path.hardlink_to(sources[number % len(sources)])


def run(*words: str) -> tuple[float, float, float, float]:
    """Return CPU seconds, wall seconds, peak MiB and the seconds to the first byte of standard output."""
    started = time.perf_counter()
    with subprocess.Popen([*PROGRAM, *words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        first = time.perf_counter() - started
        while process.stdout.read(1 << 20):
            pass
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss / 1024, first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000)
    count = parser.parse_args().photos
    with tempfile.TemporaryDirectory() as name:
        library = Path(name, "library")
        make_library(library, count)
        os.environ["IQSCORE_CACHE_DIR"] = str(Path(name, "cache"))
        runs = {
            "first `score --hash`": ("score", "--hash"),
            "second `score`, NDJSON": ("score",),
            "second `score`, CSV": ("score", "-f", "csv"),
            "second `rank`, CSV": ("rank", "-f", "csv"),
            "second `rank`, table": ("rank",),
        }
        print(
            f"{count:,} photos\n\n| run | CPU s | wall s | peak MiB | first row, s |\n"
            "| --- | ---: | ---: | ---: | ---: |"
        )
        for title, words in runs.items():
            cpu, wall, memory, first = run(*words, str(library))
            print(f"| {title} | {cpu:.1f} | {wall:.1f} | {memory:.0f} | {first:.1f} |", flush=True)
        size = sum(path.stat().st_size for path in Path(name, "cache").iterdir())
        print(f"\nthe cache takes {size / 1e6:.1f} MB, {size / count:.0f} bytes a photo")


if __name__ == "__main__":
    main()
