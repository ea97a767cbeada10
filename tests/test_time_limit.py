"""`--time-limit`, wherever a photo may take too long, and `time_limit` of the library."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from iqscore import Failure, Scorer, score_paths
from iqscore.records import Outcome
from tests.program import FAKE, run, touch
from tests.samples import make_photo


class SlowScorer(Scorer):
    """Takes half a second for a photo, without a model."""

    def __init__(self) -> None:
        self.models = {}
        self.device = "cpu"

    def score(self, path: str) -> Outcome:
        """Return a made-up outcome."""
        time.sleep(0.5)
        return make_photo(path)


@pytest.mark.parametrize("command", ["rank", "score", "check", "explain", "rate --dry-run"])
def test_a_slow_photo_is_given_longer(command: str, tmp_path: Path) -> None:
    touch(f"{tmp_path}/slow-90.jpg")
    ended = run(*command.split(), "slow-90.jpg", "--time-limit", "0.1", program=FAKE, cwd=tmp_path)
    assert ended.status == 3, ended.stderr
    assert "given up after 0.1 seconds; " in ended.stderr
    ended = run(*command.split(), "slow-90.jpg", "--time-limit", "300", program=FAKE, cwd=tmp_path)
    assert ended.status == 0, ended.stderr


def test_the_library_has_it_too(tmp_path: Path) -> None:
    touch(f"{tmp_path}/a.jpg")
    (failure,) = score_paths(tmp_path / "a.jpg", scorer=SlowScorer(), time_limit=0.1)
    assert isinstance(failure, Failure)
    assert failure.code == "timeout"
    (photo,) = score_paths(tmp_path / "a.jpg", scorer=SlowScorer(), time_limit=300)
    assert photo == make_photo(str(tmp_path / "a.jpg"))
