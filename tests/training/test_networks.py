"""The networks: what they take and give, padding as TensorFlow does it, and every layer trained."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
from torch import Tensor

from tests.training.backbones import make_backbone
from training import train_aesthetic, train_defects
from training.backbone import SameConv, read_mobilenet
from training.histograms import count_edges, measure_detail
from training.networks import (
    COMPOSITION,
    CROP,
    FIXED,
    FRAME,
    HALF,
    HIDING,
    TILE,
    AestheticNet,
    AestheticServing,
    DefectJudge,
    DefectLook,
    DefectNet,
    to_input,
)

pytestmark = pytest.mark.training
START = os.environ.get("IQSCORE_START", "")


def test_views_become_minus_one_to_one() -> None:
    views = torch.tensor([0, 255], dtype=torch.uint8).reshape(1, 2, 1, 1, 1).expand(1, 2, 4, 5, 3)
    batch = to_input(views)
    assert batch.shape == (2, 3, 4, 5)
    assert (batch[0].unique().item(), batch[1].unique().item()) == (-1, 1)


def test_stride_two_pads_right_and_bottom() -> None:
    conv = SameConv(torch.nn.Conv2d(1, 1, 3, stride=2, bias=False))
    torch.nn.init.zeros_(conv.conv.weight)
    conv.conv.weight.data[0, 0, 0, 0] = 1
    photo = torch.arange(16.0).reshape(1, 1, 4, 4) / 8
    # the first tap sees the pixel itself: nothing was padded left or above
    assert torch.equal(conv(photo), photo[:, :, ::2, ::2])


def test_the_aesthetic_mark_is_of_the_photo_and_of_half_its_size() -> None:
    net = AestheticNet(make_backbone()).eval()
    photos = torch.rand((2, 3, 64, 96)) * 2 - 1
    halves = photos.reshape(2, 3, 32, 2, 48, 2).mean((3, 5))
    whole, half = (net.judge(net.features(x)) for x in (photos, halves))
    assert not torch.allclose(whole, half, atol=1e-3)
    assert torch.allclose(net(photos), (1 - HALF) * whole + HALF * half, atol=1e-5)


def serve(net: DefectNet, views: Tensor) -> tuple[Tensor, Tensor]:
    """Return what the exported model would say."""
    opinion: tuple[Tensor, Tensor] = DefectJudge(net).eval()(*DefectLook(net).eval()(views))
    return opinion


def test_serving_gives_histograms_and_severities() -> None:
    views = torch.randint(0, 256, (2, 6, 64, 64, 3), dtype=torch.uint8)
    histogram = AestheticServing(AestheticNet(make_backbone())).eval()(views[:, :1])
    assert histogram.shape == (2, 10)
    assert torch.allclose(histogram.sum(1), torch.ones(2))
    severities, technical = serve(DefectNet(make_backbone()), views)
    assert severities.shape == (2, 12)
    assert technical.shape == (2,)
    assert 0 <= severities.min() <= severities.max() <= 1
    assert 1 <= technical.min() <= technical.max() <= 10


def test_tiles_may_come_in_any_order() -> None:
    net = DefectNet(make_backbone())
    views = torch.randint(0, 256, (1, 6, 64, 64, 3), dtype=torch.uint8)
    there, back = serve(net, views)[0], serve(net, views[:, [0, 5, 4, 3, 2, 1]])[0]
    assert torch.allclose(there, back, atol=1e-5)


def test_edges_are_counted_by_direction() -> None:
    y, x = torch.meshgrid(torch.arange(64.0), torch.arange(64.0), indexing="ij")
    for degrees in (0, 7, 45, 90, 120):
        turn = torch.tensor(np.radians(degrees))
        stripes = torch.sin((torch.cos(turn) * x + torch.sin(turn) * y) / 2).expand(1, 3, 64, 64)
        shares = count_edges(stripes)[0] ** 2
        assert shares.sum().item() == pytest.approx(1, abs=0.01)
        # half a turn in 120 bins, the middle one across
        peak = ((degrees + 90) / 1.5) % 120
        near = [int(peak + off) % 120 for off in (-1, 0, 1)]
        assert shares[near].sum() > 0.7
    assert count_edges(torch.zeros(1, 3, 8, 8)).sum() == 0


def test_detail_goes_with_blur_across_it_only() -> None:
    noise = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    smeared = torch.nn.functional.avg_pool2d(noise, (1, 9), stride=1)
    fell = (measure_detail(noise) - measure_detail(smeared))[0].reshape(-1, 4)
    assert fell[0, 0] > fell[0, 1] + 0.5
    assert fell[0, 0] > fell[3, 0]


def test_loss_is_zero_for_equals_and_one_bin_costs_the_same_anywhere() -> None:
    target = torch.eye(10)
    sure = torch.log(target + 1e-9)
    assert train_aesthetic.emd_loss(sure, target).item() == pytest.approx(0, abs=1e-3)
    near = [train_aesthetic.emd_loss(sure[[n]], target[[n + 1]]).item() for n in range(9)]
    assert near == pytest.approx([0.1**0.5] * 9, abs=1e-3)
    assert train_aesthetic.emd_loss(sure[[0]], target[[5]]).item() > near[0]


def test_defects_train_every_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    np.savez(
        tmp_path / "shard_000.npz",
        views=rng.integers(0, 256, (6, 4, 224, 224, 3), np.uint8),
        severities=rng.random((6, 12), np.float32),
        technical=rng.uniform(1, 10, 6).astype(np.float32),
    )
    monkeypatch.setattr(train_defects, "read_mobilenet", lambda path: make_backbone())
    recipe = train_defects.RECIPE | {"epochs": 2, "batch": 3}
    pool = train_defects.Pool(tmp_path)
    torch.manual_seed(int(recipe["seed"]))
    before = dict(DefectNet(make_backbone()).named_parameters())
    # the seed decides the heads, so what differs was trained; an unknown severity teaches nothing
    pool.targets[0, 3] = torch.nan
    torch.manual_seed(int(recipe["seed"]))
    net = train_defects.make_net(tmp_path, None)
    after = dict(train_defects.train(net, pool, np.arange(6), tmp_path, recipe).named_parameters())
    assert [name for name in before if torch.equal(before[name], after[name])] == []
    assert all(torch.isfinite(value).all() for value in after.values())


@pytest.mark.skipif(not START, reason="set IQSCORE_START to the TensorFlow Lite file")
def test_the_published_file_reads() -> None:
    layers = read_mobilenet(Path(START))
    assert len(layers) == 27
    assert layers(torch.zeros(1, 3, 224, 224)).shape == (1, 1024, 7, 7)


def test_a_bad_frame_is_a_tilt_a_bad_crop_or_another() -> None:
    net = DefectNet(make_backbone()).eval()
    generator = torch.Generator().manual_seed(4)
    fixed, tiles = torch.randn(6, FIXED, generator=generator), torch.randn(6, 5, TILE, generator=generator)
    with torch.inference_mode():
        parts, told = torch.sigmoid(net.judge_parts(fixed, tiles)), torch.sigmoid(net.judge(fixed, tiles))
        lost = torch.sigmoid(net.judge(fixed, tiles * 1e5))
    other = [place for place in range(13) if place != COMPOSITION]
    assert torch.allclose(told[:, other], parts[:, other])
    seen = 1 - parts[:, HIDING].max(1).values
    crop, frame = CROP[0] * seen * parts[:, 14] ** CROP[1], FRAME[0] * parts[:, COMPOSITION] ** FRAME[1]
    neither = (1 - frame) * (1 - crop) * (1 - parts[:, 13])
    assert torch.allclose(told[:, COMPOSITION], 1 - neither, atol=1e-5)
    assert torch.isfinite(lost).all()
