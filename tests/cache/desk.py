"""Photos that are scored with a cache, run after run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from iqscore.cache import open_store
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from tests.seeing import SeeingRuntime


class Desk:
    """Scores photos with a cache, as run after run would, and counts what each has to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.decoded: list[str] = []
        self.runs: Counter[str] = Counter()

    def score(self, *paths: Path, hashing: bool = False, models: Path | None = None) -> list[PhotoScore]:
        """Return what one run says."""
        runtime = SeeingRuntime()
        self.decoded.clear()
        with open_store(pytest.fail) as store:
            scorer = open_scorer("cpu", models=models, open_session=runtime.open, store=store, hashing=hashing)
            outcomes = [scorer.score(str(path)) for path in paths]
        self.runs = runtime.runs
        assert scorer.remembered == len(paths) - len(self.decoded)
        return [outcome for outcome in outcomes if isinstance(outcome, PhotoScore)]
