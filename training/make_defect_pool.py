"""Make the pool of photos that the defect model learns from, in shards that can be made side by side.

    python -m training.make_defect_pool --data DATA [--voc VOC] [--rated DIR] --pool DIR --shards 0-39
    … --kind tilted --shards 0-49           # for the head that tells tilts alone
    … --kind framed --shards 0-34           # for the head that tells bad crops alone
    … --kind marked --shards 0-7            # photos whose faults people marked, most of them as they are
    … --kind voted --shards 0-0 --kodak DIR --mos FILE   # distortions of TID2013 made again, labelled with its votes

Each shard holds `views` uint8 (samples, 1 + TILES, 224, 224, 3), `severities` (samples, 12), NaN where not known,
`tilt` and `crop` (samples,), what of composition is a tilt or a bad crop, NaN where not known, and `technical`
(samples,). With `--features`, what the int8 network makes of the photos in place of the views: a hundredth of the room,
and what `training.fit_defect_heads` learns from. Photos that are kept for judging (`bases.is_held_out`, half of
Kodak's) are left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from iqscore.records import DEFECTS
from training.bases import CLEAN_TECHNICAL, Base, find_clean_bases, find_marked, is_held_out, make_clean
from training.light import Rng, to_pixels
from training.looks import Arrays, Look, make_look, to_views
from training.photosets import find_examples
from training.samples import WEIGHTS, Sample, make_framed, make_sample, make_tilted
from training.tid2013 import DISTORTIONS, GUESSED, find_cases, find_references, read_votes, to_severity

SHARD = 400
LIKED = 4.5
"""A photo with this rating or a better one is taken to be framed well."""
KINDS = ("spoilt", "marked", "voted", "tilted", "framed")


def find_voted(kodak: Path, table: Path) -> Iterator[Sample]:
    """Yield distortions whose votes are known, labelled by them; series whose direction is a guess are left out."""
    known = {one.name: one.severity for one in DISTORTIONS if one.number not in GUESSED}
    for case in find_cases(find_references(kodak, training=True), read_votes(table)):
        if case.kind in known:
            severity, severities = to_severity(case.truth["mos"]), np.zeros(len(DEFECTS))
            if known[case.kind]:
                severities[DEFECTS.index(known[case.kind])] = severity
            technical = 1 + (CLEAN_TECHNICAL - 1) * (1 - WEIGHTS["noise"] * severity)
            yield Sample(to_pixels(Image.fromarray(case.make())), severities, 0.0, technical)


def write_shard(file: Path, samples: Iterable[Sample], look: Look, rng: Rng) -> None:
    seen, told = [], []
    for sample in samples:
        seen.append(look(sample.photo, rng))
        told.append((sample.severities, sample.tilt, sample.technical, sample.crop))
    names = ("severities", "tilt", "technical", "crop")
    arrays: Arrays = {
        name: np.array(column, np.float32) for name, column in zip(names, zip(*told, strict=True), strict=True)
    }
    arrays |= {name: np.stack([one[name] for one in seen]) for name in seen[0]}
    np.savez(file.with_suffix(".part.npz"), **arrays)  # type: ignore[arg-type]  # none is named as an option
    file.with_suffix(".part.npz").rename(file)


def list_clean(args: argparse.Namespace) -> list[Base]:
    """Return the clean photos that may train; they are looked for once and listed in the pool."""
    table = args.pool / "clean.txt"
    if not table.exists():
        found = find_clean_bases(find_examples(args.data, args.voc, args.rated), held_out=False)
        paths = [str(base.path) for base in found]
        table.write_text("\n".join(paths), encoding="utf-8")
    return [make_clean(Path(line)) for line in table.read_text(encoding="utf-8").splitlines()]


def list_framed(args: argparse.Namespace) -> list[Base]:
    """Return the photos that may train and that people would like well enough, in whatever light."""
    found = find_examples(args.data, args.voc, args.rated)
    liked = (example.path for example in found if example.domain == "photos" and example.mean >= LIKED)
    return [make_clean(path) for path in liked if not is_held_out(path)]


def list_marked(args: argparse.Namespace) -> list[Base]:
    return [base for base in find_marked(args.marked) if not is_held_out(base.path)]


def find_samples(args: argparse.Namespace, rng: Rng) -> Iterator[Sample]:
    """Yield samples of the kind asked for: of votes as many as there are, of the others as many as a shard holds."""
    if args.kind == "voted":
        yield from find_voted(args.kodak, args.mos)
        return
    bases = {"marked": list_marked, "framed": list_framed}.get(args.kind, list_clean)(args)
    make = {"tilted": make_tilted, "framed": make_framed}.get(args.kind, make_sample)
    print(len(bases), "bases", flush=True)
    for place in rng.choice(len(bases), SHARD):
        yield make(bases[place], rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, default="spoilt")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--voc", type=Path)
    parser.add_argument("--rated", type=Path, action="append", default=[], help="folder of galleries with ratings.csv")
    parser.add_argument("--marked", type=Path, action="append", default=[], help="folder with defects.csv")
    parser.add_argument("--kodak", type=Path)
    parser.add_argument("--mos", type=Path)
    parser.add_argument("--pool", type=Path, required=True)
    parser.add_argument("--shards", default="0-9", help="first-last; votes need one, 0-0")
    parser.add_argument("--features", type=Path, help="features of training.export, whose output is kept")
    args = parser.parse_args()
    args.pool.mkdir(parents=True, exist_ok=True)
    look = make_look(args.features) if args.features else to_views
    first, last = map(int, args.shards.split("-"))
    for number in range(first, last + 1):
        file = args.pool / f"{args.kind}_{number:03d}.npz"
        if not file.exists():
            rng = np.random.default_rng([KINDS.index(args.kind), number])
            write_shard(file, find_samples(args, rng), look, rng)
            print(file.name, flush=True)


if __name__ == "__main__":
    main()
