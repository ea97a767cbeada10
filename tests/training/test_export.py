"""Export: the int8 file says nearly what the network says, and its card fits it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")
pytest.importorskip("tflite")
from iqscore.cards import find_damage, load_card
from iqscore.preprocess import to_views
from iqscore.session import open_session
from tests.training.backbones import make_backbone
from training import export
from training.light import to_pixels
from training.looks import make_look
from training.networks import AestheticNet, AestheticServing, DefectJudge, DefectLook, DefectNet
from training.shipped import extract_features, load_shipped

pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("ignore")]


def make_photos(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    photos = [folder / f"{number}.png" for number in range(6)]
    for photo in photos:
        Image.fromarray(rng.integers(0, 256, (4, 6, 3), np.uint8)).resize((300, 200)).save(photo)
    return photos


def test_defects_are_features_and_heads_in_one_file(tmp_path: Path) -> None:
    photos = make_photos(tmp_path)
    net = DefectNet(make_backbone()).eval()
    features, heads, file = (tmp_path / f"{name}.onnx" for name in ("features", "heads", "defects"))
    export.export_float(DefectLook(net).eval(), "defects", tmp_path / "float.onnx", export.FEATURES)
    export.quantise(tmp_path / "float.onnx", features, photos, export.VIEWS["defects"])
    export.export_heads(net, heads)
    export.join(features, heads, file)
    export.halve_heads(file)
    export.write_card(file, "defects", {"version": "1"})
    views = to_views(np.asarray(Image.open(photos[0])), export.VIEWS["defects"])
    severities, technical = open_session(load_card(file.with_suffix(".json")), "cpu").run(views[None])
    seen = make_look(features)(to_pixels(Image.open(photos[0])), np.random.default_rng(0))
    with torch.inference_mode():
        parts = [torch.from_numpy(seen[name][None].astype(np.float32)) for name in export.FEATURES]
        expected, mark = DefectJudge(net).eval()(*parts)
    assert np.abs(severities - expected.numpy()).max() < 0.01
    assert technical == pytest.approx(mark.numpy(), abs=0.05)


def test_the_halves_of_a_shipped_defect_model_come_back(tmp_path: Path) -> None:
    photos = make_photos(tmp_path)
    net = DefectNet(make_backbone()).eval()
    features, heads, file, again = (tmp_path / f"{name}.onnx" for name in ("features", "heads", "defects", "again"))
    export.export_float(DefectLook(net).eval(), "defects", tmp_path / "float.onnx", export.FEATURES)
    export.quantise(tmp_path / "float.onnx", features, photos, export.VIEWS["defects"])
    export.export_heads(net, heads)
    export.join(features, heads, file)
    export.halve_heads(file)
    extract_features(file, again)
    seen = [make_look(half)(to_pixels(Image.open(photos[0])), np.random.default_rng(0)) for half in (features, again)]
    for name in export.FEATURES:
        assert (seen[0][name] == seen[1][name]).all()
    torch.manual_seed(5)
    other = DefectNet(make_backbone()).eval()
    load_shipped(other, file)
    expected, found = net.state_dict(), other.state_dict()
    for name in expected:
        assert torch.allclose(found[name], expected[name], rtol=0.02, atol=float(expected[name].abs().max()) / 100), (
            name
        )
    parts = [torch.from_numpy(seen[0][name][None].astype(np.float32)) for name in export.FEATURES]
    with torch.inference_mode():
        said, known = DefectJudge(other).eval()(*parts), DefectJudge(net).eval()(*parts)
    assert torch.allclose(said[0], known[0], atol=2e-3)
    before = DefectNet(make_backbone())
    fresh = before.crop[1].weight.clone()
    load_shipped(before, file, but="crop")
    assert torch.equal(before.crop[1].weight, fresh)
    assert torch.allclose(before.tilt[1].weight, other.tilt[1].weight)


def test_network_to_int8_file_and_card(tmp_path: Path) -> None:
    photos = make_photos(tmp_path)
    serving = AestheticServing(AestheticNet(make_backbone())).eval()
    file = tmp_path / "nima.onnx"
    export.export_float(serving, "aesthetic", tmp_path / "float.onnx", ["histogram"])
    export.quantise(tmp_path / "float.onnx", file, photos, export.VIEWS["aesthetic"])
    export.write_card(file, "aesthetic", {"version": "1", "note": "kept"})
    card = load_card(file.with_suffix(".json"))
    assert find_damage(card) is None
    assert card.facts["note"] == "kept"
    assert file.stat().st_size < 0.4 * (tmp_path / "float.onnx").stat().st_size
    session = open_session(card, "cpu")
    for size in ((224, 224), (288, 192)):
        views = np.stack([np.asarray(Image.open(photo).resize(size)) for photo in photos])[:, None]
        with torch.inference_mode():
            expected = serving(torch.from_numpy(views)).numpy()
        assert np.abs(session.run(views)[0] - expected).mean() < 0.03


def test_further_training_starts_from_what_was_shipped(tmp_path: Path) -> None:
    photos = make_photos(tmp_path)
    shipped = AestheticNet(make_backbone()).eval()
    torch.nn.init.normal_(shipped.centre, 0.5, 0.1)
    export.export_float(AestheticServing(shipped).eval(), "aesthetic", tmp_path / "float.onnx", ["histogram"])
    export.quantise(tmp_path / "float.onnx", tmp_path / "nima.onnx", photos, export.VIEWS["aesthetic"], export.EXACT)
    export.halve_heads(tmp_path / "nima.onnx")
    again = AestheticNet(make_backbone()).eval()
    for weights in again.parameters():
        torch.nn.init.zeros_(weights)
    load_shipped(again, tmp_path / "nima.onnx")
    for name, weights in again.state_dict().items():
        expected = shipped.state_dict()[name]
        assert torch.allclose(weights, expected, atol=0.01 * float(expected.abs().max()) + 1e-6), name


def test_a_file_of_something_else_is_no_start(tmp_path: Path) -> None:
    file = tmp_path / "other.onnx"
    export.write_onnx(torch.nn.Linear(2, 2), (torch.zeros(1, 2),), file, ["x"], ["y"], {})
    with pytest.raises(ValueError, match="export"):
        load_shipped(AestheticNet(make_backbone()), file)


def test_calibration_photos_are_spread_over_the_folder(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"{number:02d}.jpg").touch()
    assert [path.stem for path in export.choose_calibration(tmp_path, 4)] == ["00", "05", "10", "15"]
