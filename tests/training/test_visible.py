"""Labels follow what a spoilt photo shows."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from scipy.ndimage import gaussian_filter

from tests.training.scenes import make_scene
from training.degrade import DEGRADATIONS, rotate_inside
from training.light import to_pixels
from training.visible import SEEN, to_seen, to_uprightness

pytestmark = pytest.mark.training
SCENE = to_pixels(Image.fromarray(make_scene(1, 240, 180)))


@pytest.mark.parametrize("kind", sorted(set(SEEN) & set(DEGRADATIONS)))
def test_more_is_seen_of_more(kind: str) -> None:
    seen = [
        to_seen(kind, severity, SCENE, DEGRADATIONS[kind](SCENE, severity, np.random.default_rng(3)))
        for severity in (0.1, 0.4, 0.7, 1.0)
    ]
    assert seen == sorted(seen)
    assert 0 <= seen[0] < seen[-1] <= 1


def test_a_tilt_shows_by_lines() -> None:
    waves = np.sin(np.arange(160) / 4)
    lines = (127 + 60 * np.add.outer(waves > 0.5, waves)).astype(np.uint8)[..., None].repeat(3, 2)
    blobs = gaussian_filter(np.random.default_rng(0).standard_normal((160, 160)), 4)
    soft = Image.fromarray((255 * (blobs - blobs.min()) / np.ptp(blobs)).astype(np.uint8))
    upright = to_uprightness(to_pixels(Image.fromarray(lines)))
    assert upright == 1
    assert to_uprightness(to_pixels(soft)) < 0.6
    assert to_uprightness(to_pixels(rotate_inside(Image.fromarray(lines), 12))) < upright
    assert to_seen("tilt", 0.8, to_pixels(Image.fromarray(lines)), SCENE) == 0.8


def test_what_cannot_show_counts_little() -> None:
    grey, bright = np.full((16, 16, 3), 0.5, np.float32), np.full((16, 16, 3), 0.9, np.float32)
    assert to_seen("undersaturation", 1, grey, grey) < 0.1
    assert to_seen("underexposure", 1, bright, bright) == pytest.approx(0.15)
    assert to_seen("noise", 0.7, grey, grey) == 0.7


def test_a_cast_that_cancels_another_is_hardly_seen() -> None:
    warm, cool = (np.clip(SCENE * np.array(gains, np.float32), 0, 1) for gains in ((1, 0.9, 0.6), (0.6, 0.9, 1)))
    assert to_seen("white_balance", 1, SCENE, warm) > 0.8
    assert to_seen("white_balance", 1, warm, SCENE) < 0.4
    assert to_seen("white_balance", 1, SCENE, cool) > 0.6
