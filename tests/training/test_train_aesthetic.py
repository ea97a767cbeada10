"""Training the aesthetic model: every layer learns, teachers are honest, galleries stay whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
pytest.importorskip("scipy")
from iqscore.decode import decode_photo
from iqscore.preprocess import to_views
from tests.training.backbones import make_backbone
from training import evaluate_aesthetic, spoil, train_aesthetic
from training.aesthetic_set import AestheticSet
from training.networks import AestheticNet
from training.photosets import Example, to_histogram
from training.views import VIEWS

pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("ignore")]
SIZES = [(96, 64), (64, 96), (80, 80), (200, 60), (96, 64), (64, 64)]


def make_set(folder: Path, count: int = 6) -> AestheticSet:
    rng = np.random.default_rng(0)
    examples = []
    for number in range(count):
        path = folder / f"{number}.png"
        coarse = Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8))
        coarse.resize(SIZES[number % len(SIZES)]).save(path)
        mean = 2.0 + number % 7
        examples.append(Example(path, "photos", f"source{number % 3}", mean, to_histogram(mean, 1.2)))
    return AestheticSet(examples, folder)


def test_views_are_those_of_serving_and_larger_ones(tmp_path: Path) -> None:
    data = make_set(tmp_path)
    for number, example in enumerate(data.examples):
        served = to_views(decode_photo(str(example.path)).pixels, VIEWS)[0]
        assert (data.views.get(number) == served).all()
        assert data.views.get(number, wide=True).shape == (served.shape[0] * 9 // 8, served.shape[1] * 9 // 8, 3)
        assert data.views.crop(number, np.random.default_rng(0), 0.8).shape == (1, 3, *served.shape[:2])


def test_views_are_of_what_is_inside_a_border(tmp_path: Path) -> None:
    inside = np.random.default_rng(0).integers(0, 256, (60, 200, 3), np.uint8)
    for name, photo in (("plain", inside), ("framed", np.pad(inside, ((3, 3), (3, 3), (0, 0))))):
        Image.fromarray(photo).save(tmp_path / f"{name}.png")
    examples = [
        Example(tmp_path / f"{name}.png", "photos", name, 5.0, to_histogram(5.0, 1.2)) for name in ("framed", "plain")
    ]
    views = AestheticSet(examples, tmp_path).views
    for wide in (False, True):
        assert (views.get(0, wide) == views.get(1, wide)).all()


def test_parts_are_of_one_shape_and_hold_every_photo_once(tmp_path: Path) -> None:
    data = make_set(tmp_path, 30)
    parts = data.views.split(np.arange(30), 4, np.random.default_rng(0))
    assert sorted(np.concatenate(parts).tolist()) == list(range(30))
    assert max(len(part) for part in parts) == 4
    for part in parts:
        assert data.views.plain(part).shape[0] == len(part)


def test_the_cache_is_of_these_photos(tmp_path: Path) -> None:
    first = make_set(tmp_path)
    again = AestheticSet(first.examples[::-1], tmp_path)
    assert (again.views.get(0) == first.views.get(5)).all()


def test_every_layer_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_set(tmp_path, 80)
    monkeypatch.setattr(train_aesthetic, "read_mobilenet", lambda path: make_backbone())
    recipe = train_aesthetic.RECIPE | {"epochs": 2, "batch": 16, "rate": 1e-3, "average": 0.5, "spoil_share": 0.5}
    torch.manual_seed(int(recipe["seed"]))
    before = AestheticNet(make_backbone(), recipe["dropout"]).state_dict()
    net = train_aesthetic.train(data, np.arange(80), train_aesthetic.Job(recipe, tmp_path))
    after = net.state_dict()
    assert [name for name in before if torch.equal(before[name], after[name])] == []
    histograms = train_aesthetic.predict(net, data, np.arange(80))
    assert histograms.shape == (80, 10)
    assert histograms.sum(1) == pytest.approx(np.ones(80), abs=1e-4)


def test_what_was_shipped_is_trained_further_and_half_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_set(tmp_path, 40)
    recipe = train_aesthetic.RECIPE | {"epochs": 1, "batch": 16, "rate": 1e-3, "average": 0.5}
    monkeypatch.setattr(train_aesthetic, "read_mobilenet", lambda path: make_backbone())
    shipped = {name: weights + 0.01 for name, weights in AestheticNet(make_backbone()).state_dict().items()}
    monkeypatch.setattr(train_aesthetic, "load_shipped", lambda net, file: net.load_state_dict(shipped))
    monkeypatch.setattr(train_aesthetic, "train_head", None)
    (tmp_path / "nima.onnx").write_bytes(b"shipped")
    ends = {
        kept: train_aesthetic.train(
            data, np.arange(40), train_aesthetic.Job(recipe | {"kept": kept}, tmp_path, tmp_path / "nima.onnx")
        ).state_dict()
        for kept in (0.0, 0.5, 1.0)
    }
    for name, weights in shipped.items():
        assert torch.allclose(ends[1.0][name], weights)
        assert torch.allclose(ends[0.5][name], (weights + ends[0.0][name]) / 2, atol=1e-6)
    assert not torch.equal(ends[0.0]["head.1.weight"], shipped["head.1.weight"])


def test_galleries_are_left_out_whole(tmp_path: Path) -> None:
    data = make_set(tmp_path, 60)
    data.source[:10] = "voc"
    gallery = np.arange(60) >= 30
    fold = evaluate_aesthetic.choose_folds(data, gallery)
    assert set(fold[:10]) == {-1}
    assert set(fold[10:30]) <= set(range(5))
    assert [len(set(fold[gallery & (data.source == f"source{n}")])) for n in range(3)] == [1, 1, 1]
    assert len(set(fold[gallery])) == 3
    first = evaluate_aesthetic.choose_folds(data, gallery, 2)
    assert (first == np.where(fold < 2, fold, -1)).all()


def test_spoiling_keeps_the_shape_and_lowers_the_mark() -> None:
    rng = np.random.default_rng(0)
    view = torch.from_numpy(rng.uniform(0, 255, (1, 3, 64, 96)).astype(np.float32))
    for _ in range(20):
        spoilt, strength = spoil.spoil(view, rng)
        assert spoilt.shape == view.shape
        assert 0 <= float(spoilt.min()) <= float(spoilt.max()) <= 255
        assert 0.2 <= strength <= 1
        assert float((spoilt - view).abs().mean()) > 1
    assert spoil.shrink(view, rng).shape == spoil.frame(view, rng).shape == view.shape
    assert spoil.lower_mark(7.0, 1.0) == pytest.approx(4.0)
    assert spoil.lower_mark(7.0, 0.5) == pytest.approx(5.5)
    assert spoil.lower_mark(1.5, 1.0) == 1.5


def test_twins_are_small_copies_or_blurred_and_then_lowered_mirrored_or_not() -> None:
    rng = np.random.default_rng(0)
    photos = torch.from_numpy(rng.uniform(0, 255, (2, 3, 192, 288)).astype(np.float32))
    strengths, flips = [], []
    for _ in range(40):
        twins, strength = spoil.make_twins(photos, rng)
        assert twins.shape == photos.shape
        assert 0 <= float(twins.min()) <= float(twins.max()) <= 255
        assert float((twins - photos).abs().mean()) > 1
        strengths.append(strength)
        flips.append(float((twins - photos).abs().mean()) > float((twins - photos.flip(3)).abs().mean()))
    assert 20 < strengths.count(0.0) < 35
    assert 10 < sum(flips) < 30
    said = torch.stack([torch.from_numpy(to_histogram(mean, 1.3)).float() for mean in (7.0, 4.0)])
    marks = torch.arange(1, 11).float()
    assert spoil.lower(said, 0.5) @ marks == pytest.approx([5.5, 3.4], abs=1e-3)


def test_the_loss_on_twins_is_that_they_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    net = AestheticNet(make_backbone()).eval()
    photos = torch.from_numpy(np.random.default_rng(0).uniform(-1, 1, (2, 3, 64, 96)).astype(np.float32))
    target = torch.softmax(net(photos), 1).detach()
    monkeypatch.setattr(train_aesthetic, "make_twins", lambda shown, rng: (shown, 0.0))
    rng = np.random.default_rng(0)
    assert float(train_aesthetic.find_loss(net, photos, target, rng)) == pytest.approx(0.0, abs=0.02)
    monkeypatch.setattr(train_aesthetic, "make_twins", lambda shown, rng: (shown, 1.0))
    assert float(train_aesthetic.find_loss(net, photos, target, rng)) > 0.05
