"""Folders of photos that are rated, and journals of that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iqscore.journal import Journal, open_journal


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
