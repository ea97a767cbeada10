"""`iqscore rate` as people run it: lines, summary, exit status, journal, undo."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.pictures import make_scene, to_bytes
from tests.program import call, read_lines
from tests.rating.shoot import STARS, find_journals, get_stars, take_picture

Capture = pytest.CaptureFixture[str]


def test_a_run_from_end_to_end(shoot: Path, capsys: Capture) -> None:
    before = take_picture(shoot)
    assert call("rate", ".") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "  none -> 1       rose-10.jpg",
        "  none -> 4       rose-50.jpg",
        "  none -> 4       rose-71.jpg",
        "  none -> 4       rose-95.jpg",
    ]
    (journal,) = find_journals()
    assert f"undo this with: iqscore rate --undo {journal}" in err
    assert err.splitlines()[-1] == "4 photos rated"
    assert get_stars(shoot) == STARS
    assert set(take_picture(shoot)) == set(before)
    assert call("rate", ".", "-q") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "     1 unchanged  rose-10.jpg"
    assert err == ""
    assert find_journals() == [journal]
    assert call("rate", "--undo", str(journal)) == 0
    out, err = capsys.readouterr()
    assert f"     1 -> none    {shoot / 'rose-10.jpg'}" in out.splitlines()
    assert err == "4 files restored\n"
    assert get_stars(shoot) == dict.fromkeys(STARS)


def test_a_dry_run_writes_nothing_anywhere(shoot: Path, capsys: Capture) -> None:
    before = take_picture(shoot)
    times = [(entry.stat().st_mtime_ns, entry.stat().st_ctime_ns) for entry in (shoot, *shoot.iterdir())]
    assert call("rate", ".", "--dry-run") == 0
    out, err = capsys.readouterr()
    assert out.startswith("  none -> 1       rose-10.jpg\n")
    assert err.splitlines()[-1] == "4 photos would be rated (dry run: nothing was written)"
    assert "undo" not in err
    assert take_picture(shoot) == before
    assert [(entry.stat().st_mtime_ns, entry.stat().st_ctime_ns) for entry in (shoot, *shoot.iterdir())] == times
    assert list(Path(os.environ["XDG_STATE_HOME"]).iterdir()) == []


def test_a_dry_run_says_all_that_would_be_written(shoot: Path, capsys: Capture) -> None:
    words = ("rate", "rose-10.jpg", "--what", "keywords,label", "--keywords", "x", "--dry-run", "-q")
    assert call(*words) == 0
    assert capsys.readouterr().out == "  none -> none    rose-10.jpg: label Red, +iqscore:haze, +x\n"
    assert call(*words, "-f", "ndjson") == 0
    (record,) = read_lines(capsys.readouterr().out)
    assert record["edits"][0] == {"what": "label", "old": None, "new": "Red"}
    assert record["edits"][-1] == {"what": "keyword", "old": None, "new": "x"}
    assert find_journals() == []


def test_a_dry_undo_writes_nothing(shoot: Path, capsys: Capture) -> None:
    call("rate", ".", "--journal", "j")
    before = take_picture(shoot)
    capsys.readouterr()
    assert call("rate", "--undo", "j", "--dry-run") == 0
    assert capsys.readouterr().err == "4 files would be restored (dry run: nothing was written)\n"
    assert take_picture(shoot) == before


def test_what_cannot_be_rated_is_told_and_the_rest_is_rated(shoot: Path, capsys: Capture) -> None:
    (shoot / "rose-50.jpg").chmod(0o444)
    (shoot / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (shoot / "rose-71.jpg").write_bytes(b"\xff\xd8\xff\xe1\0\x08Exif")
    assert call("rate", ".", "-f", "ndjson") == 3
    out, err = capsys.readouterr()
    statuses = {record["path"]: (record["status"], record.get("error", {}).get("code")) for record in read_lines(out)}
    assert statuses == {
        "bad.jpg": ("failed", "corrupt"),
        "rose-10.jpg": ("written", None),
        "rose-50.jpg": ("failed", "read_only"),
        "rose-71.jpg": ("failed", "truncated"),
        "rose-95.jpg": ("written", None),
    }
    assert "1 photo could not be scored:" in err
    assert "2 photos could not be rated:" in err
    assert "--write-read-only" in err
    assert err.splitlines()[-1] == "2 photos rated, 2 failed"


def test_what_failed_is_told_once_on_a_terminal(shoot: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (shoot / "rose-50.jpg").chmod(0o444)
    words = ("rate", "rose-50.jpg", "bad.jpg", "--dry-run")
    for quiet in ((), ("-q",)):
        assert call(*words, *quiet) == 3
        assert "1 photo could not be rated:\n  rose-50.jpg: it is write-protected" in capsys.readouterr().err
    monkeypatch.setattr("iqscore.console.is_shared_terminal", lambda: True)
    assert call(*words) == 3
    out, err = capsys.readouterr()
    assert out.count("failed  ") == 2
    assert ".jpg" not in err
    assert "0 photos would be rated, 1 failed" in err


def test_filters_say_which_photos_are_rated(shoot: Path) -> None:
    assert call("rate", ".", "--min-score", "60", "-q") == 0
    assert get_stars(shoot) == {10: None, 50: None, 71: 4, 95: 4}
    assert call("rate", ".", "--label", "rejected", "-q", "--stars-from", "label") == 0
    assert get_stars(shoot)[10] == -1


def test_stars_by_place_in_the_run(shoot: Path, capsys: Capture) -> None:
    assert call("rate", ".", "--stars-from", "percentile", "-q") == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == [f"rose-{n}.jpg" for n in STARS]
    # a quarter each; the worst is rejected
    assert get_stars(shoot) == {10: 1, 50: 3, 71: 4, 95: 5}
    assert call("rate", ".", "--stars-from", "percentile", "--cuts", "26,51,76,99", "-q") == 0
    assert get_stars(shoot) == {10: 1, 50: 2, 71: 3, 95: 5}


def test_ones_own_cut_points(shoot: Path) -> None:
    assert call("rate", ".", "--cuts", "5,60,90,95", "-q") == 0
    assert get_stars(shoot) == {10: 1, 50: 2, 71: 3, 95: 5}


@pytest.mark.parametrize("words", [("rate", "--stars-from", "percentile"), ("rank", "--xmp")])
def test_after_ctrl_c_no_photo_is_written_any_more(words: tuple[str, ...], shoot: Path, capsys: Capture) -> None:
    (shoot / "stop.jpg").touch()
    command, *options = words
    assert call(command, ".", "--jobs", "1", *options) == 130
    assert "0 photos rated" in capsys.readouterr().err
    assert get_stars(shoot) == dict.fromkeys(STARS)
    assert find_journals() == []


def test_one_photo_by_many_names(shoot: Path) -> None:
    for number in range(20):
        (shoot / f"a{number}-95.jpg").symlink_to("rose-95.jpg")
    assert call("rate", ".", "-q") == 0
    assert get_stars(shoot) == STARS


def test_rank_with_xmp_rates_what_it_shows(shoot: Path, capsys: Capture) -> None:
    assert call("rank", ".", "--xmp", "--top", "2") == 0
    out, err = capsys.readouterr()
    assert "rose-95.jpg" in out
    assert "2 photos rated" in err
    assert get_stars(shoot) == {10: None, 50: None, 71: 4, 95: 4}


def test_score_with_xmp_has_the_same_results(shoot: Path, capsys: Capture) -> None:
    call("score", ".", "-q")
    plain = capsys.readouterr().out
    assert call("score", ".", "-q", "--xmp") == 0
    assert capsys.readouterr().out == plain
    assert get_stars(shoot) == STARS
    (shoot / "rose-50.jpg").chmod(0o444)
    (shoot / "rose-50.jpg").write_bytes(to_bytes(make_scene(1, 96, 64), "JPEG"))
    assert call("score", ".", "--xmp") == 3
    assert "1 photo could not be rated:" in capsys.readouterr().err


def test_without_xmp_nothing_is_touched(shoot: Path) -> None:
    before = take_picture(shoot)
    assert call("rank", ".", "-q") == 0
    assert call("score", ".", "-q") == 0
    assert take_picture(shoot) == before


def test_a_journal_with_a_name(shoot: Path, capsys: Capture) -> None:
    assert call("rate", "rose-10.jpg", "--journal", "j.ndjson") == 0
    assert call("rate", "rose-95.jpg", "--journal", "j.ndjson") == 0
    assert "undo this with: iqscore rate --undo j.ndjson" in capsys.readouterr().err
    assert call("rate", "--undo", "j.ndjson", "-q") == 0
    assert get_stars(shoot) == dict.fromkeys(STARS)


def test_a_journal_that_would_be_another_file(shoot: Path, capsys: Capture) -> None:
    (shoot / "notes").write_text("mine")
    before = take_picture(shoot)
    assert call("rate", ".", "--journal", "notes") == 2
    assert "no journal of iqscore" in capsys.readouterr().err
    assert take_picture(shoot) == before


def test_undo_of_nothing_and_of_what_a_crash_cut_short(shoot: Path, capsys: Capture) -> None:
    (shoot / "j").touch()
    assert call("rate", "--undo", "j") == 0
    assert capsys.readouterr().err == "0 files restored\n"
    (shoot / "j").unlink()
    call("rate", ".", "-q", "--journal", "j")
    (shoot / "j").write_bytes((shoot / "j").read_bytes()[:-30])
    assert call("rate", "--undo", "j") == 0
    assert "j: 1 line is cut short" in capsys.readouterr().err
    # two are written at a time, so either of the last two may be the last
    assert sorted(get_stars(shoot).values(), key=str) == [4, None, None, None]


def test_undo_of_a_photo_that_is_gone(shoot: Path) -> None:
    call("rate", ".", "-q", "--journal", "j")
    (shoot / "rose-50.jpg").unlink()
    assert call("rate", "--undo", "j", "-q") == 3
    assert get_stars(shoot) == {10: None, 71: None, 95: None}
