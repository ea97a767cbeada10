"""What photos tell of an imported model: how it differs from itself in float32, and from the shipped one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from iqscore.cards import Card, Views
from iqscore.decode import decode_photo
from iqscore.errors import PhotoError, UsageError
from iqscore.importing.nima import MARKS
from iqscore.preprocess import Pixels, to_views
from iqscore.session import OnnxSession, Session
from iqscore.walk import find_photos

MOST = 160
"""Photos that are looked at."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Mean marks of the same photos, a row for each photo."""

    own: tuple[float, ...]
    """Of the imported model as it is written, int8."""
    exact: tuple[float, ...]
    """Of the same in float32."""
    shipped: tuple[float, ...]

    @property
    def difference(self) -> float:
        """Mean absolute difference of the marks in int8 and in float32."""
        return float(np.abs(np.subtract(self.own, self.exact)).mean())


def compare(folder: Path, own: bytes, exact: bytes, views: Views, shipped: Card) -> Comparison:
    """Show photos of a folder to an imported model, in int8 and float32, and to the shipped one.

    Raises UsageError where none of them can be read.
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="iqscore-") as scratch:
        sessions = [_open(own, Path(scratch) / "int8.onnx"), _open(exact, Path(scratch) / "float32.onnx")]
        judges = [*((session, views) for session in sessions), (OnnxSession(shipped.file, "cpu"), shipped.views)]
        for pixels in _decode_some(folder):
            rows.append([_to_mean(session, pixels, shown) for session, shown in judges])
    if not rows:
        raise UsageError(f"{folder}: no photo in it can be read; name another folder with --photos")
    return Comparison(*(tuple(column) for column in zip(*rows, strict=True)))


def _open(model: bytes, file: Path) -> Session:
    file.write_bytes(model)
    return OnnxSession(file, "cpu")


def _decode_some(folder: Path) -> Iterator[Pixels]:
    """Yield the pixels of at most MOST photos, spread evenly over the folder, without those that cannot be read."""
    paths = [path for path in find_photos([str(folder)]) if isinstance(path, str)]
    for place in np.unique(np.linspace(0, len(paths) - 1, min(MOST, len(paths))).round().astype(int)):
        try:
            yield decode_photo(paths[place]).pixels
        except PhotoError:
            continue


def _to_mean(session: Session, pixels: Pixels, views: Views) -> float:
    (histogram,) = session.run(to_views(pixels, views)[None])
    return float(histogram[0] @ np.arange(1, MARKS + 1))
