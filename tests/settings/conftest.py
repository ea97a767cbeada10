"""A home with settings, and the plans that come of them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from iqscore.plan import Plan


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that holds user/, the user's settings, and work/photos/, the current folder."""
    (tmp_path / "work" / "photos").mkdir(parents=True)
    (tmp_path / "user" / "iqscore").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path / "work" / "photos")
    return tmp_path


def keep(kept: list[Plan], plan: Plan) -> int:
    kept.append(plan)
    return 0


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Return the list that the plan of each run is put into instead of being run."""
    kept: list[Plan] = []
    for name in ("run_rank", "run_score"):
        monkeypatch.setattr(f"iqscore.run.{name}", partial(keep, kept))
    return kept
