"""What is done again of a photo that is remembered when models, opinions, pipeline or device are others."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from iqscore import fingerprint
from iqscore.cards import find_models_folder
from tests.cache.desk import Desk


def copy_models(folder: Path) -> Path:
    """Copy cards and calibration, with empty files for models."""
    shutil.copytree(find_models_folder(), folder, ignore=shutil.ignore_patterns("*.onnx"))
    for card in folder.glob("*-*.json"):
        card.with_suffix(".onnx").touch()
    return folder


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    facts = json.loads(path.read_text())
    change(facts)
    path.write_text(json.dumps(facts))


def find_card(folder: Path, role: str) -> Path:
    return next(path for path in folder.glob("*-*.json") if json.loads(path.read_text())["role"] == role)


def test_an_opinion_that_changes_needs_nothing_to_be_seen_again(desk: Desk, tmp_path: Path, photo: Path) -> None:
    models = copy_models(tmp_path / "models")
    before = desk.score(photo, models=models)
    change_json(models / "calibration.json", lambda facts: facts["calibration"].update(stars=[1.0, 2.0, 3.0, 4.0]))
    change_json(models / "calibration.json", lambda facts: facts["calibration"].update(aesthetic_weight=0.1))
    knots = {"mean": [1.0, 10.0], "shipped": [2.0, 9.0]}
    change_json(find_card(models, "aesthetic"), lambda facts: facts.update(aesthetic_curve=knots, title="other words"))
    after = desk.score(photo, models=models)
    assert (desk.decoded, desk.runs) == ([], Counter())
    assert after[0].score != before[0].score
    assert after == desk.score(photo, models=models)
    shutil.rmtree(tmp_path / "cache")
    assert after == desk.score(photo, models=models)
    assert desk.decoded == [photo.name]


def test_another_model_is_run_alone(desk: Desk, tmp_path: Path, photo: Path) -> None:
    models = copy_models(tmp_path / "models")
    desk.score(photo, models=models)
    change_json(find_card(models, "aesthetic"), lambda facts: facts.update(sha256="0" * 64))
    desk.score(photo, models=models)
    assert (desk.decoded, desk.runs) == ([photo.name], Counter(aesthetic=1))
    # neither of the two pushes the other out
    for folder in (models, find_models_folder(), models):
        desk.score(photo, models=folder)
        assert (desk.decoded, desk.runs) == ([], Counter())


@pytest.mark.parametrize(
    ("role", "runs"), [("aesthetic", Counter(aesthetic=1)), ("defects", Counter(aesthetic=1, defects=1))]
)
def test_other_views_are_looked_at(role: str, runs: Counter[str], desk: Desk, tmp_path: Path, photo: Path) -> None:
    models = copy_models(tmp_path / "models")
    desk.score(photo, models=models)
    change_json(find_card(models, role), lambda facts: facts["views"].update(size=192))
    desk.score(photo, models=models)
    assert desk.runs == runs


@pytest.mark.parametrize(
    ("what", "other"), [("PIPELINE", 99), ("PIL.__version__", "99"), ("get_version", lambda package: f"{package} 99")]
)
def test_another_pipeline_sees_anew(
    what: str, other: object, desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.score(photo)
    monkeypatch.setattr(f"{fingerprint.__name__}.{what}", other)
    desk.score(photo)
    assert (desk.decoded, desk.runs) == ([photo.name], Counter(aesthetic=1, defects=1))


def test_another_device_or_runtime_runs_the_models_again(
    desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.score(photo)
    monkeypatch.setattr("iqscore.fingerprint.get_runtime", lambda: "another")
    desk.score(photo)
    assert desk.runs == Counter(aesthetic=1, defects=1)
    monkeypatch.setattr("tests.seeing.SeeingSession.device", "cuda")
    desk.score(photo)
    assert desk.runs == Counter(aesthetic=1, defects=1)


def test_a_direction_of_motion_is_looked_for_when_it_is_first_told(desk: Desk, tmp_path: Path, photo: Path) -> None:
    models = copy_models(tmp_path / "models")
    calibration = models / "calibration.json"

    def tell_from(severity: float) -> None:
        change_json(calibration, lambda facts: facts["calibration"]["told_severity"].update(motion_blur=severity))

    tell_from(1.1)
    desk.score(photo, models=models)
    tell_from(0.0)
    told = desk.score(photo, models=models)
    assert (desk.decoded, desk.runs) == ([photo.name], Counter())
    assert "motion_blur" in [reason.code for reason in told[0].reasons]
    assert desk.score(photo, models=models) == told
    assert desk.decoded == []
