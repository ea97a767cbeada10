"""Views of many photos in their own aspect, read once and kept on disk, drawn as batches of one shape."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.nn import functional

from iqscore.cards import Views
from iqscore.decode import decode_photo
from iqscore.preprocess import Pixels, to_view_size, to_views, trim_border
from training.networks import DEVICE, to_input

VIEWS = Views(size=224, tiles=0, long_side=1500, keep_aspect=True)
MARGIN = 9 / 8
"""Views to crop from are larger by this factor; sides are multiples of 32, so that it is exact."""

Index = NDArray[np.int64]


class ViewStore:
    """Two views of each photo: as serving shows it, and one to crop from."""

    def __init__(self, paths: list[Path], file: Path) -> None:
        if not file.with_suffix(".npy").exists():
            _build(paths, file)
        self.shapes: Index = np.load(file.with_suffix(".npy"))  # (photos, 2), height and width
        wide = np.round(self.shapes * MARGIN).astype(np.int64)
        self._sizes = np.stack((self.shapes.prod(1), wide.prod(1)), 1) * 3
        self._starts = np.concatenate(([0], self._sizes.sum(1).cumsum()))
        self._pixels = np.memmap(file.with_suffix(".raw"), np.uint8, "r")

    def get(self, photo: int, wide: bool = False) -> Pixels:
        """Return (height, width, 3) of one photo."""
        start = self._starts[photo] + (self._sizes[photo, 0] if wide else 0)
        height, width = np.round(self.shapes[photo] * (MARGIN if wide else 1)).astype(int)
        return self._pixels[start : start + height * width * 3].reshape(height, width, 3)

    def split(self, index: Index, batch: int, rng: np.random.Generator | None = None) -> list[Index]:
        """Return `index` in parts of at most `batch` photos of one shape, shuffled by `rng`."""
        order = index if rng is None else rng.permutation(index)
        keys = self.shapes[order] @ (10_000, 1)
        parts = [p for k in np.unique(keys) for p in _chop(order[keys == k], batch)]
        if rng is not None:
            rng.shuffle(parts)
        return parts

    def plain(self, part: Index) -> Tensor:
        """Return (photos, 3, height, width) in -1 … 1, exactly as serving shows them."""
        photos = torch.from_numpy(np.stack([self.get(photo) for photo in part]))
        return to_input(photos[:, None]).to(DEVICE, memory_format=torch.channels_last)

    def crop(self, photo: int, rng: np.random.Generator, least: float) -> Tensor:
        """Return (1, 3, height, width) of 0 … 255: a crop of at least `least` of each side, mirrored or not."""
        height, width = (int(side) for side in self.shapes[photo])
        view = self.get(photo, wide=True)
        share = rng.uniform(least, 1.0)
        sides = [max(1, round(side * share)) for side in view.shape[:2]]
        top, left = (int(rng.integers(0, full - side + 1)) for full, side in zip(view.shape[:2], sides, strict=True))
        cut = torch.from_numpy(np.array(view[top : top + sides[0], left : left + sides[1]]))
        cut = functional.interpolate(
            cut.permute(2, 0, 1)[None].float(), (height, width), mode="bilinear", antialias=sides[0] > height
        )
        return cut.flip(3) if rng.random() < 0.5 else cut


def _chop(index: Index, batch: int) -> Iterator[Index]:
    for first in range(0, len(index), batch):
        yield index[first : first + batch]


def _build(paths: list[Path], file: Path) -> None:
    def read(path: Path) -> tuple[tuple[int, int], bytes]:
        pixels = trim_border(decode_photo(str(path)).pixels)
        width, height = to_view_size((pixels.shape[1], pixels.shape[0]), VIEWS)
        large = (round(width * MARGIN), round(height * MARGIN))
        wide = Image.fromarray(pixels).resize(large, Image.Resampling.BILINEAR, reducing_gap=2.0)
        return (height, width), to_views(pixels, VIEWS)[0].tobytes() + wide.tobytes()

    shapes = []
    with file.with_suffix(".part").open("wb") as out, ThreadPoolExecutor() as threads:
        for first in range(0, len(paths), 256):
            for shape, data in threads.map(read, paths[first : first + 256]):
                shapes.append(shape)
                out.write(data)
    file.with_suffix(".part").rename(file.with_suffix(".raw"))
    np.save(file.with_suffix(".npy"), np.array(shapes))
