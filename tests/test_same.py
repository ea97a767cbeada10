"""The shipped models say exactly the same of a photo whatever the threads, the order, the company and the cache."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from iqscore.cache import VARIABLE, open_store
from iqscore.pipeline import score_all
from iqscore.records import Outcome, PhotoScore
from iqscore.scorer import Scorer, open_scorer
from tests.pictures import make_scene
from tests.seeing import OLD

SIZES = [(320, 240), (96, 64), (64, 200), (1700, 1100), (400, 400), (31, 7)]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return photos of several shapes; one is black and white, one is no photo."""
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / f"{number}.jpg" for number in range(len(SIZES))]
    for number, (path, size) in enumerate(zip(paths, SIZES, strict=True)):
        scene = make_scene(number, *size)
        (scene.convert("L") if number == 4 else scene).save(path, quality=80 + number)
    paths.append(folder / "bad.jpg")
    paths[-1].write_bytes(b"\xff\xd8\xff\xe0 and no more")
    for path in paths:
        os.utime(path, (OLD, OLD))
    return [str(path) for path in paths]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return open_scorer("cpu")


@pytest.fixture(scope="module")
def alone(photos: list[str], scorer: Scorer) -> dict[str, Outcome]:
    """Return what is said of each photo by itself."""
    said = {path: scorer.score(path) for path in photos}
    assert sum(isinstance(outcome, PhotoScore) for outcome in said.values()) == len(SIZES)
    return said


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_threads_do_not_matter(jobs: int, photos: list[str], alone: dict[str, Outcome], scorer: Scorer) -> None:
    assert list(score_all(photos * 2, scorer.score, jobs)) == [alone[path] for path in photos * 2]


def test_order_and_company_do_not_matter(photos: list[str], alone: dict[str, Outcome], scorer: Scorer) -> None:
    shuffled = random.Random(1).sample(photos, len(photos))
    for order in (photos[::-1], shuffled, shuffled[:3]):
        assert list(score_all(order, scorer.score, 2)) == [alone[path] for path in order]


def test_the_order_of_being_done_does_not_matter(photos: list[str], alone: dict[str, Outcome], scorer: Scorer) -> None:
    done = list(score_all(photos, scorer.score, 3, ordered=False))
    assert sorted(done, key=lambda outcome: outcome.path) == [alone[path] for path in sorted(photos)]


def test_the_cache_does_not_matter(
    photos: list[str], alone: dict[str, Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    for hashing, remembered in ((False, 0), (False, len(SIZES)), (True, len(SIZES))):
        with open_store(pytest.fail) as store:
            scorer = open_scorer("cpu", store=store, hashing=hashing)
            assert list(score_all(photos, scorer.score, 2)) == [alone[path] for path in photos]
            assert scorer.remembered == remembered
    with open_store(pytest.fail) as store:
        scorer = open_scorer("cpu", store=store, hashing=True)
        recalled = [scorer.recall(path) for path in photos]
    assert recalled == [alone[path] if isinstance(alone[path], PhotoScore) else None for path in photos]


def test_a_session_opened_anew_says_the_same(photos: list[str], alone: dict[str, Outcome]) -> None:
    again = open_scorer("cpu")
    assert [again.score(path) for path in photos] == list(alone.values())
