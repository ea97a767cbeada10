"""Fit what tells graphics from photos, `models/kind.json`, and say how well it does on files that did not fit it.

    python -m training.fit_kind --photos FOLDER… --graphics FOLDER… [--test-photos FOLDER…] [--test-graphics FOLDER…]
        [--every N] [--kept FOLDER] [--out models/kind.json]

Photos and graphics are read as iqscore reads them. The threshold is the log odds that one photo in a thousand reaches,
each judged by a fit that left it out. Test folders are reported one by one, and fit nothing. A
`ratings.csv` with a column `graphic` beside photos takes those out that a rater took for graphics.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.model_selection import cross_val_predict
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iqscore.decode import decode_photo
from iqscore.errors import PhotoError
from iqscore.formats import is_photo_name
from iqscore.kind import FEATURES, Weights, to_features, to_log_odds

FALSE_ALARMS = 0.001
UNITS = 12
Array = NDArray[np.float64]


def find_files(folder: Path) -> list[Path]:
    """Return the pictures below a folder but those that a rating says are graphics."""
    graphics: set[Path] = set()
    for table in folder.rglob("ratings.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row.get("graphic") == "1"]
        graphics |= {table.parent / row["file"] for row in rows}
    return [path for path in sorted(folder.rglob("*")) if is_photo_name(path.name) and path not in graphics]


def read_features(path: Path) -> Array | None:
    """Return the features of a file, None where it cannot be read."""
    try:
        return to_features(decode_photo(str(path)).pixels)
    except PhotoError:
        return None


def read_folder(folder: Path, every: int, kept: Path | None) -> tuple[Array, list[str]]:
    """Return the features of the files in a folder, and the files; from `kept` where an earlier run read them."""
    cache = None if kept is None else kept / f"{'-'.join(folder.parts[-2:]).strip('/')}-{every}.npz"
    if cache is not None and cache.exists():
        with np.load(cache) as stored:
            return stored["features"], stored["paths"].tolist()
    found = [(str(path), read_features(path)) for path in find_files(folder)[::every]]
    paths = [path for path, features in found if features is not None]
    features = np.array([features for _, features in found if features is not None])
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, features=features, paths=np.array(paths))
    return features, paths


def read_all(folders: list[Path], every: int, kept: Path | None) -> tuple[Array, list[str]]:
    """Return the features of all files in folders, and the files."""
    parts = [read_folder(folder, every, kept) for folder in folders]
    return np.vstack([features for features, _ in parts]), [path for _, paths in parts for path in paths]


def make_classifier() -> object:
    return make_pipeline(StandardScaler(), MLPClassifier((UNITS,), "tanh", alpha=0.03, max_iter=600, random_state=1))


def fit(photos: Array, graphics: Array) -> tuple[Weights, Array, Array]:
    """Return weights, and the log odds of each photo and graphic by a fit that left it out."""
    x = np.vstack([photos, graphics])
    y = np.repeat([0, 1], [len(photos), len(graphics)])
    odds = to_odds(cross_val_predict(make_classifier(), x, y, cv=5, method="predict_proba")[:, 1])
    left_out = odds[: len(photos)], odds[len(photos) :]
    threshold = float(np.quantile(left_out[0], 1 - FALSE_ALARMS))
    pipe = make_classifier().fit(x, y)  # type: ignore[attr-defined]
    scaler, network = pipe[0], pipe[1]
    weights = Weights(
        mean=scaler.mean_,
        scale=scaler.scale_,
        hidden=network.coefs_[0],
        hidden_bias=network.intercepts_[0],
        output=network.coefs_[1][:, 0],
        output_bias=float(network.intercepts_[1][0]),
        threshold=threshold,
    )
    return weights, *left_out


def to_odds(shares: Array) -> Array:
    clipped = np.clip(shares, 1e-12, 1 - 1e-12)
    return np.log(clipped / (1 - clipped))


def report(name: str, odds: Array, weights: Weights, paths: list[str], *, wanted: bool) -> None:
    """Print how many files of a set are taken for graphics, and the photos that are."""
    taken = odds >= weights.threshold
    print(f"| {name} | {len(odds):,} | {taken.sum():,} | {100 * taken.mean():.2f} % |")
    for path, is_graphic in zip(paths, taken, strict=True):
        if is_graphic != wanted:
            print(f"    {path}")


def measure_milliseconds() -> float:
    """Return what it costs for a photo of the largest view."""
    coarse = np.random.default_rng(1).integers(0, 256, (200, 300, 3), np.uint8)
    pixels = np.asarray(Image.fromarray(coarse).resize((2999, 2000), Image.Resampling.BICUBIC))
    started = time.process_time()
    for _ in range(50):
        to_features(pixels)
    return 20 * (time.process_time() - started)


def to_json(weights: Weights, facts: Mapping[str, object]) -> str:
    rounded = {name: np.round(getattr(weights, name), 5).tolist() for name in Weights.__dataclass_fields__}
    return json.dumps(
        {"made_by": "python -m training.fit_kind", **facts, "features": FEATURES, "weights": rounded}, indent=1
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", nargs="+", type=Path, required=True)
    parser.add_argument("--graphics", nargs="+", type=Path, required=True)
    parser.add_argument("--test-photos", nargs="*", type=Path, default=[])
    parser.add_argument("--test-graphics", nargs="*", type=Path, default=[])
    parser.add_argument("--every", type=int, default=1, help="take only every Nth photo")
    parser.add_argument("--kept", type=Path, help="a folder where features are kept for the next run")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    photos, photo_paths = read_all(args.photos, args.every, args.kept)
    graphics, graphic_paths = read_all(args.graphics, 1, args.kept)
    weights, photo_odds, graphic_odds = fit(photos, graphics)
    print("| set | files | taken for graphics | |\n| --- | ---: | ---: | ---: |")
    report("photos, each left out of the fit", photo_odds, weights, photo_paths, wanted=False)
    report("graphics, each left out of the fit", graphic_odds, weights, graphic_paths, wanted=True)
    for folders, wanted, every in ((args.test_photos, False, args.every), (args.test_graphics, True, 1)):
        for folder in folders:
            features, paths = read_folder(folder, every, args.kept)
            odds = np.array([to_log_odds(row, weights) for row in features])
            report(folder.name, odds, weights, paths, wanted=wanted)
    print(f"{measure_milliseconds():.2f} ms a photo")
    if args.out:
        facts = {"photos": len(photos), "graphics": len(graphics)}
        args.out.write_text(to_json(weights, facts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
