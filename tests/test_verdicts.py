"""What check says, form by form, also of names that were made to do harm."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest

from iqscore.gate import Gate
from iqscore.records import Outcome, Reason
from iqscore.verdicts import VerdictFormat
from iqscore.verdicts.github import to_command
from iqscore.verdicts.opening import open_verdict_writer
from iqscore.verdicts.words import CheckSummary, to_repository_path, to_summary_line, to_uri, to_words
from tests.samples import make_failure, make_photo

GATE = Gate(floors={"score": 45.0}, ceilings={"haze": 0.5})
GOOD = make_photo("good.jpg", defects={**make_photo().defects, "haze": 0.1})
BAD = make_photo("a/bad.jpg", score=38.24)
BROKEN = make_failure("c.jpg", "truncated", "the file ends too early")
HOSTILE = '::error file=x,y%0A::\r\n"]]><b>\x1b[31m\udcff\ufffe.jpg'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def write(
    format: VerdictFormat, *outcomes: Outcome, tolerant: bool = False, gate: Gate = GATE, **changes: Any
) -> bytes:
    """Return what a file gets."""
    verdicts = [gate.judge(outcome) for outcome in outcomes]
    target = Path(f"out.{format}")
    target.unlink(missing_ok=True)
    writer = open_verdict_writer(format, str(target), tolerant=tolerant)
    for verdict in verdicts:
        writer.write(verdict)
    counts = {key: sum(v.passed is known for v in verdicts) for key, known in (("passed", True), ("failed", False))}
    values = {"photos": len(verdicts), "unreadable": len(verdicts) - sum(counts.values()), "seconds": 1.25} | counts
    writer.close(CheckSummary(**(values | changes)))
    return target.read_bytes()


def test_words() -> None:
    assert to_words(GATE.judge(BAD)) == "score 38.2 < 45, haze 0.612 > 0.5 (hazy)"
    assert to_words(GATE.judge(BROKEN)) == "cannot be read (truncated): the file ends too early"


def test_a_verdict_without_a_defect_is_told_only_of_a_low_score() -> None:
    reasons = (Reason("low_appeal", 0.0, "little appeal"),)
    photo = make_photo(score=20.0, reasons=reasons)
    assert to_words(Gate(floors={"score": 45.0}).judge(photo)) == "score 20.0 < 45 (little appeal)"
    assert to_words(Gate(labels=frozenset(["rejected"])).judge(photo)) == "accepted instead of rejected"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "12 photos: 9 passed, 2 failed, 1 unreadable · 0.5 s"),
        ({"failed": 0, "unreadable": 0}, "12 photos: 9 passed · 0.5 s"),
        (
            {"photos": 1, "stopped": True},
            "1 photo: 9 passed, 2 failed, 1 unreadable · 0.5 s · stopped at the first failure",
        ),
        ({"interrupted": True}, "12 photos: 9 passed, 2 failed, 1 unreadable · 0.5 s · interrupted"),
    ],
)
def test_summary(changes: dict[str, Any], line: str) -> None:
    values = {"photos": 12, "passed": 9, "failed": 2, "unreadable": 1, "seconds": 0.5} | changes
    assert to_summary_line(CheckSummary(**values)) == line


def test_text_has_a_line_for_each_that_fails() -> None:
    assert write("text", GOOD, BAD, BROKEN) == b"a/bad.jpg: score 38.2 < 45, haze 0.612 > 0.5 (hazy)\n"


def test_text_of_a_hostile_name_is_one_line() -> None:
    (line,) = write("text", make_photo(HOSTILE, score=1.0)).decode().splitlines()
    assert "\\r\\n" in line
    assert "\x1b" not in line


@pytest.mark.parametrize("width", [10, 40, 80, 400])
def test_table_is_no_wider_than_the_screen(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    long = make_photo("very/long/" * 12 + "写真.jpg", score=1.0)
    head, *rows = write("table", GOOD, BAD, long).decode().splitlines()
    assert head.startswith("Photo")
    assert len(rows) == 4
    assert max(map(len, rows)) <= width
    if width >= 80:
        assert rows[0].split()[:5] == ["a/bad.jpg", "score", "38.2", "<", "45"]
        assert rows[2].rstrip().endswith("hazy")
        assert "写真.jpg" in rows[2]


def test_table_of_nothing_is_nothing() -> None:
    assert write("table", GOOD) == b""


def test_ndjson_has_every_photo() -> None:
    good, bad, broken = map(json.loads, write("ndjson", GOOD, BAD, BROKEN).splitlines())
    assert good["check"] == {"passed": True, "breaches": []}
    assert good["score"] == 71.3
    assert bad["check"]["passed"] is False
    assert bad["check"]["breaches"] == [
        {"check": "min-score", "field": "score", "value": 38.2, "limit": 45.0, "text": "score 38.2 < 45"},
        {"check": "max-haze", "field": "haze", "value": 0.612, "limit": 0.5, "text": "haze 0.612 > 0.5"},
    ]
    assert (broken["status"], broken["check"]) == ("failed", {"passed": None, "breaches": []})


def test_json_is_one_document() -> None:
    document = json.loads(write("json", GOOD, BAD, BROKEN))
    assert [photo["check"]["passed"] for photo in document["photos"]] == [True, False, None]
    assert document["summary"] == {
        "photos": 3, "passed": 1, "failed": 1, "unreadable": 1, "seconds": 1.25, "interrupted": False, "stopped": False,
    }  # fmt: skip
    assert json.loads(write("json"))["photos"] == []


def test_github_annotations() -> None:
    lines = write("github", GOOD, BAD, BROKEN).decode().splitlines()
    assert lines == [
        "::error file=a/bad.jpg,title=Photo does not pass::a/bad.jpg: score 38.2 < 45, haze 0.612 > 0.5 (hazy)",
        "::error file=c.jpg,title=Photo cannot be read::c.jpg: cannot be read (truncated): the file ends too early",
    ]
    assert write("github", BROKEN, tolerant=True).startswith(b"::warning file=c.jpg,")


def unescape(text: str) -> str:
    """Return what the runner makes of an escaped value (actions/runner, ActionCommand)."""
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, character)
    return text


@pytest.mark.parametrize("path", ["a,b.jpg", "a:b.jpg", "100%.jpg", "%0A.jpg", "a\nb.jpg", "::stop::", HOSTILE])
def test_no_name_ends_a_workflow_command(path: str) -> None:
    line = to_command("error", path, "Title: a, b", "50% worse\nsecond line").decode()
    assert line.count("\n") == 1
    assert line.startswith("::error ")
    properties, message = line[2:-1].split("::", 1)
    file, title = properties.removeprefix("error ").split(",")
    assert unescape(title) == "title=Title: a, b"
    assert ":" not in file
    printable = path if path.isprintable() else None
    if printable:
        assert unescape(file) == f"file={path}"
        assert unescape(message) == f"{path}: 50% worse\\nsecond line"


def test_paths_are_those_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.chdir(tmp_path / "site")
    assert to_repository_path("a.jpg") == "site/a.jpg"
    assert to_repository_path("../b.jpg") == "b.jpg"
    assert to_repository_path(str(tmp_path / "c.jpg")) == "c.jpg"
    assert to_repository_path("/elsewhere/d.jpg") == "/elsewhere/d.jpg"
    assert to_repository_path("..d.jpg") == "site/..d.jpg"
    assert to_repository_path("-") == "-"


def test_uris() -> None:
    assert to_uri("a b/ü#?%.jpg") == "a%20b/%C3%BC%23%3F%25.jpg"
    assert to_uri("a\udcff.jpg") == "a%FF.jpg"
    assert to_uri("/elsewhere/a.jpg") == "file:///elsewhere/a.jpg"
    assert to_uri("C:\\Photos\\a.jpg") == ("C%3A%5CPhotos%5Ca.jpg" if os.name == "posix" else "file:///C:/Photos/a.jpg")


def test_junit() -> None:
    suite = Xml.fromstring(write("junit", GOOD, BAD, BROKEN))[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3", "failures": "1", "errors": "1", "skipped": "0",
    }  # fmt: skip
    good, bad, broken = suite
    assert (good.get("name"), len(good)) == ("good.jpg", 0)
    assert (bad.get("file"), bad[0].tag, bad[0].get("type")) == ("a/bad.jpg", "failure", "min-score")
    assert bad[0].get("message") == "score 38.2 < 45, haze 0.612 > 0.5"
    assert bad[0].text == "score 38.2 < 45, haze 0.612 > 0.5 (hazy)"
    assert (broken[0].tag, broken[0].get("type")) == ("error", "unreadable")


def test_junit_tolerates() -> None:
    suite = Xml.fromstring(write("junit", BROKEN, tolerant=True))[0]
    assert (suite.get("errors"), suite.get("skipped"), suite[0][0].tag) == ("0", "1", "skipped")


def test_junit_of_hostile_names_is_xml() -> None:
    suite = Xml.fromstring(write("junit", make_photo(HOSTILE, score=1.0), make_failure(HOSTILE, "corrupt", HOSTILE)))[0]
    assert len(suite) == 2
    assert suite[0].get("name", "").startswith('::error file=x,y%0A::\\r\\n"]]><b>\\x1b[31m')


def test_junit_of_many_photos_is_whole() -> None:
    suite = Xml.fromstring(write("junit", *(make_photo(f"{n}.jpg", score=1.0) for n in range(2500))))[0]
    assert [case.get("name") for case in suite] == [f"{n}.jpg" for n in range(2500)]


def test_sarif() -> None:
    log = json.loads(write("sarif", GOOD, BAD, BROKEN))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    assert [(r["ruleId"], r["level"]) for r in run["results"]] == [
        ("min-score", "error"), ("max-haze", "error"), ("unreadable", "error"),
    ]  # fmt: skip
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] in ("a/bad.jpg", "c.jpg")
        assert place["region"]["startLine"] == 1
    assert run["results"][0]["message"]["text"] == "a/bad.jpg: score 38.2 < 45 (hazy)"
    assert run["results"][0]["properties"] == {"field": "score", "value": 38.2, "limit": 45.0}
    prints = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(prints)) == 3
    assert run["invocations"] == [{"executionSuccessful": True}]


def test_sarif_of_every_limit_has_its_rule() -> None:
    limits = Gate(
        floors={"score": 100.0, "aesthetic": 10.0, "technical": 10.0},
        ceilings=dict.fromkeys(("haze", "blur", "exposure", "saturation", "any"), 0.0),
        labels=frozenset(["rejected"]),
    )
    run = json.loads(write("sarif", BAD, gate=limits))["runs"][0]
    assert len(run["results"]) == 9


def test_sarif_says_when_it_was_cut_short_and_tolerates() -> None:
    run = json.loads(write("sarif", BROKEN, tolerant=True, interrupted=True))["runs"][0]
    assert run["results"][0]["level"] == "warning"
    assert run["invocations"] == [{"executionSuccessful": False}]


@pytest.mark.parametrize("format", ["text", "ndjson", "json", "github", "junit", "sarif"])
def test_all_forms_survive_hostile_names(format: VerdictFormat) -> None:
    data = write(format, make_photo(HOSTILE, score=1.0), make_failure(HOSTILE, "corrupt", HOSTILE))
    data.decode("utf-8")
    assert b"\x1b" not in data
    if format in ("ndjson", "json", "sarif"):
        data.decode("ascii")


@pytest.mark.parametrize("format", ["ndjson", "json", "junit", "sarif"])
def test_an_earlier_result_stays_until_there_is_a_new_one(format: VerdictFormat) -> None:
    target = "out.xml" if format == "junit" else f"out.{format}"
    first = write(format, BAD)
    Path(f"out.{format}").rename(target)
    writer = open_verdict_writer(format, target, tolerant=False)
    assert Path(target).read_bytes() == first
    writer.close(CheckSummary(photos=0, passed=0, failed=0, unreadable=0, seconds=0.0))
    assert Path(target).read_bytes() == first
