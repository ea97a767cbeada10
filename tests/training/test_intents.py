"""Photos that are unusual on purpose keep their subject, and their defects never contradict them."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("scipy")
from iqscore.records import DEFECTS
from tests.training.scenes import make_scene
from training.intents import FORBIDDEN, INTENTS, SHARES
from training.kernels import demosaic, make_path, make_spot
from training.light import LUMA, Pixels

pytestmark = pytest.mark.training


def make_photo() -> Pixels:
    return (make_scene(4).astype(np.float32) / 255).astype(np.float32)


@pytest.mark.parametrize("name", INTENTS)
def test_pixels_stay_in_range_and_change(name: str) -> None:
    photo = INTENTS[name](make_photo(), np.random.default_rng(0))
    assert photo.dtype == np.float32
    assert photo.shape == make_photo().shape
    assert 0 <= photo.min() <= photo.max() <= 1
    assert not np.allclose(photo, make_photo(), atol=0.02)


def test_tables_fit_together() -> None:
    assert set(INTENTS) == set(SHARES) == set(FORBIDDEN)
    assert sum(SHARES.values()) == pytest.approx(1)
    assert set().union(*FORBIDDEN.values()) <= set(DEFECTS)


@pytest.mark.parametrize("name", ["bokeh", "pan"])
def test_the_subject_stays_sharp(name: str) -> None:
    photo, spot = make_photo(), make_spot(144, 192, np.random.default_rng(3))
    after = INTENTS[name](photo, np.random.default_rng(3))
    change = np.abs(after - photo).mean(2)
    assert change[spot > 0.98].mean() < 0.02 < change[spot < 0.02].mean()


def test_low_key_keeps_its_subject_lit() -> None:
    photo, spot = make_photo(), make_spot(144, 192, np.random.default_rng(3))
    after = INTENTS["lowkey"](photo, np.random.default_rng(5))
    assert (after @ LUMA).mean() < 0.7 * (photo @ LUMA).mean()
    assert after.max() > 0.6
    assert spot.shape == (144, 192)


def test_black_and_white_has_little_colour() -> None:
    after = INTENTS["bw"](make_photo(), np.random.default_rng(1))
    assert np.ptp(after, axis=2).mean() < np.ptp(make_photo(), axis=2).mean() / 2


def test_demosaiced_noise_is_coarse_and_coarser_in_red_and_blue() -> None:
    noise = demosaic(np.random.default_rng(0).standard_normal((128, 128, 3)).astype(np.float32))
    red, green, blue = (np.corrcoef(p[:, 1:].ravel(), p[:, :-1].ravel())[0, 1] for p in np.moveaxis(noise, -1, 0))
    assert min(red, blue) > green > 0.1


def test_a_path_is_as_long_as_asked() -> None:
    straight = make_path(20, 0.0, 0.0)
    columns = np.flatnonzero(straight.sum(0) > 0.01)
    assert np.ptp(columns) == pytest.approx(20, abs=3)
    assert straight.sum() == pytest.approx(1, abs=1e-5)
    wandering = make_path(20, 0.0, 0.0, 2.0, np.random.default_rng(0))
    assert (wandering.sum(1) > 0.01).sum() > (straight.sum(1) > 0.01).sum()
