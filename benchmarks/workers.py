"""What `benchmarks.throughput` measures beside iqscore, each in a process of its own that measures itself.

    python benchmarks/workers.py bound|keras|cleanvision|laplacian FOLDER [COUNT]

Prints one JSON object: seconds of CPU and of wall time to get ready (`start_…`) and for the photos of FOLDER, or the
first COUNT of them (`…`), and how many they are.
The peers need their own packages (tensorflow, cleanvision, opencv-python-headless) and nothing of iqscore, so that they
can run in an environment of their own; status 3 says that such a package is missing.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

Run = Callable[[Sequence[str]], None]

VIEW_LONG_SIDE = 1500


def open_bound() -> Run:
    """Return the least that both models need of each photo: read, draft, resize, two sessions, a thread a core."""
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    import onnxruntime
    from PIL import Image

    from iqscore.cards import load_cards
    from iqscore.preprocess import to_view_size

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    cards = load_cards()
    sessions = [onnxruntime.InferenceSession(os.fspath(card.file), options) for card in cards]
    names = [session.get_inputs()[0].name for session in sessions]

    def score(path: str) -> None:
        image = Image.open(path)
        step = max(1, max(image.size) // VIEW_LONG_SIDE)
        image.draft("RGB", (image.width // step, image.height // step))
        photo = image.convert("RGB")
        step = max(photo.size) // VIEW_LONG_SIDE
        photo = photo.reduce(step) if step > 1 else photo
        for card, session, name in zip(cards, sessions, names, strict=True):
            size = card.views.size
            whole = photo.resize(to_view_size(photo.size, card.views), Image.Resampling.BILINEAR, reducing_gap=2.0)
            tiles = [photo.crop((64 * n, 64 * n, 64 * n + size, 64 * n + size)) for n in range(card.views.tiles)]
            session.run(None, {name: np.stack([np.asarray(view) for view in (whole, *tiles)])[None]})

    def run(paths: Sequence[str]) -> None:
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(score, paths))

    return run


def open_keras() -> Run:
    """Return NIMA on a Keras MobileNet as image-quality-assessment runs it; weights do not matter for speed."""
    import numpy as np
    from tensorflow import keras

    base = keras.applications.MobileNet((224, 224, 3), weights=None, include_top=False, pooling="avg")
    marks = keras.layers.Dense(10, activation="softmax")(keras.layers.Dropout(0)(base.output))
    model = keras.Model(base.inputs, marks)
    model.predict(np.zeros((1, 224, 224, 3), np.float32), verbose=0)

    def run(paths: Sequence[str]) -> None:
        for start in range(0, len(paths), 64):
            batch = [
                np.asarray(keras.utils.load_img(path, target_size=(224, 224))) for path in paths[start : start + 64]
            ]
            model.predict(keras.applications.mobilenet.preprocess_input(np.stack(batch).astype(np.float32)), verbose=0)

    return run


def open_cleanvision() -> Run:
    """Return CleanVision with all its issue types but duplicates, which compare photos with each other."""
    from cleanvision import Imagelab

    kinds = ("dark", "light", "odd_aspect_ratio", "low_information", "blurry", "grayscale", "odd_size")

    def run(paths: Sequence[str]) -> None:
        lab: Any = Imagelab(filepaths=list(paths))
        lab.find_issues({kind: {} for kind in kinds}, n_jobs=len(os.sched_getaffinity(0)), verbose=False)

    return run


def open_laplacian() -> Run:
    """Return the variance of the Laplacian of the full photo in grey, the usual blur check of scripts."""
    import cv2

    def run(paths: Sequence[str]) -> None:
        for path in paths:
            cv2.Laplacian(cv2.imread(path, cv2.IMREAD_GRAYSCALE), cv2.CV_64F).var()

    return run


WORKERS = {"bound": open_bound, "keras": open_keras, "cleanvision": open_cleanvision, "laplacian": open_laplacian}


def get_cpu() -> float:
    """Return the seconds of CPU of this process and of those it started and that ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    name, folder, *count = sys.argv[1:]
    photos = sorted(map(str, Path(folder).glob("*.jpg")))[: int(count[0]) if count else None]
    began = time.perf_counter()
    try:
        run = WORKERS[name]()
    except ImportError as error:
        print(error, file=sys.stderr)
        sys.exit(3)
    start_cpu, start_wall = get_cpu(), time.perf_counter() - began
    run(photos)
    cpu, wall = get_cpu() - start_cpu, time.perf_counter() - began - start_wall
    said = {"photos": len(photos), "start_cpu": start_cpu, "start_wall": start_wall, "cpu": cpu, "wall": wall}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
