"""Models that a person names: each takes the place of the shipped one with its role, and a bad one stops the run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from iqscore.cards import ROLES, choose_cards, find_card, find_models_folder, load_cards
from iqscore.errors import ModelError, UsageError
from iqscore.scorer import open_scorer
from tests.pictures import make_pixels, to_bytes
from tests.program import call, read_lines

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with a photo, and a copy of the shipped aesthetic model under the name `mine`."""
    monkeypatch.chdir(tmp_path)
    shipped = load_cards()[0]
    shutil.copy(shipped.file, "mine.onnx")
    Path("mine.json").write_text(json.dumps({**shipped.facts, "name": "mine", "file": "mine.onnx"}))
    Path("photo.jpg").write_bytes(to_bytes(make_pixels(60, 40), "JPEG"))
    return tmp_path


def tell(**changes: object) -> None:
    """Change the card of `mine`."""
    Path("mine.json").write_text(json.dumps(json.loads(Path("mine.json").read_text()) | changes))


def complaint(capsys: Capture) -> str:
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    return line


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["mine.onnx", "mine.json", "./mine.onnx"])
def test_the_model_or_its_card_is_named(name: str, capsys: Capture) -> None:
    assert call("score", "photo.jpg", "--model", name) == 0
    (record,) = read_lines(capsys.readouterr().out)
    shipped = {card.role: card.identity for card in load_cards()}
    assert record["models"] == shipped | {"aesthetic": f"mine@{shipped['aesthetic'].partition('@')[2]}"}


@pytest.mark.usefixtures("folder")
def test_every_command_takes_it(capsys: Capture) -> None:
    assert call("rank", "photo.jpg", "--format", "ndjson", "--model", "mine.onnx") == 0
    assert read_lines(capsys.readouterr().out)[0]["models"]["aesthetic"].startswith("mine@")
    assert call("models", "show", "mine.onnx") == 0
    assert json.loads(capsys.readouterr().out)["name"] == "mine"
    assert call("models", "verify", "mine.json") == 0
    assert capsys.readouterr().out.split()[0] == "aesthetic"
    assert call("doctor", "--model", "mine.onnx") == 0
    aesthetic, defects = capsys.readouterr().out.splitlines()[-2:]
    assert aesthetic.split()[1].startswith("mine@")
    assert defects.endswith("ok")


@pytest.mark.usefixtures("folder")
def test_the_library_takes_one_or_many_or_a_folder() -> None:
    shipped = open_scorer("cpu").models
    for models in ("mine.onnx", Path("mine.json"), ["mine.onnx"], (Path("mine.onnx"),)):
        scorer = open_scorer("cpu", models=models)
        assert list(scorer.models) == list(ROLES)
        assert scorer.models["aesthetic"].startswith("mine@")
        assert scorer.models["defects"] == shipped["defects"]
    assert open_scorer("cpu", models=find_models_folder()).models == shipped
    assert open_scorer("cpu", models=[]).models == shipped


def lose_the_model() -> None:
    Path("mine.onnx").unlink()


def lose_the_card() -> None:
    Path("mine.json").unlink()


def garble_the_card() -> None:
    Path("mine.json").write_text("{")


