"""The examples of the library's own words run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

import iqscore
import iqscore.api
from tests.pictures import make_scene, to_bytes


@pytest.mark.parametrize("module", [iqscore, iqscore.api], ids=lambda module: module.__name__)
def test_examples(module: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    beach = to_bytes(make_scene(1, 90, 60), "JPEG")
    (tmp_path / "beach.jpg").write_bytes(beach)
    (tmp_path / "torn.jpg").write_bytes(beach[: len(beach) // 2])
    (tmp_path / "shoot").mkdir()
    (tmp_path / "shoot" / "dog.png").write_bytes(to_bytes(make_scene(2, 90, 60), "PNG"))
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)  # type: ignore[arg-type]
    assert result.attempted >= 3
    assert result.failed == 0
