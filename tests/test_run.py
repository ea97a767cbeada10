"""Whole runs in this process: which photos come out, in which order, in which columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iqscore.records import DEFECTS, Aesthetic, PhotoScore, Technical
from tests.pictures import make_pixels, make_scene, to_bytes
from tests.program import FakeScorer, call, read_lines, touch
from tests.samples import make_photo

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def odd_shoot(desk: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of three photos each of which is first by another key."""

    class OddScorer(FakeScorer):
        def score(self, path: str) -> PhotoScore:
            n = "xyz".index(Path(path).stem)
            return make_photo(
                path,
                score=50.0 + n,
                aesthetic=Aesthetic((6.0, 5.0, 4.0)[n], 1.0, (0.1,) * 10),
                technical=Technical((5.0, 6.0, 4.0)[n]),
                defects=dict.fromkeys(DEFECTS, 0.1)
                | {"haze": (0.2, 0.9, 0.3)[n], "motion_blur": (0.5, 0.1, 0.2)[n], "defocus_blur": (0.1, 0.7, 0.1)[n]},
                taken=(None, "2024-05-02T00:00:00", "2024-05-01T00:00:00")[n],
            )

    monkeypatch.setattr("iqscore.run.open_scorer", lambda device, **_: OddScorer())
    touch("x.jpg", "y.jpg", "z.jpg")
    return desk


def rank(capsys: Capture, *arguments: str) -> list[str]:
    """Rank the current folder; return the paths in their order."""
    status = call("rank", ".", "--format", "ndjson", "-q", *arguments)
    out, err = capsys.readouterr()
    assert ("could not be scored" in err) == (status == 3)
    assert status in (0, 3)
    return [record["path"] for record in read_lines(out)]


@pytest.mark.usefixtures("shoot")
def test_rank_puts_the_best_first(capsys: Capture) -> None:
    assert call("rank", ".", "--format", "ndjson") == 3
    *photos, failure = read_lines(capsys.readouterr().out)
    assert [(p["path"], p["rank"], p["percentile"], p["score"]) for p in photos] == [
        ("b-90.jpg", 1, 100.0, 90.0),
        ("d-65.jpg", 2, 75.0, 65.0),
        ("a-40.jpg", 3, 50.0, 40.0),
        ("c-10.jpg", 4, 25.0, 10.0),
    ]
    assert failure["path"] == "bad.jpg"


@pytest.mark.usefixtures("shoot")
def test_score_keeps_the_order_of_what_was_typed(capsys: Capture) -> None:
    names = ["d-65.jpg", "bad.jpg", "b-90.jpg", "a-40.jpg"]
    assert call("score", *names) == 3
    records = read_lines(capsys.readouterr().out)
    assert [record["path"] for record in records] == names
    assert [record["percentile"] for record in records if record["status"] == "ok"] == [None] * 3


@pytest.mark.usefixtures("shoot")
def test_filters(capsys: Capture) -> None:
    assert rank(capsys, "--top", "2") == ["b-90.jpg", "d-65.jpg", "bad.jpg"]
    assert rank(capsys, "-n", "9")[:4] == ["b-90.jpg", "d-65.jpg", "a-40.jpg", "c-10.jpg"]
    assert rank(capsys, "--min-score", "40") == ["b-90.jpg", "d-65.jpg", "a-40.jpg", "bad.jpg"]
    assert rank(capsys, "--label", "rejected", "--label", "pending") == ["a-40.jpg", "c-10.jpg", "bad.jpg"]
    assert rank(capsys, "--label", "accepted", "--min-score", "70", "--top", "5") == ["b-90.jpg", "bad.jpg"]
    assert rank(capsys, "--label", "accepted", "--sort", "path", "--top", "1") == ["b-90.jpg", "bad.jpg"]


@pytest.mark.usefixtures("shoot")
def test_words_are_taken_in_any_case(capsys: Capture) -> None:
    assert rank(capsys, "--label", "Rejected", "--sort", "Score") == ["c-10.jpg", "bad.jpg"]


@pytest.mark.usefixtures("shoot")
def test_the_worst_first(capsys: Capture) -> None:
    assert rank(capsys, "--reverse", "--top", "2") == ["c-10.jpg", "a-40.jpg", "bad.jpg"]
    assert call("rank", ".", "-r", "-f", "ndjson", "-q") == 3
    assert [record.get("rank") for record in read_lines(capsys.readouterr().out)] == [4, 3, 2, 1, None]


@pytest.mark.usefixtures("shoot")
def test_an_option_may_be_repeated() -> None:
    assert call("rank", ".", "-q", "--csv", "a.csv", "--csv", "b.csv", "--json", "a.json", "--json", "b.json") == 3
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    assert len(json.loads(Path("a.json").read_bytes())["photos"]) == 5


@pytest.mark.usefixtures("desk")
def test_a_table_sorted_by_a_defect_shows_it(capsys: Capture) -> None:
    touch("a-40.jpg")
    assert call("rank", ".", "--sort", "HAZE") == 0
    assert "Haze" in capsys.readouterr().out


@pytest.mark.usefixtures("shoot")
def test_score_filters(capsys: Capture) -> None:
    assert call("score", ".", "--min-score", "40", "--label", "pending") == 3
    assert [record["path"] for record in read_lines(capsys.readouterr().out)] == ["a-40.jpg", "bad.jpg"]


@pytest.mark.usefixtures("shoot")
def test_a_filter_changes_neither_rank_nor_summary(capsys: Capture) -> None:
    assert call("rank", ".", "--label", "rejected", "--format", "json") == 3
    document = json.loads(capsys.readouterr().out)
    photo, _ = document["photos"]
    assert (photo["path"], photo["rank"], photo["percentile"]) == ("c-10.jpg", 4, 25.0)
    counts = {
        key: document["summary"][key] for key in ("photos", "scored", "failed", "accepted", "pending", "rejected")
    }
    assert counts == {"photos": 5, "scored": 4, "failed": 1, "accepted": 2, "pending": 1, "rejected": 1}


