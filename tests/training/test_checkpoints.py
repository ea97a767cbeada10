"""Training that is cut off ends where it would have ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tflite")
from tests.training.backbones import make_backbone
from training import train_defects
from training.checkpoints import Checkpoint
from training.networks import AestheticNet, DefectNet
from training.train_defects import RECIPE, Pool, make_net, train

pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("ignore")]
SMALL = RECIPE | {"epochs": 2, "batch": 4}


@pytest.fixture
def pool(tmp_path: Path) -> Pool:
    rng = np.random.default_rng(0)
    for kind, count in (("spoilt_000", 5), ("voted_000", 3)):
        np.savez(
            tmp_path / f"{kind}.npz",
            views=rng.integers(0, 256, (count, 3, 224, 224, 3), np.uint8),
            severities=rng.random((count, 12), np.float32),
            technical=rng.uniform(1, 10, count).astype(np.float32),
        )
    return Pool(tmp_path)


@pytest.fixture(autouse=True)
def backbone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_defects, "read_mobilenet", lambda path: make_backbone())


def test_shards_of_any_size_make_a_pool(pool: Pool) -> None:
    assert pool.views.shape == (8, 3, 224, 224, 3)
    assert pool.kind.tolist() == ["spoilt"] * 5 + ["voted"] * 3
    assert 0 <= float(pool.targets.min()) <= float(pool.targets.max()) <= 1


def test_a_cut_changes_nothing(tmp_path: Path, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    index = np.arange(8)
    whole = train(start(), pool, index, make(tmp_path / "whole"), SMALL).state_dict()

    def cut(self: Checkpoint, epochs: int) -> None:
        save(self, epochs)
        raise KeyboardInterrupt

    save = Checkpoint.save
    monkeypatch.setattr(Checkpoint, "save", cut)
    with pytest.raises(KeyboardInterrupt):
        train(start(), pool, index, make(tmp_path / "cut"), SMALL)
    monkeypatch.undo()
    monkeypatch.setattr(train_defects, "read_mobilenet", lambda path: make_backbone())
    again = train(start(), pool, index, tmp_path / "cut", SMALL).state_dict()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_another_recipe_starts_anew(tmp_path: Path) -> None:
    rng, layer = np.random.default_rng(0), torch.nn.Linear(2, 2)
    Checkpoint(tmp_path / "a.ckpt", {"seed": 1}, rng, net=layer).save(3)
    assert Checkpoint(tmp_path / "a.ckpt", {"seed": 1}, rng, net=layer).load() == 3
    assert Checkpoint(tmp_path / "a.ckpt", {"seed": 2}, rng, net=layer).load() == 0
    assert Checkpoint(tmp_path / "b.ckpt", {"seed": 1}, rng, net=layer).load() == 0


def test_defects_may_start_from_aesthetics(tmp_path: Path) -> None:
    taught = AestheticNet(make_backbone())
    with torch.no_grad():
        for weight in taught.parameters():
            weight.add_(0.5)
    torch.save(taught.state_dict(), tmp_path / "aesthetic.pt")
    plain, second = make_net(tmp_path, None), make_net(tmp_path, tmp_path / "aesthetic.pt")
    assert torch.equal(second.trunk[0].conv.weight, plain.trunk[0].conv.weight + 0.5)
    assert torch.equal(second.deep[-1].conv.weight, plain.deep[-1].conv.weight + 0.5)


def start() -> DefectNet:
    torch.manual_seed(0)
    return make_net(Path("unused"), None)


def make(folder: Path) -> Path:
    folder.mkdir()
    return folder
