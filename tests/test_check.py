"""`iqscore check`: which photos fail, what is said where, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from tests.program import FAKE, ROOT, call, read_lines, run, start, touch

Capture = pytest.CaptureFixture[str]
GATE = ("--min-score", "30")
PROGRAM = f'"$PYTHON" -c "{FAKE}"'
VARIABLES = {"PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "PYTHONUTF8": "1"}


@pytest.mark.usefixtures("shoot")
def test_a_line_for_each_photo_that_fails(capsys: Capture) -> None:
    assert call("check", ".", "--min-score", "45", "--max", "any=0.6", "--label", "accepted") == 1
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == ("a-40.jpg: score 40.0 < 45, haze 0.612 > 0.6, pending instead of accepted (hazy)")
    assert [line.split(":")[0] for line in out.splitlines()] == ["a-40.jpg", "b-90.jpg", "c-10.jpg", "d-65.jpg"]
    assert "1 photo could not be read:\n  bad.jpg: the picture is damaged\n" in err
    assert "5 photos: 0 passed, 4 failed, 1 unreadable" in err


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "b-90.jpg d-65.jpg --min-score 60"),
        (0, "b-90.jpg --label accepted --label pending --require stars=4"),
        (1, "b-90.jpg a-40.jpg --min-score 60"),
        (1, "b-90.jpg --max blur=0.01"),
        (1, "b-90.jpg --require width<100"),
        (1, "c-10.jpg"),
        (0, "b-90.jpg"),
        (1, ". --min-score 60"),
        (3, "b-90.jpg bad.jpg --min-score 60"),
        (3, "b-90.jpg missing.jpg --min-score 60"),
        (0, "b-90.jpg bad.jpg --min-score 60 --unreadable warn"),
        (1, "a-40.jpg bad.jpg --min-score 60 --unreadable warn"),
        (1, "a-40.jpg bad.jpg --min-score 60 --fail-fast"),
        (3, "bad.jpg a-40.jpg --min-score 60 --fail-fast"),
        (1, "bad.jpg a-40.jpg --min-score 60 --fail-fast --unreadable warn"),
        (4, "empty"),
        (2, "b-90.jpg --max blur=2"),
    ],
)
def test_exit_status(status: int, words: str) -> None:
    Path("empty").mkdir()
    assert call("check", *words.split()) == status


@pytest.mark.usefixtures("desk")
def test_fail_fast_stops_at_the_first(capsys: Capture) -> None:
    touch("a-90.jpg", "b-10.jpg", "c-10.jpg", *(f"slow-{n}.jpg" for n in range(30)))
    assert call("check", ".", *GATE, "--fail-fast", "-j", "1", "-f", "json") == 1
    out, err = capsys.readouterr()
    document = json.loads(out)
    assert [photo["path"] for photo in document["photos"]] == ["a-90.jpg", "b-10.jpg"]
    assert document["summary"]["stopped"] is True
    assert "2 photos: 1 passed, 1 failed" in err
    assert "stopped at the first failure" in err


@pytest.mark.usefixtures("desk")
def test_fail_fast_unordered_does_not_wait_for_slow_photos(capsys: Capture) -> None:
    touch("a-90.jpg", "slow-1.jpg", "z-10.jpg")
    assert call("check", "slow-1.jpg", "z-10.jpg", *GATE, "-x", "--unordered", "-j", "2", "-f", "ndjson") == 1
    assert [record["path"] for record in read_lines(capsys.readouterr().out)] == ["z-10.jpg"]


@pytest.mark.usefixtures("shoot")
def test_files_beside_standard_output(capsys: Capture) -> None:
    files = ["a.json", "a.ndjson", "a.xml", "a.sarif"]
    assert call("check", ".", *GATE, *(word for file in files for word in ("-o", file))) == 1
    assert capsys.readouterr().out.startswith("c-10.jpg: ")
    assert json.loads(Path("a.json").read_text())["summary"]["failed"] == 1
    assert len(read_lines(Path("a.ndjson").read_bytes())) == 5
    assert Xml.parse("a.xml").getroot()[0].get("tests") == "5"
    assert len(json.loads(Path("a.sarif").read_text())["runs"][0]["results"]) == 2


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("check", "no photos given"),
        ("check a-40.jpg --max sharpness=1", "no such defect"),
        ("check a-40.jpg --unreadable maybe", "--unreadable 'maybe'; choose from fail, warn"),
        ("check a-40.jpg -f csv", "'csv'"),
        ("check a-40.jpg -o a.txt", "suffix"),
        ("check a-40.jpg -o a-40.jpg", "over a photo"),
        ("check a-40.jpg -o missing/a.json", "missing/a.json"),
        ("check a-40.jpg -o -", "standard output is no file"),
        ("check a-40.jpg --label good", "'good'"),
        ("check a-40.jpg --min-aesthetic 0", "--min-aesthetic"),
        ("check a-40.jpg --require x", "no such field"),
        ("check - --files-from -", "standard input"),
        ("check a-40.jpg --top 3", "--top"),
    ],
)
def test_wrong_usage(words: str, told: str, capsys: Capture) -> None:
    assert call(*words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err
    assert "Traceback" not in err


@pytest.mark.usefixtures("shoot")
def test_somebody_elses_file_is_kept(capsys: Capture) -> None:
    Path("notes.json").write_text("mine")
    os.link("notes.json", "second")
    assert call("check", ".", "-o", "notes.json") == 2
    assert Path("notes.json").read_text() == "mine"
    assert "no result of iqscore" in capsys.readouterr().err


@pytest.mark.usefixtures("shoot")
def test_quiet_says_nothing_but_why(capsys: Capture) -> None:
    assert call("check", ".", *GATE, "-q") == 1
    out, err = capsys.readouterr()
    assert out.startswith("c-10.jpg")
    assert err == "1 photo could not be read:\n  bad.jpg: the picture is damaged\n"
    assert call("check", ".", *GATE, "-q", "--unreadable", "warn") == 1
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("desk")
def test_no_photo(capsys: Capture) -> None:
    assert call("check", ".") == 4
    assert "no photo found" in capsys.readouterr().err


def test_a_gate_stays_shut_when_nobody_reads(tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/p{n}-{n % 20}.jpg" for n in range(300)))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run("check", ".", *GATE, "-q", program=FAKE, cwd=tmp_path, stdout=gone)
    assert (ended.status, ended.stderr) == (1, "")
    with os.fdopen(os.pipe()[1], "wb") as unread:
        ended = run("check", "p1-1.jpg", "-q", "--min-score", "1", program=FAKE, cwd=tmp_path, stdout=unread)
    assert ended.status == 0


def test_a_reader_who_leaves_early_ends_a_run_that_has_failed(tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/p{n}-10.jpg" for n in range(9)), *(f"{tmp_path}/slow-{n}.jpg" for n in range(99)))
    with start("check", ".", *GATE, "-j", "1", program=FAKE, cwd=tmp_path) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"p0-10.jpg: ")
        process.stdout.close()
        assert process.wait(30) == 1
        assert process.stderr
        assert b"Traceback" not in process.stderr.read()


def test_files_are_whole_whoever_reads_standard_output(tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/p{n}-10.jpg" for n in range(50)))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run("check", ".", *GATE, "-o", "a.json", program=FAKE, cwd=tmp_path, stdout=gone)
    assert ended.status == 1
    assert len(json.loads((tmp_path / "a.json").read_bytes())["photos"]) == 50


def test_it_takes_names_from_find(tmp_path: Path) -> None:
    names = [os.fsdecode(name) for name in (b"new\nline-10.jpg", b"caf\xe9-20.jpg", b"good-90.jpg")]
    touch(*(f"{tmp_path}/{name}" for name in names))
    line = f"find . -name '*.jpg' -print0 | sort -z | {PROGRAM} check --files-from - -0 --min-score 30 -f ndjson -q"
    ended = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=os.environ | VARIABLES, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, b"")
    paths = {os.fsencode(record["path"]): record["check"]["passed"] for record in read_lines(ended.stdout)}
    assert paths == {b"./new\nline-10.jpg": False, b"./caf\xe9-20.jpg": False, b"./good-90.jpg": True}
