"""iqscore as people call it, beside the least that its models need and beside other programs, on the same photos.

    python -m benchmarks.throughput [--photos 20] [--megapixels 12 24 48] [--kinds baseline progressive 4:4:4]
                                    [--runs 5] [--peers PYTHON …] [--peer-runs 3] [--sets FOLDER] [--build]

Photos are generated; with `--sets` they are kept in FOLDER and used again, `--build` makes them and no more. Every
figure is a median of runs that take turns: CPU seconds of the processes, which other work on the machine changes less,
and wall time. `iqscore score FOLDER --no-cache -o FILE` is run over all photos and over one, whose difference is the
steady state. `--peers` names Python interpreters whose environments have tensorflow, cleanvision or opencv: what none
of them has is left out, and that is said; they see the baseline sets alone, CleanVision the first few photos. Linux
only. It prints a table for each set, one of all for the README, and in the last line a JSON object with all figures.
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
from contextlib import nullcontext
from pathlib import Path

from benchmarks.sets import KINDS, build_set

ROOT = Path(__file__).parent.parent
IQSCORE, BOUND, PEERS_KIND = "iqscore", "bound", "baseline"
TITLES = {
    "keras": "Keras NIMA (MobileNet, 224)",
    "cleanvision": "CleanVision",
    "laplacian": "OpenCV, variance of Laplacian",
}
FEW = {"cleanvision": 6}
"""Photos that slow peers see."""
Figures = dict[str, float]


def call(command: Sequence[str], folder: Path) -> tuple[float, float, bytes]:
    """Return the seconds of CPU and wall time of a process, and what it said; CalledProcessError where it fails."""
    environment = os.environ | {"PYTHONPATH": os.fspath(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    began, before = time.perf_counter(), os.times()
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, wall, ended.stdout


def measure_iqscore(folder: Path, count: int, scratch: Path) -> Figures:
    """Run the program over all photos and over the first; return seconds to start, and of one photo."""
    program = [sys.executable, "-m", "iqscore", "score", "--no-cache", "-q", "-o", str(scratch / "scores.csv")]
    cpu, wall, _ = call([*program, str(folder)], scratch)
    one_cpu, one_wall, _ = call([*program, str(folder / "000.jpg")], scratch)
    photo_cpu, photo_wall = (cpu - one_cpu) / (count - 1), (wall - one_wall) / (count - 1)
    return {"start": cpu - count * photo_cpu, "cpu": photo_cpu, "wall": photo_wall}


def measure_worker(name: str, python: str, folder: Path, scratch: Path) -> Figures:
    """Run one of WORKERS under an interpreter that has what it needs; return what measure_iqscore does."""
    few = [str(FEW[name])] if name in FEW else []
    cpu, _, said = call([python, str(ROOT / "benchmarks" / "workers.py"), name, str(folder), *few], scratch)
    own: Figures = json.loads(said.splitlines()[-1])
    return {"start": cpu - own["cpu"], "cpu": own["cpu"] / own["photos"], "wall": own["wall"] / own["photos"]}


def find_peers(pythons: Sequence[str], scratch: Path) -> dict[str, str]:
    """Return the interpreter that can run each peer, the first that can; say which nobody can."""
    trial, found = build_set(scratch, 0.1, PEERS_KIND, 2), {}
    for name in TITLES:
        for python in pythons:
            try:
                measure_worker(name, python, trial, scratch)
            except subprocess.CalledProcessError as error:
                reason = error.stderr.decode(errors="replace").strip().splitlines()
                print(f"{name} with {python}: left out ({reason[-1] if reason else error.returncode})", file=sys.stderr)
            else:
                found[name] = python
                break
    return found


def measure_set(
    folder: Path, count: int, peers: dict[str, str], runs: int, peer_runs: int, scratch: Path
) -> dict[str, Figures]:
    """Return the medians of each program over the photos of a folder, in runs that take turns."""
    measured: dict[str, list[Figures]] = {name: [] for name in (IQSCORE, BOUND, *peers)}
    for run in range(runs):
        measured[IQSCORE].append(measure_iqscore(folder, count, scratch))
        measured[BOUND].append(measure_worker(BOUND, sys.executable, folder, scratch))
        for name, python in peers.items() if run < peer_runs else ():
            measured[name].append(measure_worker(name, python, folder, scratch))
    return {name: to_median(figures, count) for name, figures in measured.items()}


def to_median(figures: Sequence[Figures], count: int) -> Figures:
    """Return a photo in milliseconds, the start, and `count` photos with it, in seconds of CPU."""
    start, cpu, wall = (statistics.median(one[key] for one in figures) for key in ("start", "cpu", "wall"))
    return {
        "start_cpu_s": round(start, 3),
        "cpu_ms": round(1000 * cpu, 2),
        "wall_ms": round(1000 * wall, 2),
        "all_cpu_s": round(statistics.median(one["start"] + count * one["cpu"] for one in figures), 3),
    }


def to_set_table(measured: dict[str, Figures], count: int) -> str:
    """Return the figures of one set as Markdown."""
    lines = [
        f"| | CPU ms a photo | wall ms a photo | start, CPU s | {count} photos and start, CPU s |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, one in measured.items():
        cells = f"{one['cpu_ms']:.1f} | {one['wall_ms']:.1f} | {one['start_cpu_s']:.2f} | {one['all_cpu_s']:.2f}"
        lines.append(f"| {TITLES.get(name, name)} | {cells} |")
    return "\n".join(lines)


def to_summary(sets: dict[tuple[float, str], dict[str, Figures]], count: int) -> str:
    """Return the table of all sets: how many times as much as iqscore the others take, and what it is of the bound."""
    peers = [name for name in TITLES if any(name in measured for measured in sets.values())]
    heads = ["photos", "CPU ms a photo", "photos/s", "of the bound, CPU", "wall", "CPU of baseline"]
    heads += [f"{TITLES[name]}, CPU" for name in peers]
    heads += [f"the same for {count} photos, start included" for name in peers if name == "keras"]
    lines = [f"| {' | '.join(heads)} |", f"| --- | {' | '.join(['---:'] * (len(heads) - 1))} |"]
    for (megapixels, kind), measured in sets.items():
        own, bound = measured[IQSCORE], measured[BOUND]
        baseline = sets.get((megapixels, PEERS_KIND), {}).get(IQSCORE)
        cells = [f"{megapixels:g} MP, {kind}", f"{own['cpu_ms']:.0f}", f"{1000 / own['wall_ms']:.1f}"]
        cells += [f"{bound[key] / own[key]:.2f}" for key in ("cpu_ms", "wall_ms")]
        cells.append(f"{own['cpu_ms'] / baseline['cpu_ms']:.2f}" if baseline else "")
        for name, key in [
            *((name, "cpu_ms") for name in peers),
            *([("keras", "all_cpu_s")] if "keras" in peers else []),
        ]:
            cells.append(f"{measured[name][key] / own[key]:.2f} times" if name in measured else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    args = parse_arguments()
    with tempfile.TemporaryDirectory() as scratch, nullcontext(args.sets or scratch) as name:
        folders = {
            (megapixels, kind): build_set(Path(name).resolve(), megapixels, kind, args.photos)
            for megapixels in args.megapixels
            for kind in args.kinds
        }
        if args.build:
            return
        peers = find_peers(args.peers, Path(scratch))
        sets = {}
        for (megapixels, kind), folder in folders.items():
            here = peers if kind == PEERS_KIND else {}
            measured = measure_set(folder, args.photos, here, args.runs, args.peer_runs, Path(scratch))
            size = statistics.mean(path.stat().st_size for path in folder.iterdir()) / 1e6
            print(
                f"\n{megapixels:g} MP, {kind}, {size:.1f} MB a file\n\n{to_set_table(measured, args.photos)}",
                flush=True,
            )
            sets[megapixels, kind] = measured
    print(f"\nAll of it; peers: how many times as much as iqscore\n\n{to_summary(sets, args.photos)}\n")
    facts = {"photos": args.photos, "runs": args.runs, "cores": len(os.sched_getaffinity(0))}
    print(json.dumps(facts | {f"{megapixels:g} MP {kind}": measured for (megapixels, kind), measured in sets.items()}))


def parse_arguments() -> argparse.Namespace:
    """Return what was typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12.0, 24.0, 48.0])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--peers", nargs="*", default=[sys.executable], metavar="PYTHON")
    parser.add_argument("--peer-runs", type=int, default=3)
    parser.add_argument("--sets", type=Path, metavar="FOLDER")
    parser.add_argument("--build", action="store_true")
    args = parser.parse_args()
    if args.photos < 2 or args.runs < 1 or args.peer_runs < 1:
        parser.error("--photos must be 2 or more, --runs and --peer-runs 1 or more")
    if args.build and not args.sets:
        parser.error("--build needs --sets")
    return args


if __name__ == "__main__":
    main()
