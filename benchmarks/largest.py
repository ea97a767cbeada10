"""The peak of memory for the largest photos that are read, of each kind and of all together, by default settings.

python -m benchmarks.largest
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pillow_jxl  # noqa: F401 - registers JPEG XL with Pillow
from PIL import Image, TiffImagePlugin

from tests.tiffs import make_dng

COLOUR = (90, 140, 60, 200)
Write = Callable[[Path], None]


def _save(side: int, mode: str = "RGB", **options: Any) -> Write:
    return lambda path: Image.new(mode, (side, side), COLOUR[: len(mode)]).save(path, **options)


def _save_dng(side: int) -> Write:
    def write(path: Path) -> None:
        path.write_bytes(make_dng(np.full((side, side, 3), 99, np.uint8)))

    return write


PHOTOS: Mapping[str, Write] = {
    "rgb.png": _save(14_100, compress_level=1),
    "alpha.png": _save(9_980, "RGBA", compress_level=1),
    "progressive.jpg": _save(11_000, progressive=True, subsampling=0),
    "one_strip.tif": _save(8_100, "RGBA", compression="tiff_lzw"),
    "lossy.webp": _save(7_050, method=0),
    "lossless.webp": _save(6_300, lossless=True, method=0),
    "lossy.jxl": _save(7_050, effort=1),
    "lossless.jxl": _save(7_050, lossless=True, effort=1),
    "mosaic.dng": _save_dng(8_100),
    "plain.avif": _save(9_980, speed=10),
}
"""Just below the limits of their kinds; HEIC is left out, as none of that size can be made in reasonable time."""


def measure(paths: list[Path]) -> tuple[float, int]:
    """Return the peak in MiB of scoring photos, and how many were scored."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        command = [
            sys.executable,
            "-m",
            "iqscore",
            "score",
            *map(str, paths),
            "-q",
            "--no-cache",
            "--time-limit",
            "600",
        ]
        ended = subprocess.run(command, capture_output=True, check=False)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        scored = ended.stdout.count(b'"status":"ok"')
        os.write(writer, f"{peak} {scored}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    said = os.read(reader, 100).decode().split()
    return float(said[0]), int(said[1])


def main() -> None:
    """Print a table."""
    TiffImagePlugin.STRIP_SIZE = 1 << 31
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in PHOTOS]
        for path, write in zip(paths, PHOTOS.values(), strict=True):
            write(path)
        print("| photo | scored | peak MiB |\n| --- | ---: | ---: |")
        for name, some in [*((path.name, [path]) for path in paths), ("all together", paths)]:
            peak, scored = measure(some)
            print(f"| {name} | {scored} of {len(some)} | {peak:.0f} |", flush=True)


if __name__ == "__main__":
    main()
