"""Heads are fitted on features, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
from tests.training.backbones import make_backbone
from training.fit_defect_heads import RECIPE, fit, judge, read_pool
from training.networks import FIXED, TILE, DefectNet

pytestmark = pytest.mark.training


def write_pool(folder: Path, samples: int = 512) -> None:
    """Severity of defect 0 is in the first features, of defect 5 in the largest of the tiles; defect 7 is not known."""
    rng = np.random.default_rng(0)
    fixed, tiles = rng.normal(3, 2, (samples, FIXED)), rng.normal(0, 1, (samples, 5, TILE))
    severities = rng.random((samples, 12))
    severities[:, 7] = np.nan
    fixed[:, :200] = 10 * severities[:, :1]
    tiles[:, :, :200] = 0
    tiles[np.arange(samples), rng.integers(0, 5, samples), :200] = 10 * severities[:, 5:6]
    np.savez(
        folder / "spoilt_000.npz",
        fixed=fixed.astype(np.float16),
        tiles=tiles.astype(np.float16),
        severities=severities.astype(np.float32),
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
    assert moved == {"tile", "whole", "lines", "head", "fixed_centre", "fixed_scale", "tiles_centre", "tiles_scale"}
    with torch.inference_mode():
        logits, targets = judge(fitted, pool, np.arange(400, 512))
    opinion = torch.sigmoid(logits)
    for place in (0, 5, 12):
        assert np.corrcoef(opinion[:, place], targets[:, place])[0, 1] > 0.6
    assert torch.isfinite(opinion).all()
