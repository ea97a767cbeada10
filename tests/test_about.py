"""What iqscore says about its models and its installation, and that it notices what is wrong with them."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import iqscore
from iqscore.cards import find_models_folder
from iqscore.kind import load_weights
from tests.program import call

Capture = pytest.CaptureFixture[str]
ROLES = ["aesthetic", "defects"]


def read_card(role: str, folder: Path) -> tuple[Path, dict[str, Any]]:
    """Return the path and the content of a role's card."""
    cards = {path: json.loads(path.read_text()) for path in folder.glob("*.json") if path.name != "calibration.json"}
    return next((path, card) for path, card in cards.items() if card["role"] == role)


def to_identity(role: str, folder: Path) -> str:
    """Return NAME@SHA8 of the model file as it is."""
    _, card = read_card(role, folder)
    return f"{card['name']}@{hashlib.sha256((folder / card['file']).read_bytes()).hexdigest()[:8]}"


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a copy of the models folder which is taken for the shipped one."""
    folder = tmp_path / "models"
    shutil.copytree(find_models_folder(), folder)
    # cards last: what is imported by this takes the folder from there, and would keep it
    for home in ("about", "scorer", "kind", "cards"):
        monkeypatch.setattr(f"iqscore.{home}.find_models_folder", lambda: folder)
    load_weights.cache_clear()
    yield folder
    load_weights.cache_clear()


def flip_a_bit(models: Path) -> None:
    file = models / read_card("aesthetic", models)[1]["file"]
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut_short(models: Path) -> None:
    file = models / read_card("aesthetic", models)[1]["file"]
    file.write_bytes(file.read_bytes()[:100_000])


def replace_by_junk(models: Path) -> None:
    path, card = read_card("aesthetic", models)
    (models / card["file"]).write_bytes(b"no model")
    path.write_text(json.dumps(card | {"sha256": hashlib.sha256(b"no model").hexdigest()}))


def tell_other_views(models: Path) -> None:
    path, card = read_card("aesthetic", models)
    path.write_text(json.dumps(card | {"views": card["views"] | {"tiles": 1, "keep_aspect": False}}))


def remove_a_card(models: Path) -> None:
    read_card("aesthetic", models)[0].unlink()


def garble_a_card(models: Path) -> None:
    read_card("aesthetic", models)[0].write_text("{")


def remove_the_calibration(models: Path) -> None:
    (models / "calibration.json").unlink()


def remove_the_weights_of_kinds(models: Path) -> None:
    (models / "kind.json").unlink()


def empty_the_weights_of_kinds(models: Path) -> None:
    (models / "kind.json").write_text("{}")


def shorten_the_weights_of_kinds(models: Path) -> None:
    values = json.loads((models / "kind.json").read_text())
    values["weights"]["mean"].pop()
    (models / "kind.json").write_text(json.dumps(values))


Damage = Callable[[Path], None]
OF_A_MODEL: list[Damage] = [flip_a_bit, cut_short, replace_by_junk, tell_other_views]
OF_A_CARD: list[Damage] = [remove_a_card, garble_a_card]
OF_OTHER_PARTS: list[Damage] = [
    remove_the_calibration, remove_the_weights_of_kinds, empty_the_weights_of_kinds, shorten_the_weights_of_kinds,
]  # fmt: skip


def test_list(capsys: Capture) -> None:
    assert call("models", "list") == 0
    folder = find_models_folder()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines] == [[role, to_identity(role, folder)] for role in ROLES]
    for line in lines:
        _, card = read_card(line[0], folder)
        file = folder / card["file"]
        assert line[2:] == [card["version"], f"{file.stat().st_size / 1e6:.1f}", "MB", str(file)]


@pytest.mark.parametrize("role", ROLES)
def test_show_by_role_name_and_identity(role: str, capsys: Capture) -> None:
    folder = find_models_folder()
    _, card = read_card(role, folder)
    for name in (role, card["name"], to_identity(role, folder)):
        assert call("models", "show", name) == 0
        assert json.loads(capsys.readouterr().out) == card


def test_show_tells_what_there_is(capsys: Capture) -> None:
    assert call("models", "show", "nima\x1b[31m") == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("iqscore: no model 'nima\\x1b[31m'; choose from aesthetic, ")
    assert "defects" in line


def test_the_shipped_models_are_sound(capsys: Capture) -> None:
    assert call("models", "verify") == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [[role, to_identity(role, find_models_folder()), "ok"] for role in ROLES]


@pytest.mark.parametrize("damage", OF_A_MODEL)
def test_verify_tells_a_damaged_model_from_a_sound_one(damage: Damage, models: Path, capsys: Capture) -> None:
    damage(models)
    assert call("models", "verify") == 1
    out, err = capsys.readouterr()
    bad, good = out.splitlines()
    assert bad.startswith("aesthetic ")
    assert not bad.endswith(" ok")
    assert good.split() == ["defects", to_identity("defects", models), "ok"]
    assert err == ""


def test_verify_tells_both_checksums(models: Path, capsys: Capture) -> None:
    said = to_identity("aesthetic", models).rpartition("@")[2]
    flip_a_bit(models)
    found = to_identity("aesthetic", models).rpartition("@")[2]
    assert call("models", "verify") == 1
    assert f"checksum is {found}, the card says {said}" in capsys.readouterr().out


@pytest.mark.parametrize("damage", OF_A_CARD)
@pytest.mark.parametrize("command", ["list", "verify", "show defects"])
def test_cards_that_cannot_be_used(damage: Damage, command: str, models: Path, capsys: Capture) -> None:
    damage(models)
    assert call("models", *command.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("iqscore: ")
    assert str(models) in line


def test_doctor(capsys: Capture) -> None:
    assert call("doctor") == 0
    out, err = capsys.readouterr()
    assert err == ""
    facts = [line.split() for line in out.splitlines()]
    assert ["iqscore", iqscore.__version__] in facts
    assert ["Python", platform.python_version()] in [fact[:2] for fact in facts]
    for package in ("onnxruntime", "numpy", "pillow", "typer", "rich"):
        assert [package, version(package)] in facts
    told = {fact[0]: " ".join(fact[1:]) for fact in facts}
    assert "CPUExecutionProvider" in told["devices"]
    assert "piexif" not in told
    assert "Azure" not in told["devices"]
    reads = [line.removeprefix("reads        ") for line in out.splitlines() if line.startswith("reads ")]
    pillow, heic, raw, jxl, tiff = reads
    formats, library = pillow.split(": ")
    assert {"JPEG", "PNG", "TIFF"} <= set(formats.split(", "))
    assert library == f"Pillow {version('pillow')}"
    assert heic.startswith(f"HEIC: pillow-heif {version('pillow-heif')} (libheif ")
    assert raw.startswith(f"camera RAW: rawpy {version('rawpy')} (LibRaw ")
    assert jxl == f"JPEG XL: pillow-jxl-plugin {version('pillow-jxl-plugin')} (libjxl)"
    assert tiff == f"TIFF of 32 bits: tifffile {version('tifffile')} (imagecodecs {version('imagecodecs')})"
    assert told["models"] == str(find_models_folder())
    assert told["aesthetic"].endswith(" ok")
    assert told["defects"].endswith(" ok")


def test_doctor_says_how_to_get_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr("iqscore.about.is_installed", lambda kind: kind == "HEIC")
    assert call("doctor") == 0
    lines = capsys.readouterr().out.splitlines()
    assert "reads not    camera RAW: pip install rawpy" in lines
    assert "reads not    JPEG XL: pip install 'iqscore[jxl]'" in lines
    assert [line for line in lines if line.startswith("reads        HEIC: pillow-heif ")]


def test_doctor_says_what_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    # as where a library that it needs is not on this system
    monkeypatch.setitem(sys.modules, "iqscore.raw", None)
    assert call("doctor") == 0
    assert f"reads        camera RAW: rawpy {version('rawpy')} (cannot be loaded: " in capsys.readouterr().out


@pytest.mark.parametrize("damage", OF_A_MODEL)
def test_doctor_finds_a_damaged_model(damage: Damage, models: Path, capsys: Capture) -> None:
    damage(models)
    assert call("doctor") == 1
    out, err = capsys.readouterr()
    *_, bad, good = out.splitlines()
    assert bad.startswith("aesthetic ")
    assert not bad.endswith(" ok")
    assert good.startswith("defects ")
    assert good.endswith(" ok")
    assert err == ""


@pytest.mark.parametrize("damage", OF_OTHER_PARTS)
@pytest.mark.parametrize("command", ["doctor", "models verify"])
def test_what_goes_with_the_models_is_checked_too(damage: Damage, command: str, models: Path, capsys: Capture) -> None:
    damage(models)
    assert call(*command.split()) == 1
    out, err = capsys.readouterr()
    *_, aesthetic, defects, trouble = out.splitlines()
    assert (aesthetic.split()[0], aesthetic.split()[-1]) == ("aesthetic", "ok")
    assert (defects.split()[0], defects.split()[-1]) == ("defects", "ok")
    assert trouble.startswith(f"models       {models}")
    assert err == ""


@pytest.mark.parametrize("damage", OF_A_CARD)
def test_doctor_finds_what_is_missing(damage: Damage, models: Path, capsys: Capture) -> None:
    damage(models)
    assert call("doctor") == 1
    out, err = capsys.readouterr()
    *facts, folder, trouble = out.splitlines()
    assert facts[0] == f"iqscore      {iqscore.__version__}"
    assert folder == f"models       {models}"
    assert trouble.startswith(f"models       {models}")
    assert len(trouble) > len(folder)
    assert err == ""


@pytest.mark.parametrize("damage", [*OF_A_MODEL, *OF_A_CARD, *OF_OTHER_PARTS])
def test_a_run_with_damaged_models_does_not_start(damage: Damage, models: Path, capsys: Capture) -> None:
    damage(models)
    assert call("rank", str(models)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(f"iqscore: {models}")
