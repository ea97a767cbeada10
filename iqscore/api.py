"""The library's front door: one photo, whatever it is in, or many from files and folders.

All of it may be called from any number of threads at once, and one Scorer serves them all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from iqscore.errors import PhotoError
from iqscore.in_memory import open_file_of, to_photo
from iqscore.limits import TIME_LIMIT
from iqscore.pipeline import score_all
from iqscore.records import Failure, Outcome, PhotoScore
from iqscore.scorer import Scorer, open_scorer
from iqscore.walk import find_photos

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image

    Picture = str | os.PathLike[str] | bytes | bytearray | memoryview | Image | NDArray[Any]

_opening = Lock()


def score_photo(photo: Picture, *, scorer: Scorer | None = None, name: str | None = None) -> PhotoScore:
    """Return what iqscore says about one photo: a path, the bytes of a file, a Pillow image or a NumPy array.

    >>> from iqscore import score_photo
    >>> photo = score_photo("beach.jpg")
    >>> 0 <= photo.score <= 100, photo.stars in range(1, 6), photo.label
    (True, True, '...')
    >>> from pathlib import Path
    >>> score_photo(Path("beach.jpg").read_bytes()).score == photo.score
    True

    Of an image in memory nothing is changed; an array has (height, width, 3) sRGB values of 8 or 16 bits, or floats
    from 0 to 1, and may have one channel or four. `name` is the record's `path` for what has none ("<bytes>", "<image>"
    or "<array>" by default). Without a `scorer` one is opened at the first call and kept. Raises PhotoError, which
    has a `code`, where the photo cannot be read:

    >>> from iqscore import PhotoError
    >>> try:
    ...     score_photo(b"no photo")
    ... except PhotoError as error:
    ...     print(error.code)
    unrecognised
    """
    scorer = scorer or _get_scorer()
    if isinstance(photo, str | os.PathLike):
        path = os.path.expanduser(os.fspath(photo))  # noqa: PTH111 - keeps the spelling of the rest
        return _to_score(scorer.score(path), name or path)
    if isinstance(photo, bytes | bytearray | memoryview):
        with open_file_of(bytes(photo)) as path:
            return _to_score(scorer.score(path), name or "<bytes>")
    if hasattr(photo, "getexif"):
        return scorer.score_photo(to_photo(photo, name or "<image>"))
    if hasattr(photo, "dtype"):
        return scorer.score_photo(to_photo(photo, name or "<array>"))
    raise TypeError(f"a path, bytes, a Pillow image or a NumPy array is needed, not {type(photo).__name__}")


def _to_score(outcome: Outcome, name: str) -> PhotoScore:
    if isinstance(outcome, Failure):
        raise PhotoError(name, outcome.code, outcome.message)
    return replace(outcome, path=name)


def _get_scorer() -> Scorer:
    # a cache alone would open the models twice where two threads come at once
    with _opening:
        return _open_default()


@lru_cache(1)
def _open_default() -> Scorer:
    return open_scorer()


def score_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    scorer: Scorer | None = None,
    jobs: int | None = None,
    pairs: bool = True,
    ordered: bool = True,
    time_limit: float = TIME_LIMIT,
) -> Iterator[Outcome]:
    """Yield a PhotoScore or a Failure for every photo in files and folders (or in one), in a stable order.

    >>> from iqscore import PhotoScore, score_paths
    >>> for outcome in score_paths(["beach.jpg", "torn.jpg", "shoot"]):
    ...     print(outcome.path, outcome.label if isinstance(outcome, PhotoScore) else outcome.code)
    beach.jpg ...
    torn.jpg truncated
    shoot/dog.png ...

    Photos are decoded and scored in `jobs` threads (one a core by default) a few ahead of the caller; memory does
    not grow with their number. Not `ordered`, each comes as soon as it is done. One that takes longer than `time_limit`
    seconds is a failure. `~` is expanded. With `pairs`, a RAW photo goes along with the JPEG or HEIC of the same
    folder, name and time, as one of its `companions`. Photos of kinds whose library is not installed (JPEG XL, say)
    are left out where they are found, and failures where they are named. Raises ModelError where the models cannot be
    loaded.
    """
    scorer = scorer or open_scorer()
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    # of a source that comes bit by bit nobody knows what will follow
    named = [_expand(path) for path in paths] if isinstance(paths, list | tuple) else []
    inputs: Iterable[str] = named or map(_expand, paths)
    found = find_photos(inputs, pairs=pairs, named=named)
    return score_all(found, scorer.score, jobs, ordered=ordered, time_limit=time_limit)


def _expand(path: str | os.PathLike[str]) -> str:
    return os.path.expanduser(os.fspath(path))  # noqa: PTH111 - keeps the spelling of the rest