def flip_a_bit() -> None:
    data = bytearray(Path("mine.onnx").read_bytes())
    data[len(data) // 2] ^= 1
    Path("mine.onnx").write_bytes(data)


def tell_a_bad_curve() -> None:
    tell(aesthetic_curve={"mean": [2, 1]})


def name_another_file() -> None:
    tell(file="other.onnx")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lose_the_model, "mine.onnx: no such model"),
        (lose_the_card, "mine.onnx: its card mine.json is not beside it; `iqscore models import` writes both"),
        (garble_the_card, "mine.json: not a usable model card"),
        (flip_a_bit, "mine.onnx: checksum is "),
        (tell_a_bad_curve, "mine.onnx: its card has no usable aesthetic_curve"),
        (name_another_file, "mine.onnx: the card beside it is that of other.onnx"),
    ],
)
def test_a_model_that_cannot_be_used(damage: Callable[[], None], told: str, capsys: Capture) -> None:
    damage()
    assert call("score", "photo.jpg", "--model", "mine.onnx") == 2
    assert complaint(capsys).startswith(f"iqscore: {told}")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "mine\x1b[31m"}),
        ("name", {"name": ""}),
        ("name", {"name": ["mine"]}),
        ("sha256", {"sha256": 7}),
        ("sha256", {"sha256": "0" * 63}),
        ("size", {"views": {"size": "big", "tiles": 0, "long_side": 1500}}),
        ("size", {"views": {"size": 10**9, "tiles": 0, "long_side": 1500}}),
        ("tiles", {"views": {"size": 224, "tiles": -1, "long_side": 1500}}),
        ("long_side", {"views": {"size": 224, "tiles": 0, "long_side": 0}}),
    ],
)
@pytest.mark.parametrize("command", ["score photo.jpg --model", "models show", "models verify"])
def test_a_card_that_says_nonsense(field: str, changes: dict[str, object], command: str, capsys: Capture) -> None:
    tell(**changes)
    assert call(*command.split(), "mine.onnx") == 2
    assert complaint(capsys) == f"iqscore: mine.json: not a usable model card (no such {field})"


@pytest.mark.usefixtures("folder")
def test_a_card_without_its_model(capsys: Capture) -> None:
    lose_the_model()
    assert call("rank", "photo.jpg", "--model", "mine.json") == 2
    assert complaint(capsys).startswith("iqscore: mine.onnx: cannot be read")


@pytest.mark.usefixtures("folder")
def test_outputs_are_left_alone_where_a_model_cannot_be_used(capsys: Capture) -> None:
    Path("old.csv").write_text("kept")
    assert call("rank", "photo.jpg", "--model", "gone.onnx", "--csv", "old.csv") == 2
    assert "gone.onnx: no such model" in complaint(capsys)
    assert Path("old.csv").read_text() == "kept"


@pytest.mark.usefixtures("folder")
def test_a_named_model_is_verified_and_a_damaged_one_told(capsys: Capture) -> None:
    flip_a_bit()
    assert call("models", "verify", "mine.onnx") == 1
    assert "checksum is" in capsys.readouterr().out
    assert call("doctor", "--model", "mine.onnx") == 1
    assert "mine.onnx: checksum is" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_verify_notices_a_model_of_another_role(capsys: Capture) -> None:
    defects = load_cards()[1]
    shutil.copy(defects.file, "mine.onnx")
    tell(sha256=defects.sha256, views=defects.facts["views"])
    assert call("models", "verify", "mine.onnx") == 1
    assert "not the aesthetic model that its card describes" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_a_model_is_hashed_once_in_a_run_and_again_when_it_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[int] = []

    def hash_and_note(data: bytes) -> Any:
        hashed.append(len(data))
        return sha256(data)

    monkeypatch.setattr("iqscore.cards.hashlib.sha256", hash_and_note)
    assert call("score", "photo.jpg", "-q", "--model", "mine.onnx") == 0
    assert hashed.count(Path("mine.onnx").stat().st_size) == 1
    with Path("mine.onnx").open("ab") as file:
        file.write(b"more")
    assert call("score", "photo.jpg", "-q", "--model", "mine.onnx") == 2


@pytest.mark.usefixtures("folder")
def test_two_models_of_one_role(capsys: Capture) -> None:
    assert call("rank", "photo.jpg", "--model", "mine.onnx", "--model", "mine.json") == 2
    assert "both judge aesthetic; name one of them" in complaint(capsys)
    with pytest.raises(UsageError, match="both judge aesthetic"):
        choose_cards(["mine.onnx", "mine.onnx"])


@pytest.mark.parametrize("name", ["", ".", "photo.jpg", "models", "nima-mobilenet", "a.ONNX"])
def test_what_is_no_model(name: str) -> None:
    with pytest.raises(ModelError, match=r"not a model; name an \.onnx file, or its card"):
        find_card(name)
