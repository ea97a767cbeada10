"""What `iqscore score` makes of thousands of hostile, odd and broken files.

    python -m benchmarks.robustness FOLDER… [--files 10000] [--seed 1] [--list]

Takes every file below the folders, whatever it is, and makes mutants of those that begin as photos do (cut short, bits
flipped, bytes zeroed, doubled or left out) until there are as many files as asked for. All are named to `iqscore
score`, twice: each must have exactly one row, in order, with no `internal` error; between two rows no more than 20
seconds pass, of the processor's time, so that other work on the machine does not count; memory stays under 1.2 GB;
nothing on standard error looks like a traceback; both runs say the same to the byte and end with the same exit status.
Ends with 1 where one of that does not hold. Linux only: memory and time are read from /proc.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from iqscore.formats import HEAD_BYTES, to_format

PROGRAM = [sys.executable, "-c", "from iqscore.__main__ import main; main()"]
LONGEST_SECONDS = 20.0
MOST_MIB = 1.2e9 / 2**20
LARGEST_SOURCE = 2 << 20
"""Bytes of the largest file that mutants are made of."""
POLL_SECONDS = 0.05


@dataclass
class Run:
    """What one run came to."""

    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Of each kind of file, how many were scored, and how many failed by code."""
    troubles: list[str] = field(default_factory=list)
    digest: str = ""
    exit_status: int = 0
    seconds: float = 0.0
    longest_wait: float = 0.0
    """Seconds between two rows."""
    most_work: float = 0.0
    """The same by the processor's time, of all threads."""
    waited_for: str = ""
    peak_mib: float = 0.0


def find_files(folders: list[Path]) -> list[Path]:
    """Return the files below folders, links left out, without repetition of contents."""
    seen: set[bytes] = set()
    files = []
    for path in sorted(path for folder in folders for path in folder.rglob("*") if ".git" not in path.parts):
        if path.is_file() and not path.is_symlink():
            digest = hashlib.sha256(path.read_bytes()).digest()
            files += [] if digest in seen else [path]
            seen.add(digest)
    return files


def make_mutants(sources: list[Path], count: int, folder: Path, seed: int) -> Iterator[Path]:
    """Yield files that were photos once."""
    chance = random.Random(seed)
    usable = [path for path in sources if path.stat().st_size <= LARGEST_SOURCE and get_kind(path) != "other"]
    for number in range(count if usable else 0):
        source = usable[number % len(usable)]
        path = folder / f"{number:06d}{source.suffix.lower()}"
        path.write_bytes(mutate(source.read_bytes(), chance))
        yield path


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Return data as an old card, a broken download or an attacker leaves it."""
    for _ in range(chance.choice([1, 1, 2, 5])):
        at = int(len(data) * chance.random() ** chance.choice([1, 4]))
        length = chance.choice([1, 4, 64, 4096])
        kind = chance.randrange(5)
        if kind == 0:
            data = data[: max(at, 1)]
        elif kind == 1:
            data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :] if at < len(data) else data
        elif kind == 2:
            data = data[:at] + bytes(min(length, len(data) - at)) + data[at + length :]
        elif kind == 3:
            data = data[: at + length] + data[at:]
        else:
            data = data[:at] + data[at + length :]
        data = data or b"\0"
    return data


def get_kind(path: Path) -> str:
    with path.open("rb") as file:
        return to_format(file.read(HEAD_BYTES)) or "other"


def get_work(process: subprocess.Popen[bytes]) -> float:
    """Return the seconds that all threads of a program have had a processor, 0 once it has ended."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (OSError, ValueError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def watch_memory(process: subprocess.Popen[bytes], run: Run) -> None:
    while process.poll() is None:
        try:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        except OSError:
            return
        sizes = [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
        run.peak_mib = max([run.peak_mib, *sizes])
        time.sleep(POLL_SECONDS)


def score(files: list[Path], names: Path, talk: Path) -> Run:
    """Score all files, and look at every row as it comes."""
    run, digest = Run(), hashlib.sha256()
    command = [*PROGRAM, "score", "--no-cache", "-q", "--files-from", str(names), "-0"]
    started = last = time.monotonic()
    worked = 0.0
    with talk.open("wb") as stderr, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr) as process:
        watcher = Thread(target=watch_memory, args=(process, run), daemon=True)
        watcher.start()
        assert process.stdout is not None
        rows = 0
        for line in process.stdout:
            now, work = time.monotonic(), get_work(process)
            path = str(files[rows]) if rows < len(files) else "nothing"
            # models are loaded before the first row
            if rows:
                run.longest_wait = max(run.longest_wait, now - last)
                if work - worked > run.most_work:
                    run.most_work, run.waited_for = work - worked, path
            last, worked = now, work
            digest.update(line)
            look_at(json.loads(line), path, run)
            rows += 1
        watcher.join()
    run.exit_status, run.digest, run.seconds = process.returncode, digest.hexdigest(), time.monotonic() - started
    if rows != len(files):
        run.troubles.append(f"{rows} rows for {len(files)} files")
    return run


