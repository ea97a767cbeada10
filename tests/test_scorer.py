"""The scorer: a record filled from what the models say, and what the shipped ones say about known pictures."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from iqscore.cards import Card, find_models_folder, load_cards
from iqscore.decode import decode_photo
from iqscore.errors import ModelError
from iqscore.opinion import find_worst, load_calibration, to_quality, to_reasons, to_score
from iqscore.preprocess import to_views
from iqscore.records import DEFECTS, Failure, PhotoScore
from iqscore.scorer import Scorer, open_scorer
from iqscore.session import Device
from tests.golden import SEVERITY_TOLERANCE, TOLERANCES, load_golden, score_pictures
from tests.pictures import make_pixels, to_bytes, to_exif

HISTOGRAM = [0, 0, 0, 0, 0.25, 0.5, 0.25, 0, 0, 0]
SEVERITIES = [round(0.01 * place, 2) for place in range(len(DEFECTS))]


class FakeSession:
    """Says the same about every photo, and keeps what it was shown."""

    def __init__(self, *outputs: object, device: str = "cpu") -> None:
        self.device = device
        self.shown: list[NDArray[np.uint8]] = []
        self._outputs = [np.array([output], np.float32) for output in outputs]

    def run(self, views: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self.shown.append(views)
        return self._outputs


class FakeRuntime:
    """Opens fake sessions in place of ONNX Runtime; what a session says can be changed before it is opened."""

    def __init__(self, technical: float = 7.5, device: str = "cpu", **severities: float) -> None:
        told = dict(zip(DEFECTS, SEVERITIES, strict=True)) | severities
        self.asked: list[tuple[str, Device]] = []
        self.sessions = {
            "aesthetic": FakeSession(HISTOGRAM, device=device),
            "defects": FakeSession(list(told.values()), technical, device=device),
        }

    def open(self, card: Card, device: Device) -> FakeSession:
        self.asked.append((card.role, device))
        return self.sessions[card.role]


@pytest.fixture
def photo(tmp_path: Path) -> str:
    path = tmp_path / "photo.jpg"
    exif = to_exif({0x0112: 6}, {0x9003: "2026:05:04 10:20:30"})
    path.write_bytes(to_bytes(make_pixels(300, 200), "JPEG", exif=exif))
    return str(path)


def score(path: str, runtime: FakeRuntime) -> PhotoScore:
    outcome = open_scorer("cpu", open_session=runtime.open).score(path)
    assert isinstance(outcome, PhotoScore)
    return outcome


def test_a_record_holds_what_the_models_say(photo: str) -> None:
    record = score(photo, FakeRuntime(technical=7.5))
    assert record.aesthetic.mean == pytest.approx(6)
    assert record.aesthetic.spread == pytest.approx(0.5**0.5)
    assert record.aesthetic.histogram == pytest.approx(HISTOGRAM)
    assert record.technical.mean == 7.5
    assert list(record.defects) == list(DEFECTS)
    assert list(record.defects.values()) == pytest.approx(SEVERITIES)
    calibration = load_calibration(find_models_folder())
    assert record.score == to_score(
        to_quality(6, 7.5, find_worst(record.defects, calibration.costing), calibration), calibration
    )
    assert record.reasons == to_reasons(record.score, record.defects, calibration)
    assert (record.rank, record.percentile) == (None, None)


def test_a_record_holds_plain_numbers(photo: str) -> None:
    record = score(photo, FakeRuntime())
    numbers = [record.score, record.technical.mean, record.aesthetic.mean, record.aesthetic.spread]
    numbers += [*record.aesthetic.histogram, *record.defects.values()]
    assert {type(number) for number in numbers} == {float}
    assert type(record.stars) is int


def test_a_record_holds_what_the_file_says(photo: str) -> None:
    record = score(photo, FakeRuntime())
    assert (record.path, record.width, record.height) == (photo, 200, 300)
    assert (record.format, record.taken) == ("JPEG", "2026-05-04T10:20:30")


def test_a_severe_defect_is_told_and_rejects(photo: str) -> None:
    runtime = FakeRuntime(technical=1.0, noise=0.9, haze=0.5)
    runtime.sessions["aesthetic"] = FakeSession([0, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    record = score(photo, runtime)
    assert (record.label, record.stars) == ("rejected", 1)
    assert [(reason.code, reason.text) for reason in record.reasons] == [
        ("noise", "very noisy"),
        ("haze", "hazy: contrast washed out"),
    ]


def test_a_fine_photo_is_accepted_with_five_stars(photo: str) -> None:
    runtime = FakeRuntime(technical=9.5)
    runtime.sessions["aesthetic"] = FakeSession([0, 0, 0, 0, 0, 0, 0, 0, 1, 0])
    assert (score(photo, runtime).label, score(photo, runtime).stars) == ("accepted", 5)


def test_models_are_named(photo: str) -> None:
    models = {card.role: card.identity for card in load_cards()}
    runtime = FakeRuntime()
    assert open_scorer("cpu", open_session=runtime.open).models == models
    assert score(photo, runtime).models == models


@pytest.mark.parametrize("device", ["auto", "cpu", "cuda"])
def test_the_device_is_asked_for_and_told(device: Device) -> None:
    runtime = FakeRuntime(device="cuda")
    scorer = open_scorer(device, open_session=runtime.open)
    assert runtime.asked == [("aesthetic", device), ("defects", device)]
    assert scorer.device == "cuda"


def test_each_model_is_shown_the_views_of_its_card(photo: str) -> None:
    runtime = FakeRuntime()
    score(photo, runtime)
    pixels = decode_photo(photo).pixels
    for card in load_cards():
        (views,) = runtime.sessions[card.role].shown
        np.testing.assert_array_equal(views, to_views(pixels, card.views)[None])


@pytest.mark.parametrize(("content", "code"), [(b"", "empty"), (b"not a picture", "unrecognised"), (None, "not_found")])
def test_a_bad_file_is_a_failure(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "bad.jpg"
    if content is not None:
        path.write_bytes(content)
    outcome = open_scorer("cpu", open_session=FakeRuntime().open).score(str(path))
    assert isinstance(outcome, Failure)
    assert (outcome.path, outcome.code) == (str(path), code)
    assert outcome.message


def copy_models(folder: Path) -> Path:
    """Copy all but the weights, which a fake runtime does not read."""
    for file in find_models_folder().iterdir():
        if file.suffix == ".json":
            shutil.copy(file, folder)
            if file.with_suffix(".onnx").exists():
                (folder / file.name).with_suffix(".onnx").touch()
    return folder


def test_models_of_another_folder(tmp_path: Path) -> None:
    folder = copy_models(tmp_path)
    card = next(path for path in folder.glob("*.json") if path.with_suffix(".onnx").exists())
    facts = json.loads(card.read_text()) | {"name": "mine"}
    card.write_text(json.dumps(facts))
    scorer = open_scorer("cpu", models=folder, open_session=FakeRuntime().open)
    assert scorer.models[facts["role"]] == f"mine@{facts['sha256'][:8]}"


@pytest.mark.parametrize("name", [card.file.name for card in load_cards()] + ["calibration.json"])
def test_a_folder_that_lacks_something_is_told(tmp_path: Path, name: str) -> None:
    folder = copy_models(tmp_path)
    (folder / name).unlink()
    with pytest.raises(ModelError) as caught:
        open_scorer("cpu", models=folder, open_session=FakeRuntime().open)
    assert str(folder) in str(caught.value)


@pytest.fixture(scope="module")
def shipped() -> Scorer:
    return open_scorer("cpu")


@pytest.fixture(scope="module")
def told(shipped: Scorer) -> dict[str, dict[str, float]]:
    return score_pictures(shipped)


def test_the_shipped_models_say_what_they_said(shipped: Scorer, told: dict[str, dict[str, float]]) -> None:
    golden = load_golden()
    assert shipped.models == golden["models"], "other models than in golden.json; run python -m tests.make_golden"
    assert {name: list(numbers) for name, numbers in told.items()} == {
        name: list(numbers) for name, numbers in golden["pictures"].items()
    }
    changed = {
        f"{picture}: {name}": (value, told[picture][name])
        for picture, numbers in golden["pictures"].items()
        for name, value in numbers.items()
        if abs(told[picture][name] - value) > TOLERANCES.get(name, SEVERITY_TOLERANCE)
    }
    assert not changed, "(was, is); if on purpose, run python -m tests.make_golden"


def test_the_shipped_models_tell_a_spoilt_picture_from_a_good_one(told: dict[str, dict[str, float]]) -> None:
    good, soft, dark = told["good"], told["soft"], told["dark"]
    assert dark["underexposure"] > good["underexposure"] + 0.2
    # which of the two blurs it is, is harder to say
    assert max(soft["defocus_blur"], soft["motion_blur"]) > max(good["defocus_blur"], good["motion_blur"]) + 0.2
    assert good["technical"] > max(soft["technical"], dark["technical"]) + 0.5


def test_one_scorer_serves_many_threads(shipped: Scorer, photo: str) -> None:
    expected = shipped.score(photo)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(shipped.score, [photo] * 12)) == [expected] * 12
