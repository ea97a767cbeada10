"""The front door: a few names, loaded late, and photos from files and folders."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

import pytest

import iqscore
from iqscore import Failure, PhotoScore, Scorer, open_scorer, score_paths
from iqscore.errors import ModelError
from iqscore.records import Outcome
from tests.pictures import make_pixels, to_bytes
from tests.samples import make_failure, make_photo

HEAVY = ["numpy", "onnxruntime", "PIL", "rich", "typer"]


class FakeScorer(Scorer):
    """Says the same about every photo, without a model; `bad.jpg` fails."""

    def __init__(self) -> None:
        self.models = {}
        self.device = "cpu"

    def score(self, path: str) -> Outcome:
        return make_failure(path) if Path(path).name == "bad.jpg" else make_photo(path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("named.txt", "shoot/a.jpg", "shoot/bad.jpg", "shoot/notes.txt", "shoot/more/b.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def score(*paths: str | os.PathLike[str], jobs: int | None = None) -> list[tuple[str, type]]:
    return [(outcome.path, type(outcome)) for outcome in score_paths(paths, scorer=FakeScorer(), jobs=jobs)]


def test_every_name_is_there() -> None:
    assert [name for name in iqscore.__all__ if not hasattr(iqscore, name)] == []
    assert set(iqscore._HOMES) == set(iqscore.__all__) - {"__version__"}
    assert iqscore.open_scorer is open_scorer
    assert iqscore.__version__[0].isdigit()


def test_the_names_are_few() -> None:
    assert len(iqscore.__all__) <= 13
    assert len(set(iqscore.__all__)) == len(iqscore.__all__)


def test_every_error_is_at_the_front_door() -> None:
    for name in ("ModelError", "OutputError", "PhotoError", "UsageError"):
        assert issubclass(getattr(iqscore, name), iqscore.IqscoreError)


def test_no_other_name_is_there() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'rank_photos'"):
        iqscore.rank_photos  # noqa: B018


def run_python(program: str) -> str:
    environment = os.environ | {"PYTHONPATH": str(Path(iqscore.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    show = f"import sys; print([name for name in {HEAVY} if name in sys.modules])"
    assert run_python(f"import iqscore; iqscore.__version__; {show}") == "[]\n"
    assert run_python(f"from iqscore import PhotoScore, Failure, PhotoError; {show}") == "[]\n"


def test_all_names_come_with_a_star() -> None:
    assert run_python("from iqscore import *; print(score_paths.__module__, open_scorer.__module__)") == (
        "iqscore.api iqscore.scorer\n"
    )


@pytest.mark.usefixtures("folder")
def test_files_and_folders_are_scored_in_order() -> None:
    assert score("named.txt", "shoot", "gone.jpg") == [
        ("named.txt", PhotoScore),
        ("shoot/a.jpg", PhotoScore),
        ("shoot/bad.jpg", Failure),
        ("shoot/more/b.png", PhotoScore),
        ("gone.jpg", Failure),
    ]


def test_paths_may_be_path_objects(folder: Path) -> None:
    assert score(folder / "named.txt", Path("shoot/more")) == [
        (f"{folder}/named.txt", PhotoScore),
        ("shoot/more/b.png", PhotoScore),
    ]


def test_the_home_folder_is_expanded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    assert score("~/named.txt", Path("~/shoot/more")) == [
        (f"{folder}/named.txt", PhotoScore),
        (f"{folder}/shoot/more/b.png", PhotoScore),
    ]


@pytest.mark.usefixtures("folder")
def test_no_paths_no_outcomes() -> None:
    assert score() == []
    assert score("shoot/notes.txt/") == [("shoot/notes.txt/", Failure)]


@pytest.mark.usefixtures("folder")
def test_so_many_jobs_are_done_side_by_side() -> None:
    class Meeting(FakeScorer):
        def score(self, path: str) -> Outcome:
            together.wait()
            return super().score(path)

    together = threading.Barrier(5, timeout=10)
    paths = [f"{number}.jpg" for number in range(5)]
    for path in paths:
        Path(path).touch()
    assert [type(outcome) for outcome in score_paths(paths, scorer=Meeting(), jobs=5)] == [PhotoScore] * 5


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("jobs", [1, 3, None])
def test_paths_may_be_endless(jobs: int | None) -> None:
    def name_photos() -> Iterator[str]:
        for number in count():
            yield f"{number}.jpg"

    outcomes = score_paths(name_photos(), scorer=FakeScorer(), jobs=jobs)
    assert [outcome.path for outcome in islice(outcomes, 5)] == [f"{number}.jpg" for number in range(5)]


def test_missing_models_are_told_at_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.scorer.find_models_folder", lambda: folder)
    with pytest.raises(ModelError, match="no aesthetic and no defects model"):
        score_paths(["shoot"])


def test_without_a_scorer_the_shipped_models_judge(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(to_bytes(make_pixels(60, 40), "JPEG"))
    (tmp_path / "torn.jpg").write_bytes(to_bytes(make_pixels(60, 40), "JPEG")[:300])
    photo, torn = score_paths([tmp_path])
    assert isinstance(photo, PhotoScore)
    assert photo.models == open_scorer("cpu").models
    assert (photo.width, photo.height) == (60, 40)
    assert isinstance(torn, Failure)
    assert torn.path == str(tmp_path / "torn.jpg")


@pytest.mark.usefixtures("folder")
def test_one_path_in_place_of_many_is_one_path() -> None:
    # a string is a row of letters, one of which may be the root of all folders
    assert [outcome.path for outcome in score_paths("shoot", scorer=FakeScorer())] == [
        "shoot/a.jpg",
        "shoot/bad.jpg",
        "shoot/more/b.png",
    ]
