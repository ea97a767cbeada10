"""A cache in a place of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqscore.cache import NAME, VARIABLE


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the cache will be."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept" / "here"))
    return tmp_path / "kept" / "here" / NAME


@pytest.fixture
def told() -> list[str]:
    """Return what is told of the cache."""
    return []
