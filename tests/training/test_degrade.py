"""Every way to spoil a photo does what its name says, more so with more severity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("scipy")
from iqscore.records import DEFECTS
from training import degrade, light
from training.degrade import DEGRADATIONS
from training.light import Pixels

pytestmark = pytest.mark.training


def make_photo() -> Pixels:
    """Return soft shapes with fine texture, well exposed."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:180, 0:240] / 240
    shapes = np.stack([0.3 + 0.4 * x, 0.5 + 0.2 * np.sin(9 * y), 0.3 + 0.3 * np.cos(7 * x * y)], -1)
    return np.clip(shapes + 0.08 * rng.standard_normal((180, 240, 1)), 0, 1).astype(np.float32)


def spoil(name: str, severity: float, seed: int) -> Pixels:
    return DEGRADATIONS[name](make_photo(), severity, np.random.default_rng(seed))


def sharpness(photo: Pixels) -> float:
    return float(np.abs(np.diff(photo.mean(2), axis=1)).mean())


def colour(photo: Pixels) -> float:
    return float(np.ptp(photo, axis=2).mean())


def cast(photo: Pixels) -> float:
    """Return how far the mean colour is from where it was."""
    moved = photo.mean((0, 1)) - make_photo().mean((0, 1))
    return float(np.ptp(moved))


def blocks(photo: Pixels) -> float:
    """Return how much more brightness jumps at the edges of 8 x 8 blocks than elsewhere."""
    jumps = np.abs(np.diff(photo.mean(2), axis=1)).mean(0)
    return float(jumps[7::8].mean() / (np.delete(jumps, slice(7, None, 8)).mean() + 1e-9))


MEASURES: dict[str, tuple[Callable[[Pixels], float], int]] = {
    "underexposure": (lambda photo: float(photo.mean()), -1),
    "overexposure": (lambda photo: float(photo.mean()), 1),
    "white_balance": (cast, 1),
    "undersaturation": (colour, -1),
    "oversaturation": (colour, 1),
    "noise": (sharpness, 1),
    "haze": (lambda photo: float(photo.std()), -1),
    "defocus_blur": (sharpness, -1),
    "motion_blur": (sharpness, -1),
    "jpeg_artifacts": (blocks, 1),
    "lens_flare": (lambda photo: float(photo.mean()), 1),
}


def test_all_twelve_are_there() -> None:
    assert sorted(DEGRADATIONS) == sorted(DEFECTS)
    assert set(MEASURES) | {"composition"} == set(DEFECTS)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", DEFECTS)
def test_pixels_stay_in_range(name: str, seed: int) -> None:
    for severity in (0.05, 1.0):
        photo = spoil(name, severity, seed)
        assert photo.dtype == np.float32
        assert photo.ndim == 3
        assert 0 <= photo.min() <= photo.max() <= 1


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", MEASURES)
def test_more_severity_shows_more(name: str, seed: int) -> None:
    measure, sign = MEASURES[name]
    clean, mild, severe = (measure(photo) for photo in (make_photo(), spoil(name, 0.1, seed), spoil(name, 1.0, seed)))
    assert sign * severe > sign * clean
    assert sign * severe > sign * mild


def test_misframing_cuts_the_photo() -> None:
    sizes = [spoil("composition", 1.0, seed).shape[:2] for seed in range(5)]
    assert all(height < 180 and width < 240 for height, width in sizes)


def test_linear_light_and_back() -> None:
    photo: NDArray[np.float32] = make_photo()
    assert np.allclose(light.to_encoded(light.to_linear(photo)), photo, atol=1e-5)
    assert light.to_linear(np.full(1, 0.5, np.float32))[0] == pytest.approx(0.2140, abs=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_noise_has_the_strength_asked_for(seed: int) -> None:
    rms = [float((spoil("noise", severity, seed) - make_photo()).std()) for severity in (0.1, 0.6)]
    # JPEG adds to what is faint; noise between neighbours is minded at half the strength
    assert 0.4 < rms[0] / (0.006 + 0.13 * 0.1**1.15) < 1.6
    assert rms[1] == pytest.approx(0.006 + 0.13 * 0.6**1.15, rel=0.5)


@pytest.mark.parametrize("name", ["tilt", "cut_away"])
def test_each_way_to_misframe(name: str) -> None:
    photo = getattr(degrade, name)(make_photo(), 0.5, np.random.default_rng(0))
    assert photo.shape[0] < 180
    assert photo.shape[1] < 240
