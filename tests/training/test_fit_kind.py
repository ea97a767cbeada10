"""Graphics are made as told, and what is fitted on features tells them apart."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn")
from iqscore.kind import FEATURES, Weights, to_log_odds
from tests.pictures import make_scene
from training.fit_kind import find_files, fit, read_folder, to_json
from training.make_graphics import DRAWN, save
from training.screens import draw_page

pytestmark = pytest.mark.training


def test_a_fit_tells_two_clouds_apart() -> None:
    chance = np.random.default_rng(1)
    photos = chance.normal(0, 1, (300, len(FEATURES)))
    graphics = chance.normal(2, 1, (200, len(FEATURES)))
    weights, photo_odds, graphic_odds = fit(photos, graphics)
    assert (photo_odds >= weights.threshold).mean() <= 0.01
    assert (graphic_odds >= weights.threshold).mean() > 0.9
    told = json.loads(to_json(weights, {"photos": 300}))["weights"]
    read = Weights(
        **{name: np.array(value) if isinstance(value, list) else value for name, value in told.items()}  # type: ignore[arg-type]
    )
    assert to_log_odds(graphics[0], read) == pytest.approx(to_log_odds(graphics[0], weights), abs=0.01)


def test_what_raters_called_graphics_is_no_photo(tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.png"):
        make_scene(1, 64, 48).save(tmp_path / name)
    (tmp_path / "ratings.csv").write_text("file,rating,graphic\na.jpg,5,0\nb.jpg,2,1\n")
    assert [path.name for path in find_files(tmp_path)] == ["a.jpg", "c.png"]
    features, paths = read_folder(tmp_path, 1, tmp_path / "kept")
    assert features.shape == (2, len(FEATURES))
    (tmp_path / "a.jpg").unlink()
    again, kept_paths = read_folder(tmp_path, 1, tmp_path / "kept")
    assert kept_paths == paths
    assert (again == features).all()


@pytest.mark.parametrize("draw", DRAWN)
def test_a_drawing_is_the_same_for_the_same_seed(draw: object, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    make_scene(1, 120, 80).save(photo)
    first, second = (draw(random.Random("1-2"), [photo]) for _ in range(2))  # type: ignore[operator]
    assert first.tobytes() == second.tobytes()
    save(random.Random(1), first, tmp_path, "x")
    assert len(list(tmp_path.glob("x.*"))) == 1


def test_pages_are_of_many_kinds(tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    make_scene(1, 40, 30).save(photo)
    pages = {draw_page(random.Random(seed), [photo]) for seed in range(40)}
    assert len(pages) == 40
    for mark in ("<table", "<pre", "<svg", "<img", "<ul"):
        assert any(mark in page for page in pages)
