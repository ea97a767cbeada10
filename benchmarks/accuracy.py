"""Print every table of the README about accuracy, one after the other, from the shipped files.

    python -m benchmarks.accuracy --data DATA [--voc VOC] [--rated DIR] [--marked DIR] [--unseen DIR] [--photos DIR]
        [--pretrained FILE.tflite --runs DIR [--second FILE.tflite]] [--clean DIR --kodak DIR --mos FILE]

Whatever has no folder is left out, and said to be. The tables of the aesthetic recipe need `--pretrained` and `--runs`:
photos that trained cannot judge, so the recipe is run five times more (hours), or read from `--runs` where it was.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path


def list_tables(args: argparse.Namespace) -> dict[str, list[str] | None]:
    """Return by title the module and the words of its command line, or None where a folder is missing."""
    data = ["--data", str(args.data)]
    rated = [word for folder in args.rated for word in ("--rated", str(folder))]
    voc = ["--voc", str(args.voc)] if args.voc else []
    start = ["--pretrained", str(args.pretrained), "--runs", str(args.runs)]
    second = ["--second", str(args.second)] if args.second else []
    given = [name for name in ("clean", "kodak", "mos") if getattr(args, name)]
    synthetic = [word for name in given for word in (f"--{name}", str(getattr(args, name)))]
    views = [word for folder in (args.data / "photos_view", *args.marked) for word in ("--view", str(folder))]
    real = ["--real", str(args.data / "real_defects"), *views]
    return {
        "Aesthetics, on photos that did not train": (
            ["training.evaluate_aesthetic", *data, *voc, *rated, *start, "--beside", *second]
            if args.pretrained and args.runs
            else None
        ),
        "Aesthetics, on rated photos of galleries that never trained": (
            [
                "training.evaluate",
                "--photos",
                str(args.unseen),
                "--ratings",
                str(args.unseen / "ratings.csv"),
                "--group",
                "folder",
            ]
            if args.unseen
            else None
        ),
        "Does the aesthetic mark hold still?": (
            ["training.check_stability", "--photos", str(args.photos), "--count", "400"] if args.photos else None
        ),
        "Defects, spoilt in plain ways": ["training.check_defects", *data, *rated],
        "Defects, real and synthetic": ["training.evaluate_defects", *synthetic, *real],
    }


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, required=True, help="photos_small/, photos_view/, rated_tiles/, real_defects/"
    )
    parser.add_argument("--rated", type=Path, action="append", default=[], help="folder of galleries with ratings.csv")
    parser.add_argument("--marked", type=Path, action="append", default=[], help="more folders with defects.csv")
    parser.add_argument("--unseen", type=Path, help="galleries with ratings.csv that never trained")
    parser.add_argument("--photos", type=Path, help="photos whose marks should hold still")
    for name in ("voc", "pretrained", "second", "runs", "clean", "kodak", "mos"):
        parser.add_argument(f"--{name}", type=Path)
    return parser


def main() -> None:
    args = build_parser().parse_args()
    status = 0
    for title, words in list_tables(args).items():
        print(f"\n## {title}\n", flush=True)
        if words is None:
            print("left out: a folder that it needs was not named")
        else:
            status = max(status, subprocess.run([sys.executable, "-m", *words], check=False).returncode)
    sys.exit(status)


if __name__ == "__main__":
    main()
