"""What is remembered of photos: found while nothing that matters changed, and not a moment longer."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from iqscore import fingerprint
from iqscore.cache import VARIABLE, open_store
from iqscore.cards import find_models_folder
from iqscore.decode import Photo, decode_photo
from iqscore.memory import FRESH_NS
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from iqscore.sight import Sight, _restore, from_bytes, to_bytes
from tests.pictures import make_scene
from tests.seeing import OLD, SeeingRuntime, write_photos

NAMES = {"aesthetic": "model 1", "defects": "model 2"}
SHORT_OF_A_NUMBER = b'{"facts":{},"outputs":{"model 1":["AACAPwE="]},"is_monochrome":false}'


class Desk:
    """Scores photos with a cache, as run after run would, and counts what each has to do."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.decoded: list[str] = []
        self.runs: Counter[str] = Counter()

    def score(self, *paths: Path, hashing: bool = False, models: Path | None = None) -> list[PhotoScore]:
        """Return what one run says."""
        runtime = SeeingRuntime()
        self.decoded.clear()
        with open_store(pytest.fail) as store:
            scorer = open_scorer("cpu", models=models, open_session=runtime.open, store=store, hashing=hashing)
            outcomes = [scorer.score(str(path)) for path in paths]
        self.runs = runtime.runs
        assert scorer.remembered == len(paths) - len(self.decoded)
        return [outcome for outcome in outcomes if isinstance(outcome, PhotoScore)]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    desk = Desk(tmp_path)

    def decode_and_note(path: str) -> Photo:
        desk.decoded.append(Path(path).name)
        return decode_photo(path)

    monkeypatch.setattr("iqscore.scorer.decode_photo", decode_and_note)
    return desk


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write_photos(tmp_path / "photos", 1)[0]


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


def test_a_second_run_decodes_nothing_and_says_exactly_the_same(desk: Desk) -> None:
    photos = write_photos(desk.folder / "photos", 5)
    first = desk.score(*photos)
    assert (len(desk.decoded), len({record.score for record in first})) == (5, 5)
    assert desk.score(*photos) == first
    assert (desk.decoded, desk.runs) == ([], Counter())
    assert desk.score(*reversed(photos)) == first[::-1]


