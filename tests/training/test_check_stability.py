"""The changes by which the aesthetic mark is judged do what their names say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")
from tests.pictures import make_scene
from training.check_stability import HARMFUL, HARMLESS, find_photos, to_line


@pytest.mark.parametrize("name", [*HARMLESS, *HARMFUL])
def test_changes(name: str) -> None:
    photo = make_scene(3, 1800, 1300)
    changed = (HARMLESS | HARMFUL)[name](photo)
    assert changed.mode == "RGB"
    sizes = {"2 megapixels": 2e6, "1 megapixel": 1e6, "80 px": 80 * 58, "noisy": 0.7e6}
    expected = sizes.get(name, 1836 * 1336 if "border" in name else 1800 * 1300)
    assert changed.width * changed.height == pytest.approx(expected, rel=0.01)
    level, before = np.asarray(changed).mean(), np.asarray(photo).mean()
    assert level < before / 2 if "darker" in name else abs(level - before) < 12


def test_lines_tell_how_far_marks_moved() -> None:
    before, after = np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.5, 1.4, 3.5, 3.6])
    assert to_line("x", before, after) == "| x | 0.500 | +0.000 | 0.800 |"


def test_photos_are_spread_over_the_folder(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02d}.jpg").touch()
    assert [path.stem for path in find_photos(tmp_path, 4)] == ["00", "05", "10", "15"]
