"""The library's front door for many photos."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from iqscore.pipeline import score_all
from iqscore.records import Outcome
from iqscore.scorer import Scorer, open_scorer
from iqscore.walk import find_photos


def score_paths(
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    scorer: Scorer | None = None,
    jobs: int | None = None,
    pairs: bool = True,
) -> Iterator[Outcome]:
    """Yield a PhotoScore or a Failure for every photo in files and folders (or in one), in a stable order.

    Photos are decoded and scored in `jobs` threads (one a core by default) a few ahead of the caller; memory does
    not grow with their number. `~` is expanded. With `pairs`, a RAW photo goes along with the JPEG or HEIC of the
    same folder, name and time, as one of its `companions`. RAW, HEIC and JPEG XL photos, which are not read yet, are
    left out where they are found, and failures where they are named. Raises ModelError where the models cannot be
    loaded.
    """
    scorer = scorer or open_scorer()
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    # of a source that comes bit by bit nobody knows what will follow
    named = [_expand(path) for path in paths] if isinstance(paths, list | tuple) else []
    inputs: Iterable[str] = named or map(_expand, paths)
    return score_all(find_photos(inputs, pairs=pairs, named=named), scorer.score, jobs)


def _expand(path: str | os.PathLike[str]) -> str:
    return os.path.expanduser(os.fspath(path))  # noqa: PTH111 - keeps the spelling of the rest