def test_a_photo_is_known_however_its_path_is_spelled(desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (record,) = desk.score(photo)
    monkeypatch.chdir(photo.parent)
    for path in (Path(photo.name), Path("..", photo.parent.name, photo.name)):
        assert desk.score(path) == [replace(record, path=str(path))]
        assert desk.decoded == []


def rewrite(path: Path) -> None:
    make_scene(77, 96, 64).save(path)
    os.utime(path, (OLD, OLD))


@pytest.mark.parametrize(
    "change",
    [rewrite, lambda path: os.utime(path, ns=(0, OLD * 10**9 + 1)), lambda path: path.open("ab").write(b"more")],
    ids=["other content", "other time", "other size"],
)
def test_a_changed_photo_is_seen_anew(change: Callable[[Path], object], desk: Desk, photo: Path) -> None:
    desk.score(photo)
    change(photo)
    desk.score(photo)
    assert desk.decoded == [photo.name]


def test_a_photo_that_changed_a_moment_ago_is_not_remembered(
    desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a moment that is long enough for a busy machine
    assert FRESH_NS >= 2 * 10**9, "the clock of FAT ticks every two seconds"
    monkeypatch.setattr("iqscore.memory.FRESH_NS", 10**15)
    for _ in range(2):
        photo.touch()
        desk.score(photo)
        assert desk.decoded == [photo.name]
    os.utime(photo, (OLD, OLD))
    desk.score(photo)
    desk.score(photo)
    assert desk.decoded == []


def test_a_photo_that_changes_while_it_is_looked_at_is_not_remembered(
    desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode_slowly(path: str) -> Photo:
        seen = decode_photo(path)
        os.utime(path, (OLD + 5, OLD + 5))
        return seen

    with monkeypatch.context() as patched:
        patched.setattr("iqscore.scorer.decode_photo", decode_slowly)
        with open_store(pytest.fail) as store:
            open_scorer("cpu", open_session=SeeingRuntime().open, store=store).score(str(photo))
    desk.score(photo)
    assert desk.decoded == [photo.name]


def test_failures_are_not_remembered(desk: Desk) -> None:
    bad = desk.folder / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff\xe0 and no more")
    os.utime(bad, (OLD, OLD))
    for _ in range(2):
        assert desk.score(bad) == []
        assert desk.decoded == ["bad.jpg"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_photo_that_may_not_be_read_any_more_fails(desk: Desk, photo: Path) -> None:
    desk.score(photo)
    photo.chmod(0)
    assert desk.score(photo) == []


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


def test_a_moved_photo_is_known_by_its_content(desk: Desk, photo: Path) -> None:
    (record,) = desk.score(photo, hashing=True)
    moved = photo.rename(photo.with_name("moved.jpg"))
    copied = Path(shutil.copy(moved, desk.folder / "copied.jpg"))
    os.utime(copied, (OLD + 9, OLD + 9))
    assert desk.score(moved, copied, hashing=True) == [
        replace(record, path=str(moved)),
        replace(record, path=str(copied)),
    ]
    assert desk.decoded == []
    # and by their new places from now on
    desk.score(moved, copied)
    assert desk.decoded == []


def test_a_photo_that_was_known_by_its_path_is_hashed_when_that_is_asked_for(desk: Desk, photo: Path) -> None:
    desk.score(photo)
    desk.score(photo, hashing=True)
    assert desk.decoded == []
    desk.score(photo.rename(photo.with_name("moved.jpg")), hashing=True)
    assert desk.decoded == []


def test_copies_are_seen_once_by_another_pipeline_too(desk: Desk, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = [Path(shutil.copy(photo, desk.folder / f"copy {number}.jpg")) for number in range(3)]
    for copy in copies:
        os.utime(copy, (OLD, OLD))
        desk.score(copy, hashing=True)
    monkeypatch.setattr("iqscore.fingerprint.PIPELINE", 99)
    seen = []
    for copy in copies:
        desk.score(copy, hashing=True)
        seen += desk.decoded
    assert seen == [copies[0].name]


def test_content_under_another_suffix_is_another_photo(desk: Desk, photo: Path) -> None:
    desk.score(photo, hashing=True)
    desk.score(photo.rename(photo.with_suffix(".JPG")), hashing=True)
    assert desk.decoded == []
    desk.score(photo.with_suffix(".JPG").rename(photo.with_suffix(".dat")), hashing=True)
    assert desk.decoded == ["0000.dat"]


def test_content_that_changed_at_its_place_is_seen_anew(desk: Desk, photo: Path) -> None:
    desk.score(photo, hashing=True)
    rewrite(photo)
    desk.score(photo, hashing=True)
    assert desk.decoded == [photo.name]


def make_sight(**changes: Any) -> Sight:
    facts = {"width": 3, "height": 2, "format": "JPEG", "taken": None}
    outputs = {"aesthetic": ((0.25, 1e-30, 0.1),), "defects": ((0.5,), (7.25,))}
    sight = Sight(facts, outputs, is_monochrome=True, is_graphic=False, is_motion_sought=True, motion=35)
    return replace(sight, **changes)


def test_a_sight_comes_back_as_it_was() -> None:
    exact = from_bytes(to_bytes(make_sight(), NAMES), NAMES)[0]
    assert exact.facts == make_sight().facts
    assert exact.outputs["defects"] == ((0.5,), (7.25,))
    # single precision, as models speak
    assert exact.outputs["aesthetic"][0][2] == pytest.approx(0.1, abs=1e-8)
    assert from_bytes(to_bytes(exact, NAMES), NAMES)[0] == exact


def test_outputs_are_found_by_the_model_that_gave_them() -> None:
    data = to_bytes(make_sight(), NAMES)
    sight, packed = from_bytes(data, NAMES | {"aesthetic": "model 3"})
    assert sight.outputs.keys() == {"defects"}
    data = to_bytes(make_sight(), NAMES | {"aesthetic": "model 3"}, packed)
    assert from_bytes(data, NAMES)[1].keys() == {"model 1", "model 2", "model 3"}


@dataclass(frozen=True)
class Lens:
    name: str | None
    range: tuple[float, ...] = ()


def test_records_and_tuples_within_facts_come_back() -> None:
    lens = Lens("50 mm", (50.0, 50.0))
    plain = json.loads(json.dumps({"name": "50 mm", "range": [50.0, 50.0]}))
    assert _restore(Lens, plain) == _restore(Lens | None, plain) == lens
    assert _restore(tuple[Lens, ...], [plain]) == (lens,)
    assert (_restore(Lens | None, None), _restore(str, "text"), _restore(dict[str, int], {"a": 1})) == (
        None,
        "text",
        {"a": 1},
    )
    assert json.loads(to_bytes(make_sight(facts={"lens": lens}), NAMES))["facts"]["lens"] == plain


def test_what_cannot_be_kept_is_told() -> None:
    with pytest.raises(TypeError, match="object"):
        to_bytes(make_sight(facts={"odd": object()}), NAMES)


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"outputs":{},"facts":{"nonsense":1}}', b"\xff", b"[" * 8000, SHORT_OF_A_NUMBER]
)
def test_what_was_not_written_here_is_no_sight(data: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, RecursionError)):
        from_bytes(data, NAMES)


def test_a_fact_that_no_record_has_is_no_sight() -> None:
    with pytest.raises(KeyError, match="facts"):
        from_bytes(to_bytes(make_sight(facts={"nonsense": 1}), NAMES), NAMES)


def test_every_fact_of_a_photo_that_a_record_has_is_kept(desk: Desk, photo: Path) -> None:
    (record,) = desk.score(photo)
    shared = set(Photo.__dataclass_fields__) & set(PhotoScore.__dataclass_fields__) - {"path"}
    assert shared >= {"width", "height", "format", "taken"}
    (again,) = desk.score(photo)
    assert {name: getattr(again, name) for name in shared} == {name: getattr(record, name) for name in shared}
