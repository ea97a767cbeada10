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
) -> Iterator[Outcome]:
    """Yield a PhotoScore or a Failure for every photo in files and folders (or in one), in a stable order.

    Photos are decoded and scored in `jobs` threads (one a core by default) a few ahead of the caller; memory does
    not grow with their number. `~` is expanded. Photos of kinds whose library is not installed (JPEG XL,
    say) are left out where they are found, and failures where they are named. Raises ModelError where the models
    cannot be loaded.
    """
    scorer = scorer or open_scorer()
    if isinstance(paths, str | os.PathLike):
        paths = [paths]
    inputs = (os.path.expanduser(os.fspath(path)) for path in paths)  # noqa: PTH111 - keeps the spelling of the rest
    return score_all(find_photos(inputs), scorer.score, jobs)
