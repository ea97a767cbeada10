"""What a shard of training keeps of a photo: its views, or what the int8 network makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from iqscore import preprocess
from iqscore.cards import Views
from training.light import Pixels, Rng, to_image

SERVED = Views(size=224, tiles=5, long_side=1500)
TILES = 3

Arrays = dict[str, NDArray[Any]]
Look = Callable[[Pixels, Rng], Arrays]


def to_views(photo: Pixels, rng: Rng) -> Arrays:
    """Return the whole view and TILES of the serving tiles, drawn at random."""
    views = preprocess.to_views(np.asarray(to_image(photo)), SERVED)
    tiles = 1 + rng.choice(SERVED.tiles, TILES, replace=False)
    return {"views": views[np.concatenate([[0], tiles])]}


def make_look(model: Path) -> Look:
    """Return what runs the int8 features of `training.export` on all views that are served."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(model), options)

    def look(photo: Pixels, rng: Rng) -> Arrays:
        views = preprocess.to_views(np.asarray(to_image(photo)), SERVED)
        fixed, tiles = session.run(None, {"views": views[None]})
        return {"fixed": fixed[0].astype(np.float16), "tiles": tiles[0].astype(np.float16)}

    return look
