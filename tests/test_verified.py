"""Whatever goes wrong within iqscore, a photo whose picture or rating would not be as meant is never written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iqscore import metadata
from iqscore.journal import open_journal, read_journal
from iqscore.metadata import Rating, embed, read, restore
from iqscore.metadata.sidecar import merge_sidecar
from iqscore.rater import Rater
from iqscore.rating_plan import RatingPlan
from iqscore.records import Failure, RatedOutcome
from iqscore.undo import undo_all
from tests.pictures import make_scene, to_bytes
from tests.samples import make_photo

KINDS = pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])


def rate(path: Path, journal: Path) -> RatedOutcome:
    with open_journal(str(journal)) as opened:
        return Rater(RatingPlan(), opened).rate(make_photo(str(path), stars=4))


def spoil(data: bytes, place: int) -> bytes:
    """Return a photo with one bit of its picture changed: at its start or in its middle."""
    picture = max(data.rfind(b"\xff\xda"), data.find(b"IDAT"), data.find(b"VP8 ")) + 20
    at = (picture + len(data)) // 2 if place else picture
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def expect_unverified(outcome: RatedOutcome) -> None:
    assert isinstance(outcome, Failure)
    assert outcome.code == "unverified"
    assert "please report it" in outcome.message


@KINDS
@pytest.mark.parametrize("place", [0, 1])
def test_a_picture_that_would_change(kind: str, place: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(to_bytes(make_scene(1, 400, 300), kind))
    before = path.read_bytes()

    def embed_badly(*arguments: Any, **options: Any) -> bytes:
        return spoil(embed(*arguments, **options), place)

    monkeypatch.setattr("iqscore.rater.embed", embed_badly)
    expect_unverified(rate(path, tmp_path / "j"))
    assert path.read_bytes() == before
    assert read_journal(str(tmp_path / "j")) == ([], 0)


@KINDS
def test_a_rating_that_would_be_another(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(to_bytes(make_scene(1, 40, 30), kind))
    before = path.read_bytes()
    monkeypatch.setattr("iqscore.rater.embed", lambda data, rating, **options: embed(data, Rating(stars=1)))
    expect_unverified(rate(path, tmp_path / "j"))
    assert path.read_bytes() == before


def test_a_rating_that_would_be_another_in_a_sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, sidecar = tmp_path / "a.tif", tmp_path / "a.tif.xmp"
    path.write_bytes(to_bytes(make_scene(1, 40, 30), "TIFF"))
    sidecar.write_bytes(merge_sidecar(None, Rating(label="Red")))
    before = sidecar.read_bytes()
    monkeypatch.setattr(
        "iqscore.rater.merge_sidecar", lambda data, rating, path: merge_sidecar(data, Rating(stars=1), path=path)
    )
    expect_unverified(rate(path, tmp_path / "j"))
    assert sidecar.read_bytes() == before


@KINDS
@pytest.mark.parametrize("fault", ["picture", "rating"])
def test_undoing_is_verified_too(kind: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(to_bytes(make_scene(1, 400, 300), kind))
    rate(path, tmp_path / "j")
    rated = path.read_bytes()
    assert read(rated).stars == 4

    def restore_badly(data: bytes, *arguments: Any, **options: Any) -> bytes:
        restored = restore(data, *arguments, **options)
        return spoil(restored, 1) if fault == "picture" else embed(restored, Rating(stars=2))

    monkeypatch.setattr("iqscore.undo.restore", restore_badly)
    changes, _ = read_journal(str(tmp_path / "j"))
    (outcome,) = undo_all(changes, RatingPlan().care)
    expect_unverified(outcome)
    assert path.read_bytes() == rated


def test_the_faults_are_told_from_what_is_right() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        data = to_bytes(make_scene(1, 400, 300), kind)
        assert metadata.is_same(data, embed(data, Rating(stars=4)))
        assert not metadata.is_same(data, spoil(data, 0))
        assert not metadata.is_same(data, spoil(data, 1))
