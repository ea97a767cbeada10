"""The direction of motion blur."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from iqscore.motion import find_motion_angle
from tests.pictures import Pixels, make_pixels, make_scene


def move(pixels: Pixels, angle: float, length: int) -> Pixels:
    """Return pixels as a camera sees them that moves by `length` pixels in a straight line."""
    steps = np.linspace(-length / 2, length / 2, 2 * length)
    offsets = [(round(-s * np.sin(np.radians(angle))), round(s * np.cos(np.radians(angle)))) for s in steps]
    moved = sum(np.roll(pixels.astype(np.float64), offset, (0, 1)) for offset in offsets) / len(offsets)
    return np.asarray(moved).round().astype(np.uint8)


def make_busy(seed: int) -> Pixels:
    """Return a scene with texture in it."""
    scene = np.asarray(make_scene(seed, 800, 600), dtype=np.float64)
    grain = np.random.RandomState(seed).randint(-40, 41, scene.shape[:2])[..., None]
    return (scene + grain).clip(0, 255).round().astype(np.uint8)


@pytest.mark.parametrize("angle", [0, 20, 45, 75, 90, 110, 135, 160])
@pytest.mark.parametrize("length", [10, 24])
def test_the_direction_is_found(angle: int, length: int) -> None:
    found = find_motion_angle(move(make_busy(angle), angle, length))
    assert found is not None
    assert abs((found - angle + 90) % 180 - 90) <= 10


def test_a_sharp_or_defocused_photo_has_none() -> None:
    for seed in range(3):
        sharp = make_busy(seed)
        soft = np.asarray(Image.fromarray(sharp).filter(ImageFilter.GaussianBlur(4)))
        assert find_motion_angle(sharp) is None
        assert find_motion_angle(soft) is None


@given(st.integers(1, 80), st.integers(1, 80))
@settings(max_examples=40, deadline=None)
def test_any_size_is_looked_at(width: int, height: int) -> None:
    angle = find_motion_angle(make_pixels(width, height))
    assert angle is None or angle in range(0, 180, 5)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (300, 300)])
def test_a_blank_photo_has_none(size: tuple[int, int]) -> None:
    assert find_motion_angle(np.full((*size, 3), 77, np.uint8)) is None
