"""Folders that tests run the program in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.program import ODD_VARIABLES, FakeScorer, touch

# a busy machine must not decide whether a test passes
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _nothing_at_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    base = tmp_path_factory.getbasetemp()
    for name in [name for name in os.environ if name.startswith("IQSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("IQSCORE_CACHE_DIR", str(base / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(base / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(base / "config"))
    monkeypatch.setenv("APPDATA", str(base / "config"))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, an empty one; a FakeScorer stands in for the models."""
    monkeypatch.chdir(tmp_path)
    for name in ODD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("iqscore.run.open_scorer", lambda device, **_: FakeScorer())
    return tmp_path


@pytest.fixture
def shoot(desk: Path) -> Path:
    """Return the same folder with four photos and a broken one."""
    touch("a-40.jpg", "b-90.jpg", "bad.jpg", "c-10.jpg", "d-65.jpg")
    return desk


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, an empty one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
