"""What is remembered of photos: found while nothing that matters changed, and not a moment longer."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from iqscore.cache import open_store
from iqscore.decode import Photo, decode_photo
from iqscore.memory import FRESH_NS
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from tests.cache.desk import Desk
from tests.pictures import make_scene
from tests.seeing import OLD, SeeingRuntime, write_photos


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


def test_every_fact_of_a_photo_that_a_record_has_is_kept(desk: Desk, photo: Path) -> None:
    (record,) = desk.score(photo)
    shared = set(Photo.__dataclass_fields__) & set(PhotoScore.__dataclass_fields__) - {"path"}
    assert shared >= {"width", "height", "format", "taken"}
    (again,) = desk.score(photo)
    assert {name: getattr(again, name) for name in shared} == {name: getattr(record, name) for name in shared}
