"""Model cards: the shipped ones are whole, and a broken one is told with its path."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import iqscore.cards
from iqscore.cards import ROLES, Card, Views, find_damage, find_models_folder, load_card, load_cards
from iqscore.errors import ModelError

CARD: dict[str, Any] = {
    "role": "aesthetic",
    "name": "nima",
    "version": "1.2.0",
    "file": "a.onnx",
    "sha256": hashlib.sha256(b"weights").hexdigest(),
    "views": {"size": 224, "tiles": 0, "long_side": 1500},
    "licence": "none",
}


def write_card(folder: Path, stem: str = "a", **changes: Any) -> Path:
    """Write a card, and its model where there is none; a change to None takes the key away."""
    facts = {key: value for key, value in (CARD | {"file": f"{stem}.onnx"} | changes).items() if value is not None}
    (folder / f"{stem}.onnx").write_bytes(b"weights")
    path = folder / f"{stem}.json"
    path.write_text(json.dumps(facts))
    return path


@pytest.mark.parametrize("role", ROLES)
def test_shipped_cards_say_what_training_wrote(role: str) -> None:
    written = json.loads((Path(__file__).parents[1] / "training" / "cards" / f"{role}.json").read_text("utf-8"))
    (card,) = (card for card in load_cards() if card.role == role)
    shipped = json.loads((find_models_folder() / f"{card.name}.json").read_text("utf-8"))
    assert {name: shipped[name] for name in written} == written


def test_the_shipped_models_are_whole() -> None:
    cards = load_cards()
    assert tuple(card.role for card in cards) == ROLES
    for card in cards:
        assert card.file.parent == find_models_folder()
        assert re.fullmatch(r"[a-z0-9-]+@[0-9a-f]{8}", card.identity)
        assert card.identity == f"{card.name}@{hashlib.sha256(card.file.read_bytes()).hexdigest()[:8]}"
        assert card.facts["licence"] == "Apache-2.0"
        assert find_damage(card) is None


@pytest.mark.parametrize("card", load_cards(), ids=lambda card: str(card.role))
def test_shipped_cards_name_the_commands_that_made_them(card: Card) -> None:
    modules = [re.match(r"python -m training\.(\w+) ", command) for command in card.facts["made_by"]]
    modules += [re.match(r"training/(\w+)\.py", file) for file in card.facts["results"]["measured_by"].split(", ")]
    for found in modules:
        assert found is not None
        assert (Path(__file__).parents[1] / "training" / f"{found[1]}.py").is_file()


def test_the_shipped_calibration_is_that_of_the_shipped_models() -> None:
    facts = json.loads((find_models_folder() / "calibration.json").read_text(encoding="utf-8"))
    assert facts["made_with"] == {card.role: card.identity for card in load_cards()}


def test_a_card_is_read_as_it_is_written(tmp_path: Path) -> None:
    card = load_card(write_card(tmp_path))
    assert (card.role, card.name, card.version) == ("aesthetic", "nima", "1.2.0")
    assert card.file == tmp_path / "a.onnx"
    assert card.views == Views(size=224, tiles=0, long_side=1500)
    assert card.facts == CARD
    assert card.identity == f"nima@{CARD['sha256'][:8]}"
    assert find_damage(card) is None


def test_a_changed_model_is_damaged(tmp_path: Path) -> None:
    card = load_card(write_card(tmp_path))
    card.file.write_bytes(b"weightS")
    damage = find_damage(card)
    assert damage is not None
    assert "checksum" in damage
    assert CARD["sha256"][:8] in damage


def test_one_flipped_bit_of_a_shipped_model_is_damage(tmp_path: Path) -> None:
    shipped = load_cards()[0]
    data = bytearray(shipped.file.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / shipped.file.name).write_bytes(data)
    copy = load_card(Path(shutil.copy(shipped.file.with_suffix(".json"), tmp_path)))
    assert copy.identity == shipped.identity
    assert find_damage(copy) is not None


def test_a_model_that_is_gone_is_damage(tmp_path: Path) -> None:
    card = load_card(write_card(tmp_path))
    card.file.unlink()
    assert find_damage(card) == "cannot be read (No such file or directory)"


def test_cards_come_in_the_order_of_roles_whatever_their_names(tmp_path: Path) -> None:
    write_card(tmp_path, "a", role="defects")
    write_card(tmp_path, "z", role="aesthetic")
    (tmp_path / "calibration.json").write_text("{}")
    assert [(card.role, card.file.name) for card in load_cards(tmp_path)] == [
        ("aesthetic", "z.onnx"),
        ("defects", "a.onnx"),
    ]


@pytest.mark.parametrize("role", ROLES)
def test_a_missing_model_is_told(tmp_path: Path, role: str) -> None:
    for other in ROLES:
        write_card(tmp_path, other, role=other)
    (tmp_path / f"{role}.onnx").unlink()
    with pytest.raises(ModelError, match=f"has no {role} model") as caught:
        load_cards(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_an_empty_folder_has_neither_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="has no aesthetic and no defects model") as caught:
        load_cards(tmp_path)
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("key", ["role", "name", "version", "file", "sha256", "views"])
def test_a_missing_key_is_told(tmp_path: Path, key: str) -> None:
    changes: dict[str, Any] = {key: None}
    expect_model_error(write_card(tmp_path, **changes), rf"not a usable model card .*{key}")


@pytest.mark.parametrize(
    "views",
    [
        {},
        {"size": 224, "tiles": 0},
        {"size": 224, "tiles": 0, "long_side": 1500, "colour": 1},
        [224, 0, 1500],
        "224",
    ],
)
def test_nonsense_about_views_is_told(tmp_path: Path, views: object) -> None:
    expect_model_error(write_card(tmp_path, views=views), "not a usable model card")


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'"card"', b"\xff\xfe{}", b"PK\3\4", b"[" * 8000])
def test_a_garbled_card_is_told(tmp_path: Path, content: bytes) -> None:
    path = write_card(tmp_path)
    path.write_bytes(content)
    expect_model_error(path, "not a usable model card")


@pytest.mark.parametrize("file", ["", "sub/a.onnx", 7])
def test_a_model_file_elsewhere_is_told(tmp_path: Path, file: object) -> None:
    expect_model_error(write_card(tmp_path, file=file), "not a usable model card")


@pytest.mark.parametrize("role", ["beauty", "", 7, ["aesthetic"]])
def test_an_unknown_role_is_told(tmp_path: Path, role: object) -> None:
    expect_model_error(write_card(tmp_path, role=role), "unknown role")


def test_a_card_that_is_gone_is_told(tmp_path: Path) -> None:
    expect_model_error(tmp_path / "gone.json", "not a usable model card")


def expect_model_error(path: Path, reason: str) -> None:
    with pytest.raises(ModelError, match=reason) as caught:
        load_card(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_one_broken_card_of_a_folder_is_told(tmp_path: Path) -> None:
    write_card(tmp_path, "a")
    path = write_card(tmp_path, "b", role="beauty")
    with pytest.raises(ModelError, match="unknown role") as caught:
        load_cards(tmp_path)
    assert str(path) in str(caught.value)


def test_models_in_the_package_come_before_those_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = find_models_folder.__wrapped__
    inside, beside = tmp_path / "iqscore" / "models", tmp_path / "models"
    monkeypatch.setattr(iqscore.cards, "__file__", str(tmp_path / "iqscore" / "cards.py"))
    for folder in (inside, beside):
        folder.mkdir(parents=True)
    with pytest.raises(ModelError, match="install iqscore again") as caught:
        find()
    assert str(inside) in str(caught.value)
    (beside / "a.onnx").touch()
    assert find() == beside
    (inside / "a.onnx").touch()
    assert find() == inside