def look_at(record: dict[str, object], path: str, run: Run) -> None:
    """Count a row, and note what no row may say."""
    if record["path"] != path:
        run.troubles.append(f"a row of {record['path']} where {path} was next")
        return
    error = record.get("error")
    code = str(error["code"]) if isinstance(error, dict) else "scored"
    run.statuses[get_kind(Path(path))][code] += 1
    if code == "internal":
        run.troubles.append(f"{path}: {error}")


def check(runs: list[Run], talks: list[Path]) -> list[str]:
    """Return what does not hold."""
    troubles = [trouble for run in runs for trouble in run.troubles]
    for run, talk in zip(runs, talks, strict=True):
        said = talk.read_text(encoding="utf-8", errors="replace")
        troubles += [f"a traceback:\n{said[-2000:]}"] if "Traceback" in said else []
        troubles += [f"{run.waited_for}: {run.most_work:.1f} s"] if run.most_work > LONGEST_SECONDS else []
        troubles += [f"{run.peak_mib:.0f} MiB"] if run.peak_mib > MOST_MIB else []
        troubles += [f"exit status {run.exit_status}"] if run.exit_status not in {0, 3} else []
    first = runs[0]
    for run in runs[1:]:
        if (run.digest, run.exit_status) != (first.digest, first.exit_status):
            troubles.append("two runs differ")
    return troubles


def print_tables(runs: list[Run]) -> None:
    statuses = runs[0].statuses
    codes = sorted({code for counts in statuses.values() for code in counts} - {"scored"})
    print("| " + " | ".join(["begins as", "files", "scored", *codes]) + " |")
    print("| --- |" + " ---: |" * (2 + len(codes)))
    for kind, counts in sorted(statuses.items()):
        cells = [f"{counts[code]:,}" for code in ["scored", *codes]]
        print("| " + " | ".join([kind, f"{counts.total():,}", *cells]) + " |")
    print("\n| run | exit status | seconds | longest wait for a row, s | of that at work, s | peak memory, MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for number, run in enumerate(runs, 1):
        waits = f"{run.longest_wait:.1f} | {run.most_work:.1f}"
        print(f"| {number} | {run.exit_status} | {run.seconds:.0f} | {waits} | {run.peak_mib:.0f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--list", action="store_true", help="say which file was waited for longest")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "mutants").mkdir()
        found = find_files(args.folders)
        files = found + list(make_mutants(found, args.files - len(found), place / "mutants", args.seed))
        names, talks = place / "names", [place / "talk-1", place / "talk-2"]
        names.write_bytes(b"\0".join(os.fsencode(path) for path in files))
        print(f"{len(files):,} files: {len(found):,} as found, {len(files) - len(found):,} mutants\n", flush=True)
        runs = [score(files, names, talk) for talk in talks]
        print_tables(runs)
        troubles = check(runs, talks)
        print("\n" + ("\n".join(troubles) or "one row a file, in order, twice the same"))
        if args.list:
            print(*(f"run {number}: {run.waited_for}" for number, run in enumerate(runs, 1)), sep="\n")
    sys.exit(1 if troubles else 0)


if __name__ == "__main__":
    main()
