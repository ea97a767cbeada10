"""Samples of the pool are spoilt as their labels say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from iqscore.records import DEFECTS
from tests.training.scenes import make_scene
from training.degrade import rotate_inside
from training.light import to_pixels
from training.make_defect_pool import COMPANIONS, OPPOSITES, Base, choose_defects, make_sample
from training.visible import to_uprightness, to_visible

pytestmark = pytest.mark.training


def test_opposites_never_meet() -> None:
    rng = np.random.default_rng(0)
    drawn = [choose_defects(rng) for _ in range(600)]
    assert not any(set(pair) <= chosen for chosen in drawn for pair in OPPOSITES)
    assert any(set(COMPANIONS[0]) == chosen for chosen in drawn)
    assert {len(chosen) for chosen in drawn} == {0, 1, 2, 3}
    assert set().union(*drawn) == set(DEFECTS)


def test_labels_are_severities(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(make_scene(1, 480, 360)).save(path)
    base = Base(path, np.zeros(len(DEFECTS)), 7.8)
    samples = [make_sample(base, np.random.default_rng(seed)) for seed in range(25)]
    severities = np.array([told for _, told, _ in samples])
    marks = np.array([mark for *_, mark in samples])
    assert severities.min() >= 0
    assert severities.max() <= 1
    assert all(0 <= photo.min() <= photo.max() <= 1 for photo, *_ in samples)
    assert np.allclose(marks[severities.sum(1) == 0], 7.8)
    assert np.corrcoef(severities.sum(1), marks)[0, 1] < -0.5


def test_a_tilt_shows_by_lines() -> None:
    lines = np.zeros((160, 160, 3), np.uint8)
    lines[::16], lines[:, ::20] = 255, 255
    texture = np.random.default_rng(0).integers(0, 256, (20, 20, 3)).astype(np.uint8)
    soft = Image.fromarray(texture).resize((160, 160), Image.Resampling.BICUBIC)
    upright = to_uprightness(to_pixels(Image.fromarray(lines)))
    assert upright == 1
    assert to_uprightness(to_pixels(soft)) < 0.6
    assert to_uprightness(to_pixels(rotate_inside(Image.fromarray(lines), 12))) < upright


def test_what_cannot_show_counts_little() -> None:
    grey, bright = np.full((8, 8, 3), 0.5, np.float32), np.full((8, 8, 3), 0.9, np.float32)
    assert to_visible("undersaturation", grey, 0.01) < 0.1
    assert to_visible("white_balance", grey, 0.0) == pytest.approx(0.2)
    assert to_visible("white_balance", grey, 0.05) == 1
    assert to_visible("underexposure", bright, 0.2) == pytest.approx(0.15)
    assert to_visible("noise", grey, 0.2) == 1
