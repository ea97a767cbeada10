"""Fuzzing of all that iqscore parses itself: metadata, first bytes, sizes and colours, journals, cards, conditions, …

    python -m benchmarks.fuzz [--minutes 60] [--parser NAME] [--findings FOLDER]
    python -m benchmarks.fuzz --parser NAME --replay FILE

Needs `pip install atheris`, which steers by coverage (libFuzzer). The parsers take turns, each with a corpus of its own
that grows; a finding is an exception that is none of iqscore's, a broken promise of the parser, or more than ten
seconds or 2 GB for one input. Findings are kept as files; the exit status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.fuzz_parsers import PARSERS
from benchmarks.fuzz_seeds import find_seeds

SLICE_SECONDS = 60
"""How long a parser has its turn."""
MOST_BYTES = 16_384
CHILD = """
import sys, atheris
with atheris.instrument_imports(include=["iqscore"]):
    from benchmarks.fuzz_parsers import PARSERS
atheris.Setup([sys.argv[0], *sys.argv[2:]], PARSERS[sys.argv[1]])
atheris.Fuzz()
"""
LIMITS = ("-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1", "-verbosity=0")


def fuzz(parser: str, corpus: Path, findings: Path, seconds: int) -> tuple[int, bool]:
    """Fuzz one parser in a process of its own; return how many inputs it had and whether there was a finding."""
    libfuzzer = [
        *LIMITS,
        f"-max_total_time={seconds}",
        f"-max_len={MOST_BYTES}",
        f"-artifact_prefix={findings}/{parser}-",
    ]
    command = [sys.executable, "-c", CHILD, parser, *libfuzzer, str(corpus)]
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    runs = [line.split()[-1] for line in ended.stderr.splitlines() if line.startswith("stat::number_of_executed_units")]
    if ended.returncode:
        print(f"{parser}: a finding\n{ended.stderr[-3000:]}", flush=True)
    return int(runs[0]) if runs else 0, ended.returncode != 0


def fuzz_all(parsers: list[str], minutes: float, findings: Path, corpora: Path) -> int:
    """Fuzz parsers in turns; return how many turns ended in a finding."""
    for parser in parsers:
        (corpora / parser).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(find_seeds(parser)):
            (corpora / parser / f"seed-{number}").write_bytes(seed)
    end, counts, found = time.monotonic() + 60 * minutes, dict.fromkeys(parsers, 0), 0
    turn = int(min(SLICE_SECONDS, max(1, 60 * minutes / len(parsers))))
    while time.monotonic() < end:
        for parser in parsers:
            if time.monotonic() >= end:
                break
            inputs, is_finding = fuzz(parser, corpora / parser, findings, turn)
            counts[parser] += inputs
            found += is_finding
    print("| parser | inputs |\n| --- | ---: |")
    print("\n".join(f"| {parser} | {count:,} |" for parser, count in counts.items()))
    print(f"{sum(counts.values()):,} inputs in {minutes:g} minutes, {found} turns ended in a finding")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--parser", choices=sorted(PARSERS))
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--corpora", type=Path, help="where corpora are kept, so that a later run goes on with them")
    parser.add_argument("--replay", type=Path, help="try one input and show what happens")
    args = parser.parse_args()
    if args.replay:
        PARSERS[args.parser](args.replay.read_bytes())
        return
    args.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        parsers = [args.parser] if args.parser else list(PARSERS)
        sys.exit(1 if fuzz_all(parsers, args.minutes, args.findings, args.corpora or Path(place)) else 0)


if __name__ == "__main__":
    main()