@pytest.mark.usefixtures("odd_shoot")
@pytest.mark.parametrize(
    ("key", "order"),
    [
        ("score", "zyx"),
        ("aesthetic", "xyz"),
        ("technical", "yxz"),
        ("haze", "yzx"),
        ("motion_blur", "xzy"),
        ("blur", "yxz"),
        ("path", "xyz"),
        ("taken", "zyx"),
    ],
)
def test_sort(key: str, order: str, capsys: Capture) -> None:
    assert rank(capsys, "--sort", key) == [f"{name}.jpg" for name in order]


@pytest.mark.usefixtures("shoot")
def test_table_on_standard_output(capsys: Capture) -> None:
    assert call("rank", ".") == 3
    out, err = capsys.readouterr()
    head, *rows = out.splitlines()
    assert head.split()[:3] == ["#", "Photo", "Score"]
    assert [row.split()[:3] for row in rows] == [
        ["1", "b-90.jpg", "90.0"],
        ["2", "d-65.jpg", "65.0"],
        ["3", "a-40.jpg", "40.0"],
        ["4", "c-10.jpg", "10.0"],
    ]
    assert "bad.jpg: the picture is damaged" in err
    assert "5 photos: 2 accepted, 1 pending, 1 rejected, 1 failed" in err
    assert "\x1b" not in out + err


@pytest.mark.usefixtures("shoot")
def test_score_has_a_table_too(capsys: Capture) -> None:
    assert call("score", ".", "--format", "table", "--min-score", "50") == 3
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "Photo"
    assert [row.split()[0] for row in rows] == ["b-90.jpg", "d-65.jpg"]


@pytest.mark.usefixtures("shoot")
def test_csv_gets_columns_of_the_camera_where_asked_for(capsys: Capture) -> None:
    assert call("rank", ".", "-f", "csv", "--exif", "--csv", "beside.csv") == 3
    out = capsys.readouterr().out
    assert out.splitlines()[0].endswith(",error,taken,camera,lens,iso,shutter,aperture,focal")
    assert Path("beside.csv").read_text() == out
    assert call("score", ".", "-f", "csv") == 3
    assert capsys.readouterr().out.splitlines()[0].endswith(",error")


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize(("option", "end"), [("-q", "\n"), ("-q", "\r\n"), ("-0", "\0"), ("--null", "\0")])
def test_names_of_a_file(option: str, end: str, capsys: Capture) -> None:
    names = ["d-65.jpg", "bad.jpg", "b-90.jpg"]
    Path("names").write_bytes(end.join(names).encode())
    assert call("score", "--files-from", "names", option, "c-10.jpg") == 3
    assert [record["path"] for record in read_lines(capsys.readouterr().out)] == ["c-10.jpg", *names]
    assert call("rank", "--files-from", "names", option, "c-10.jpg", "-f", "ndjson") == 3
    paths = [record["path"] for record in read_lines(capsys.readouterr().out)]
    assert paths == ["b-90.jpg", "d-65.jpg", "c-10.jpg", "bad.jpg"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of real photos."""
    folder = tmp_path_factory.mktemp("photos")
    (folder / "a.jpg").write_bytes(to_bytes(make_scene(1, 300, 200), "JPEG"))
    (folder / "b.jpg").write_bytes(to_bytes(make_scene(2, 64, 700), "JPEG", quality=5))
    (folder / "c.png").write_bytes(to_bytes(make_pixels(1, 1), "PNG"))
    (folder / "d.webp").write_bytes(to_bytes(make_scene(4, 900, 600), "WEBP"))
    return folder


def test_the_models_rank(photos: Path, capsys: Capture) -> None:
    assert call("rank", str(photos), "-f", "ndjson") == 0
    out, err = capsys.readouterr()
    ranked = read_lines(out)
    assert "4 photos: " in err
    assert [photo["rank"] for photo in ranked] == [1, 2, 3, 4]
    assert [photo["score"] for photo in ranked] == sorted((photo["score"] for photo in ranked), reverse=True)
    assert [photo["percentile"] for photo in ranked] == sorted((p["percentile"] for p in ranked), reverse=True)
    assert ranked[0]["percentile"] == 100
    for photo in ranked:
        assert 0 <= photo["score"] <= 100
        assert 1 <= photo["aesthetic"]["mean"] <= 10
        assert 1 <= photo["technical"]["mean"] <= 10
        assert sum(photo["aesthetic"]["histogram"]) == pytest.approx(1, abs=0.001)
        assert all(0 <= severity <= 1 for severity in photo["defects"].values())


def test_a_score_depends_neither_on_the_run_nor_on_the_threads(photos: Path, capsys: Capture) -> None:
    paths = [str(photos / name) for name in ("d.webp", "c.png", "b.jpg")]
    assert call("rank", str(photos), "-f", "ndjson", "--jobs", "1") == 0
    ranked = {photo.pop("path"): photo for photo in read_lines(capsys.readouterr().out)}
    assert call("score", *paths, "--jobs", "3") == 0
    scored = {photo.pop("path"): photo for photo in read_lines(capsys.readouterr().out)}
    assert list(scored) == paths
    for path, photo in scored.items():
        assert {**ranked[path], "percentile": None} == photo | {"rank": ranked[path]["rank"]}
    first = scored[paths[0]]
    assert (first["width"], first["height"], first["format"]) == (900, 600, "WEBP")
