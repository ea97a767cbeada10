"""iqscore as people call it, beside the least that its models need and beside other programs, on the same photos.

    python -m benchmarks.throughput [--photos 20] [--megapixels 12 24 48] [--kinds baseline progressive 4:4:4]
                                    [--runs 3] [--peers PYTHON …]

Photos are generated. Every figure is a median of runs that take turns; what is measured is the process, by its CPU
seconds, which other work on the machine hardly changes, and by wall time. `iqscore score FOLDER --no-cache -o FILE` is
run over all photos and over one, whose difference is the steady state. `--peers` names Python interpreters whose
environments have tensorflow, cleanvision or opencv: what none of them has is left out, and that is said. Linux only.
The last line is a JSON object with all figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.workers import WORKERS
from iqscore.bench import make_image

ROOT = Path(__file__).parent.parent
KINDS: dict[str, dict[str, Any]] = {
    "baseline": {},
    "progressive": {"progressive": True},
    "4:4:4": {"subsampling": 0},
}
QUALITY = 92
IQSCORE = "iqscore"
Figures = dict[str, float]


def write_photos(folder: Path, megapixels: float, kind: str, count: int) -> float:
    """Write JPEG files; return their mean size in MB."""
    folder.mkdir(parents=True)
    for number in range(count):
        make_image(megapixels, number).save(folder / f"{number:03d}.jpg", quality=QUALITY, **KINDS[kind])
    return statistics.mean(path.stat().st_size for path in folder.iterdir()) / 1e6


def call(command: Sequence[str], folder: Path) -> tuple[float, float, bytes]:
    """Return the seconds of CPU and wall time of a process, and what it said; CalledProcessError where it fails."""
    environment = os.environ | {"PYTHONPATH": os.fspath(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    began, before = time.perf_counter(), os.times()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, wall, ended.stdout


def measure_iqscore(folder: Path, count: int) -> Figures:
    """Run the program over all photos and over the first."""
    program = [sys.executable, "-m", "iqscore", "score", "--no-cache", "-q", "-o", str(folder.with_suffix(".csv"))]
    cpu, wall, _ = call([*program, str(folder)], folder.parent)
    one_cpu, one_wall, _ = call([*program, str(folder / "000.jpg")], folder.parent)
    share = count / max(1, count - 1)
    return {
        "start_cpu": one_cpu - (cpu - one_cpu) / max(1, count - 1),
        "start_wall": one_wall - (wall - one_wall) / max(1, count - 1),
        "cpu": (cpu - one_cpu) * share,
        "wall": (wall - one_wall) * share,
    }


def measure_worker(name: str, python: str, folder: Path) -> Figures:
    """Run one of WORKERS under an interpreter that has what it needs."""
    _, _, said = call([python, str(ROOT / "benchmarks" / "workers.py"), name, str(folder)], folder.parent)
    figures: Figures = json.loads(said.splitlines()[-1])
    return figures


def find_peers(pythons: Sequence[str], folder: Path) -> dict[str, str]:
    """Return the interpreter that can run each worker, the first that can; say which nobody can."""
    found = {"bound": sys.executable}
    for name in [name for name in WORKERS if name != "bound"]:
        for python in pythons:
            try:
                measure_worker(name, python, folder)
            except subprocess.CalledProcessError as error:
                reason = error.stderr.decode(errors="replace").strip().splitlines()
                print(f"{name} with {python}: left out ({reason[-1] if reason else error.returncode})", file=sys.stderr)
            else:
                found[name] = python
                break
    return found


def measure_set(folder: Path, count: int, workers: dict[str, str], runs: int) -> dict[str, Figures]:
    """Return the medians of each program over the photos of a folder, a photo's share in milliseconds."""
    measured: dict[str, list[Figures]] = {name: [] for name in (IQSCORE, *workers)}
    for _ in range(runs):
        measured[IQSCORE].append(measure_iqscore(folder, count))
        for name, python in workers.items():
            measured[name].append(measure_worker(name, python, folder))
    return {name: to_median(figures, count) for name, figures in measured.items()}


def to_median(figures: Sequence[Figures], count: int) -> Figures:
    """Return the start in seconds, a photo in milliseconds, and `count` photos, start included, in seconds of CPU."""
    middle = {key: statistics.median(one[key] for one in figures) for key in figures[0]}
    return {
        "start_cpu_s": round(middle["start_cpu"], 3),
        "start_wall_s": round(middle["start_wall"], 3),
        "cpu_ms": round(1000 * middle["cpu"] / count, 2),
        "wall_ms": round(1000 * middle["wall"] / count, 2),
        "all_cpu_s": round(middle["start_cpu"] + middle["cpu"], 3),
    }


def print_set(title: str, measured: dict[str, Figures], count: int) -> None:
    """Print a table of one set; ratios say how many times as much CPU as iqscore a program takes."""
    own = measured[IQSCORE]
    print(f"\n{title}\n")
    print(f"| | CPU ms a photo | of iqscore's | wall ms a photo | start, CPU s | {count} and start, of iqscore's |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for name, one in measured.items():
        ratios = [one[key] / own[key] if own[key] > 0 else float("nan") for key in ("cpu_ms", "all_cpu_s")]
        cells = [f"{one['cpu_ms']:.1f}", f"{ratios[0]:.2f}", f"{one['wall_ms']:.1f}"]
        cells += [f"{one['start_cpu_s']:.2f}", f"{ratios[1]:.2f}"]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12.0, 24.0, 48.0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", nargs="*", default=[sys.executable], metavar="PYTHON")
    args = parser.parse_args()
    if args.photos < 2:
        parser.error("--photos must be 2 or more")
    results: dict[str, object] = {"photos": args.photos, "runs": args.runs, "cores": len(os.sched_getaffinity(0))}
    with tempfile.TemporaryDirectory() as name:
        trial = Path(name, "trial")
        write_photos(trial, 0.1, "baseline", 2)
        workers = find_peers(args.peers, trial)
        for megapixels in args.megapixels:
            for kind in args.kinds:
                folder = Path(name, f"{megapixels:g}-{kind.replace(':', '')}")
                size = write_photos(folder, megapixels, kind, args.photos)
                measured = measure_set(folder, args.photos, workers, args.runs)
                print_set(f"{megapixels:g} MP, {kind}, {size:.1f} MB a file", measured, args.photos)
                results[f"{megapixels:g} MP {kind}"] = measured
                for path in folder.iterdir():
                    path.unlink()
    print(f"\n{json.dumps(results)}")


if __name__ == "__main__":
    main()
