"""A cache in a place of its own, and photos that are remembered in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqscore.cache import NAME, VARIABLE
from iqscore.decode import Photo, decode_photo
from tests.cache.desk import Desk
from tests.seeing import write_photos


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where the cache will be."""
    monkeypatch.setenv(VARIABLE, str(tmp_path / "kept" / "here"))
    return tmp_path / "kept" / "here" / NAME


@pytest.fixture
def told() -> list[str]:
    """Return what is told of the cache."""
    return []


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    desk = Desk(tmp_path)

    def decode_and_note(path: str) -> Photo:
        desk.decoded.append(Path(path).name)
        return decode_photo(path)

    monkeypatch.setattr("iqscore.scorer.decode_photo", decode_and_note)
    return desk


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photos(tmp_path / "photos", 1)[0]
