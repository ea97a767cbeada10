"""A photo that is replaced."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.replacing.photos import OLD


@pytest.fixture
def photo(tmp_path: Path) -> Iterator[Path]:
    """Return a photo in a folder of its own; no other file may be left there."""
    folder = tmp_path / "photos"
    folder.mkdir()
    path = folder / "IMG_1.jpg"
    path.write_bytes(OLD)
    yield path
    folder.chmod(0o700)
    assert [entry.name for entry in folder.iterdir() if ".tmp" in entry.name] == []
