"""Folders of photos that are rated, and journals of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iqscore.journal import Journal, open_journal
from tests.pictures import make_scene, to_bytes
from tests.rating.shoot import STARS


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return an empty folder; nothing of ours may be left there but photos and sidecars."""
    photos = tmp_path / "photos"
    photos.mkdir()
    yield photos
    assert [entry.name for entry in photos.iterdir() if entry.name.startswith(".")] == []


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """Return an open journal."""
    with open_journal(str(tmp_path / "journal.ndjson")) as journal:
        yield journal


@pytest.fixture
def shoot(desk: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder with four photos; journals have a place of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for score in STARS:
        (desk / f"rose-{score}.jpg").write_bytes(to_bytes(make_scene(score, 96, 64), "JPEG"))
    return desk
