"""Heads are fitted on features, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
from tests.training.backbones import make_backbone
from training.fit_defect_heads import RECIPE, fit, judge, read_pool, to_targets
from training.histograms import ANGLES
from training.networks import COMPOSITION, FIXED, TILE, DefectNet

pytestmark = pytest.mark.training


def write_pool(folder: Path, samples: int = 512) -> None:
    """Severity of defect 0 is in the first features, of defect 5 in the largest of the tiles; defect 7 is not known.

    What is tilted is in the first directions of edges, for every other sample."""
    rng = np.random.default_rng(0)
    fixed, tiles = rng.normal(3, 2, (samples, FIXED)), rng.normal(0, 1, (samples, 5, TILE))
    severities = rng.random((samples, 12))
    severities[:, 7] = np.nan
    fixed[:, :200] = 10 * severities[:, :1]
    tilt = np.where(np.arange(samples) % 2, severities[:, COMPOSITION], 0)
    fixed[:, -2 * ANGLES : -ANGLES] = 10 * tilt[:, None]
    tiles[:, :, :200] = 0
    tiles[np.arange(samples), rng.integers(0, 5, samples), :200] = 10 * severities[:, 5:6]
    np.savez(
        folder / "spoilt_000.npz",
        fixed=fixed.astype(np.float16),
        tiles=tiles.astype(np.float16),
        severities=severities.astype(np.float32),
        tilt=tilt.astype(np.float32),
        technical=(1 + 9 * severities[:, 0]).astype(np.float32),
    )


def test_heads_learn_and_convolutions_stay(tmp_path: Path) -> None:
    write_pool(tmp_path)
    pool = read_pool(tmp_path)
    assert len(pool) == 512
    net = DefectNet(make_backbone())
    before = {name: value.clone() for name, value in net.state_dict().items()}
    index = np.arange(400)
    fitted = fit(net, pool, index, RECIPE | {"epochs": 30, "batch": 32})
    after = fitted.state_dict()
    moved = {name.split(".")[0] for name in after if not torch.equal(before[name], after[name])}
    assert moved == {"tile", "whole", "tilt", "head", "fixed_centre", "fixed_scale", "tiles_centre", "tiles_scale"}
    with torch.inference_mode():
        logits, targets = judge(fitted, pool, np.arange(400, 512))
    opinion = torch.sigmoid(logits)
    for place in (0, 5, 12, 13):
        assert np.corrcoef(opinion[:, place], targets[:, place])[0, 1] > 0.6
    assert torch.isfinite(opinion).all()


def test_how_else_a_tilted_photo_is_framed_is_not_known() -> None:
    severities = np.full((3, 12), 0.5)
    targets = to_targets(severities, np.array([1.0, 5.5, 10.0]), np.array([0.3, 0.0, np.nan]))
    assert np.isnan(targets[:, COMPOSITION]).tolist() == [True, False, False]
    assert targets[:, 12].tolist() == [0.0, 0.5, 1.0]
    assert targets[:2, 13].tolist() == [0.3, 0.0]
    assert not np.isnan(severities).any()
