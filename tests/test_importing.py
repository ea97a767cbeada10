"""`iqscore models import`, from the weight file to a model that `--model` takes."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("h5py")
pytest.importorskip("onnx")
from iqscore.cards import find_damage, find_models_folder, load_card
from iqscore.curve import load_curve
from iqscore.errors import ModelError
from iqscore.importing.curves import PUBLISHED, match, stretch
from tests.keras_files import make_layers, write_flat
from tests.pictures import make_scene, to_bytes
from tests.program import call, read_lines

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_flat(tmp_path_factory.mktemp("keras") / "weights 0.07.hdf5", make_layers())


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def list_files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def complaint(capsys: Capture) -> str:
    """Return the one line on stderr, with nothing on stdout."""
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


def test_a_model_and_its_card(weights: Path, folder: Path, capsys: Capture) -> None:
    assert call("models", "import", str(weights), "-o", "ava.onnx") == 0
    assert list_files(folder) == ["ava.json", "ava.onnx"]
    card = load_card(folder / "ava.json")
    assert (card.role, card.name, card.file) == ("aesthetic", "ava", folder / "ava.onnx")
    assert find_damage(card) is None
    assert card.facts["started_from"].startswith("weights 0.07.hdf5, SHA-256 ")
    assert card.facts["started_from"].endswith(hashlib.sha256(weights.read_bytes()).hexdigest())
    assert load_curve(card) == stretch(find_models_folder())
    assert capsys.readouterr().out.split()[:2] == ["aesthetic", card.identity]
    assert call("models", "verify", "ava.onnx", "ava.json") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [["aesthetic", card.identity, "ok"]] * 2


def test_names(weights: Path, folder: Path) -> None:
    assert call("models", "import", str(weights), "--name", "ava-2") == 0
    assert list_files(folder) == ["weights 0.07.json", "weights 0.07.onnx"]
    assert load_card(folder / "weights 0.07.json").name == "ava-2"
    assert call("models", "import", str(weights), "--force") == 0
    assert load_card(folder / "weights 0.07.json").name == "weights-0.07"


def test_photos_make_the_curve_and_tell_the_difference(weights: Path, folder: Path, capsys: Capture) -> None:
    (folder / "photos").mkdir()
    for seed in range(20):
        (folder / "photos" / f"{seed}.jpg").write_bytes(to_bytes(make_scene(seed, 160, 120), "JPEG"))
    (folder / "photos" / "bad.jpg").write_bytes(b"no photo")
    assert call("models", "import", str(weights), "-o", "ava.onnx", "--photos", "photos") == 0
    facts = load_card(folder / "ava.json").facts
    assert facts["aesthetic_curve"]["made_from"] == "quantiles of both models' means on 20 photos"
    assert load_curve(load_card(folder / "ava.json")) is not None
    assert facts["results"]["photos compared"] == 20
    assert "photos compared: 20" in capsys.readouterr().out


def test_too_few_photos_make_no_curve(weights: Path, folder: Path) -> None:
    (folder / "a.jpg").write_bytes(to_bytes(make_scene(0, 160, 120), "JPEG"))
    assert call("models", "import", str(weights), "-o", "ava.onnx", "--photos", ".") == 0
    facts = load_card(folder / "ava.json").facts
    assert facts["aesthetic_curve"]["made_from"].startswith("a straight line")
    assert facts["results"]["photos compared"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("gone.hdf5", "gone.hdf5: no such file"),
        ("notes.txt", "notes.txt: not an HDF5 file"),
        ("FILE -o ava.h5", "ava.h5: a model's name must end in .onnx"),
        ("FILE -o old.onnx", "old.onnx: is there already"),
        ("FILE -o half.onnx", "half.json: is there already"),
        ("FILE -o gone/ava.onnx", "gone/ava.onnx: cannot be written (no such folder)"),
        ("FILE --name a/b", "no such name for a model: 'a/b'"),
        ("FILE --name=", "no such name for a model: ''"),
        ("FILE --photos gone", "gone: no such folder of photos"),
        ("FILE -o ava.onnx --photos empty", "empty: no photo in it can be read"),
    ],
)
def test_what_cannot_be_imported(words: str, told: str, weights: Path, folder: Path, capsys: Capture) -> None:
    (folder / "empty").mkdir()
    for name in ("notes.txt", "old.onnx", "half.json"):
        (folder / name).write_text("kept")
    before = list_files(folder)
    assert call("models", "import", *(str(weights) if word == "FILE" else word for word in words.split())) == 2
    assert complaint(capsys).startswith(f"iqscore: {told}")
    assert list_files(folder) == before
    assert (folder / "old.onnx").read_text() == "kept"


def test_records_name_the_model_and_the_curve_enters_the_score_alone(
    weights: Path, folder: Path, capsys: Capture
) -> None:
    (folder / "photo.jpg").write_bytes(to_bytes(make_scene(1, 400, 300), "JPEG"))
    assert call("models", "import", str(weights), "-o", "ava.onnx") == 0
    records = []
    for shipped in (3.0, 8.0):
        facts = json.loads((folder / "ava.json").read_text())
        facts["aesthetic_curve"] = {"mean": [1], "shipped": [shipped]}
        (folder / "ava.json").write_text(json.dumps(facts))
        capsys.readouterr()
        assert call("score", "photo.jpg", "--model", "ava.json") == 0
        records += read_lines(capsys.readouterr().out)
    low, high = records
    assert re.fullmatch(r"ava@[0-9a-f]{8}", low["models"]["aesthetic"])
    assert low["models"]["defects"].startswith("defects-mobilenet@")
    assert low["aesthetic"] == high["aesthetic"]
    assert low["technical"] == high["technical"]
    assert low["score"] < high["score"]


def test_quantiles_are_matched() -> None:
    shipped = np.random.default_rng(0).normal(5, 1, 160).clip(1, 10)
    curve = match(list(5.4 + 0.3 * (shipped - 5)), list(shipped))
    for value in np.percentile(shipped, (5, 25, 50, 75, 95)):
        assert curve.to_shipped(5.4 + 0.3 * (value - 5)) == pytest.approx(value, abs=0.05)


def test_a_model_that_says_always_the_same_has_a_curve_too() -> None:
    curve = match([5.0] * 30, list(np.linspace(3, 7, 30)))
    assert curve.mean == (1.0, 5.0, 10.0)


def test_without_photos_the_line_joins_middles_and_deviations() -> None:
    reference: dict[str, Any] = json.loads((find_models_folder() / "calibration.json").read_text())
    middle, deviation = (reference["reference_aesthetic"][key] for key in ("mean", "deviation"))
    curve = stretch(find_models_folder())
    for z in (-2, 0, 2):
        assert curve.to_shipped(PUBLISHED[0] + z * PUBLISHED[1]) == pytest.approx(middle + z * deviation, abs=0.001)


def test_a_calibration_without_reference_is_told(folder: Path) -> None:
    (folder / "calibration.json").write_text("{}")
    with pytest.raises(ModelError, match=r"calibration\.json: says nothing usable of the reference_aesthetic"):
        stretch(folder)
