"""Heads are fitted on features, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
from tests.training.backbones import make_backbone
from training import fit_defect_heads
from training.fit_defect_heads import HEADS, RECIPE, fit, judge, load, read_pool, to_targets
from training.histograms import ANGLES
from training.networks import COMPOSITION, DEEP, FIXED, TILE, DefectNet

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
        crop=np.full(samples, np.nan, np.float32),
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
    assert moved == {*HEADS, "fixed_centre", "fixed_scale", "tiles_centre", "tiles_scale"}
    with torch.inference_mode():
        logits, targets = judge(fitted, pool, np.arange(400, 512))
    opinion = torch.sigmoid(logits)
    for place in (0, 5, 12, 13):
        assert np.corrcoef(opinion[:, place], targets[:, place])[0, 1] > 0.6
    assert torch.isfinite(opinion).all()


def test_one_head_is_fitted_and_the_others_stay(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    crop, unknown = rng.random(512).astype(np.float32), np.full(512, np.nan, np.float32)
    fixed, tiles = rng.normal(0, 1, (512, FIXED)), np.zeros((512, 5, TILE), np.float16)
    fixed[:, :DEEP:8] = 4 * crop[:, None]
    np.savez(tmp_path / "framed_000.npz", fixed=fixed.astype(np.float16), tiles=tiles, crop=crop, tilt=unknown,
             severities=np.full((512, 12), np.nan, np.float32), technical=unknown)  # fmt: skip
    pool, net = read_pool(tmp_path), DefectNet(make_backbone())
    before = {name: value.clone() for name, value in net.state_dict().items()}
    fitted = fit(net, pool, np.arange(400), RECIPE | {"epochs": 20, "batch": 32}, ["crop"])
    after = fitted.state_dict()
    assert {name.split(".")[0] for name in after if not torch.equal(before[name], after[name])} == {"crop"}
    with torch.inference_mode():
        logits, targets = judge(fitted, pool, np.arange(400, 512))
    assert np.corrcoef(logits[:, 14], targets[:, 14])[0, 1] > 0.8


def test_heads_are_taken_from_the_weights_or_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_defect_heads, "read_mobilenet", lambda path: make_backbone())
    told = {name: value + 1 for name, value in DefectNet(make_backbone()).state_dict().items()}
    torch.save(told, tmp_path / "defects.pt")
    for only in ("crop", None):
        found = load(tmp_path, tmp_path / "defects.pt", only).state_dict()
        assert torch.equal(found["trunk.0.conv.weight"], told["trunk.0.conv.weight"])
        assert torch.equal(found["tilt.1.weight"], told["tilt.1.weight"]) is (only is not None)


def test_how_else_a_tilted_photo_is_framed_is_not_known() -> None:
    severities, crop = np.full((3, 12), 0.5), np.array([np.nan, 0.2, 0.0])
    targets = to_targets(severities, np.array([1.0, 5.5, 10.0]), np.array([0.3, 0.0, np.nan]), crop)
    assert np.isnan(targets[:, COMPOSITION]).tolist() == [True, False, False]
    assert targets[:, 12].tolist() == [0.0, 0.5, 1.0]
    assert targets[:2, 13].tolist() == [0.3, 0.0]
    assert targets[1:, 14].tolist() == [0.2, 0.0]
    assert not np.isnan(severities).any()
