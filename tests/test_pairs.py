"""One photo in several files: found together, scored once, rated alike, and told apart where they are two."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from iqscore.metadata import Rating, embed, read
from iqscore.metadata.sidecar import merge_sidecar, read_sidecar
from iqscore.pairs import Pair, Pairs
from iqscore.pipeline import score_all
from iqscore.records import Failure, Outcome, PhotoScore
from iqscore.walk import NOT_READ, find_photos
from tests.pictures import make_scene, to_bytes, to_exif
from tests.program import call, read_lines, touch
from tests.raws import TAKEN, make_block
from tests.samples import make_failure, make_photo

Capture = pytest.CaptureFixture[str]
LATER = "2026:05:04 10:20:31"


def find(*inputs: str, named: tuple[str, ...] = ()) -> list[str | Pair | Failure]:
    return list(find_photos(inputs, pairs=True, named=named))


def make_jpeg(path: Path, taken: str | None = TAKEN) -> Path:
    exif = to_exif({0x010F: "Camera"}, {0x9003: taken}) if taken else b""
    path.write_bytes(to_bytes(make_scene(1, 96, 64), "JPEG", exif=exif))
    return path


def make_raw(path: Path, taken: str | None = TAKEN) -> Path:
    path.write_bytes(make_block("<", taken))
    return path


@pytest.mark.parametrize(
    ("jpeg", "raw", "is_pair"),
    [(TAKEN, TAKEN, True), (TAKEN, LATER, False), (TAKEN, None, True), (None, TAKEN, True), (None, None, True)],
)
def test_a_name_is_no_proof_where_both_tell_a_time(
    jpeg: str | None, raw: str | None, is_pair: bool, desk: Path
) -> None:
    make_jpeg(desk / "a.jpg", jpeg)
    make_raw(desk / "a.nef", raw)
    assert find(".")[0] == (Pair("a.jpg", ("a.nef",)) if is_pair else "a.jpg")


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.ARW", "a.JPG"], [Pair("a.JPG", ("a.ARW",))]),
        (["a.cr3", "a.HIF"], [Pair("a.HIF", ("a.cr3",))]),
        (["a.dng", "a.jpeg", "a.orf"], [Pair("a.jpeg", ("a.dng", "a.orf"))]),
        # a HEIC and a JPEG are two finished pictures: one of them may be an edit
        (["a.heic", "a.jpg"], ["a.heic", "a.jpg"]),
        (["a.heic", "a.jpg", "a.raf"], ["a.heic", Pair("a.jpg", ("a.raf",))]),
        # so are exports of a RAW converter
        (["a.nef", "a.tif"], ["a.nef", "a.tif"]),
        (["a.1.jpg", "a.nef", "ab.jpg", "b/a.jpg"], ["a.1.jpg", "a.nef", "ab.jpg", "b/a.jpg"]),
        (["a.nef", "A.jpg"], ["A.jpg", "a.nef"]),
    ],
)
def test_what_goes_along_with_what(names: list[str], found: list[str | Pair], desk: Path) -> None:
    touch(*names)
    assert find(".") == found
    assert list(find_photos(["."])) == sorted(names, key=lambda name: (name.count("/"), name))


def test_a_raw_photo_that_goes_along_is_not_skipped(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_jpeg(desk / "a.jpg")
    make_raw(desk / "a.nef")
    make_raw(desk / "b.nef")
    monkeypatch.setattr("iqscore.walk.is_installed", lambda kind: False)
    skipped: list[tuple[str, str]] = []
    assert list(find_photos(["."], on_skip=lambda *skip: skipped.append(skip), pairs=True)) == [
        Pair("a.jpg", ("a.nef",))
    ]
    assert skipped == [("b.nef", NOT_READ)]


def test_named_files_pair_only_with_named_files(desk: Path) -> None:
    make_jpeg(desk / "a.jpg")
    make_raw(desk / "a.nef")
    pair = Pair("a.jpg", ("a.nef",))
    assert find("a.jpg", named=("a.jpg",)) == ["a.jpg"]
    assert find("a.jpg", "a.nef", named=("a.jpg", "a.nef")) == [pair]
    assert find("a.nef", "a.jpg", named=("a.nef", "a.jpg")) == [pair]
    # of a list that comes bit by bit nobody knows what will follow
    assert find("a.jpg", "a.nef") == ["a.jpg", "a.nef"]


def test_what_is_no_file_is_never_opened(desk: Path) -> None:
    make_jpeg(desk / "a.jpg")
    make_jpeg(desk / "c.jpg")
    os.mkfifo(desk / "a.nef")
    os.mkfifo(desk / "b.jpg")
    touch("b.nef")
    (desk / "c.nef").symlink_to("gone")
    skipped: list[str] = []
    found = list(find_photos(["."], on_skip=lambda path, _: skipped.append(path), pairs=True))
    assert [item if isinstance(item, str) else item.path for item in found] == ["a.jpg", "b.nef", "c.jpg", "c.nef"]
    assert skipped == ["a.nef", "b.jpg"]


def test_any_order_of_asking_says_the_same(desk: Path) -> None:
    paths = [f"{number}.{suffix}" for number in range(20) for suffix in ("jpg", "nef", "dng")]
    touch(*paths)
    wanted = {str(Pairs(paths).resolve(path)) for path in paths}
    chance = random.Random(1)
    for _ in range(3):
        chance.shuffle(paths)
        pairs = Pairs(paths)
        assert {str(pairs.resolve(path)) for path in paths} == wanted


def score(path: str) -> Outcome:
    if path.startswith("bad"):
        return make_failure(path)
    return make_failure(path, "unsupported") if path.endswith("x3f") else make_photo(path)


def test_one_record_with_all_files() -> None:
    outcomes = list(score_all(["a.jpg", Pair("b.jpg", ("b.nef", "b.dng")), make_failure("c.jpg")], score, 2))
    assert [outcome.path for outcome in outcomes] == ["a.jpg", "b.jpg", "c.jpg"]
    assert [outcome.companions for outcome in outcomes if isinstance(outcome, PhotoScore)] == [(), ("b.nef", "b.dng")]


def test_of_a_pair_that_cannot_be_scored_nothing_is_lost() -> None:
    outcomes = list(score_all([Pair("bad.jpg", ("a.nef", "a.x3f"))], score, 1))
    assert [(outcome.path, isinstance(outcome, Failure)) for outcome in outcomes] == [
        ("bad.jpg", True),
        ("a.nef", False),
    ]


def test_pairs_on_the_command_line(desk: Path, capsys: Capture) -> None:
    touch("a-71.jpg", "a-71.nef", "b-50.jpg")
    assert call("rank", ".", "-f", "ndjson", "-q") == 0
    records = read_lines(capsys.readouterr().out)
    assert [(record["path"], record.get("companions")) for record in records] == [
        ("a-71.jpg", ["a-71.nef"]),
        ("b-50.jpg", None),
    ]
    assert call("score", "a-71.jpg", "a-71.nef", "-q") == 0
    assert [record["path"] for record in read_lines(capsys.readouterr().out)] == ["a-71.jpg"]
    assert call("score", "a-71.jpg", "a-71.nef", "-q", "--no-pairs") == 0
    assert [record["path"] for record in read_lines(capsys.readouterr().out)] == ["a-71.jpg", "a-71.nef"]
    assert call("rank", ".", "--paths-only", "-q") == 0
    assert capsys.readouterr().out == "a-71.jpg\na-71.nef\nb-50.jpg\n"
    assert call("rank", ".") == 0
    assert "a-71.jpg +nef " in capsys.readouterr().out


@pytest.fixture
def pair(desk: Path) -> Path:
    """Return the current folder with a pair in it."""
    make_jpeg(desk / "rose-71.jpg")
    make_raw(desk / "rose-71.nef")
    return desk


def get_stars(folder: Path) -> list[int | None]:
    """Return the stars in the JPEG and in the sidecar of the RAW."""
    sidecar = folder / "rose-71.xmp"
    beside = read_sidecar(sidecar.read_bytes()).stars if sidecar.exists() else None
    return [read((folder / "rose-71.jpg").read_bytes()).stars, beside]


def test_a_rating_goes_to_all_files_and_comes_back(pair: Path, capsys: Capture) -> None:
    raw = (pair / "rose-71.nef").read_bytes()
    assert call("rate", ".", "--dry-run") == 0
    assert get_stars(pair) == [None, None]
    assert "rose-71.jpg  (rose-71.xmp)" in capsys.readouterr().out
    assert call("rate", ".", "--journal", "j") == 0
    assert capsys.readouterr().out == "  none -> 4       rose-71.jpg  (rose-71.xmp)\n"
    assert get_stars(pair) == [4, 4]
    assert (pair / "rose-71.nef").read_bytes() == raw
    assert call("rate", ".", "-q") == 0
    assert capsys.readouterr().out == "     4 unchanged  rose-71.jpg\n"
    assert call("rate", "--show", ".") == 0
    out = capsys.readouterr().out
    assert "rose-71.jpg\n" in out
    assert "rose-71.xmp: XMP 4" in out
    assert call("rate", "--undo", "j", "-q") == 0
    assert get_stars(pair) == [None, None]
    assert not (pair / "rose-71.xmp").exists()


def test_a_person_who_rated_one_file_rated_the_photo(pair: Path, capsys: Capture) -> None:
    (pair / "rose-71.xmp").write_bytes(
        merge_sidecar(None, Rating(stars=2)).replace(b"iqscore:Rating", b"iqscore:Rarity")
    )
    assert call("rate", ".", "-q") == 0
    assert capsys.readouterr().out == "     2 kept       rose-71.jpg  (rated by a person)\n"
    assert get_stars(pair) == [None, 2]
    (pair / "rose-71.xmp").unlink()
    jpeg = (pair / "rose-71.jpg").read_bytes()
    (pair / "rose-71.jpg").write_bytes(embed(jpeg, Rating(stars=5)).replace(b"iqscore:Rating", b"iqscore:Rarity"))
    assert call("rate", ".", "-q") == 0
    assert get_stars(pair) == [5, None]
    assert call("rate", ".", "-q", "--overwrite") == 0
    assert get_stars(pair) == [4, 4]


def test_a_sidecar_for_each(pair: Path) -> None:
    assert call("rate", ".", "-q", "--sidecar") == 0
    assert get_stars(pair) == [None, 4]
    assert read_sidecar((pair / "rose-71.jpg.xmp").read_bytes()).stars == 4


def test_parted_only_what_is_scored_is_rated(pair: Path) -> None:
    assert call("rate", "rose-71.jpg", "-q") == 0
    assert get_stars(pair) == [4, None]
