"""Settings that make no sense: one line with file and key, and nothing is run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from iqscore.plan import Plan
from tests.program import call
from tests.settings.files import USER, write

WRONG = [
    ("min-scor = 3", "min-scor: no such setting; did you mean min-score?"),
    ("[rnk]\ntop = 3", "rnk: no such command; did you mean rank?"),
    ("[score]\ntop = 3", "score.top: no such setting"),
    ("jobs = 'four'", "jobs: must be a whole number, not 'four'"),
    ("jobs = true", "jobs: must be a whole number, not true"),
    ("jobs = 0", "jobs: must be 1 or more, not 0"),
    ("jobs = 2.5", "jobs: must be a whole number, not 2.5"),
    ("min-score = 101", "min-score: must be 100 or less, not 101"),
    ("format = 'cvs'", "format: must be one of table, csv, json, ndjson, text, github, junit, sarif, not 'cvs'"),
    ("[rate]\nformat = 'csv'", "rate.format: must be one of text, ndjson, not 'csv'"),
    ("[profile.x.rate]\nformat = 'csv'", "profile.x.rate.format: must be one of text, ndjson, not 'csv'"),
    ("label = ['accepted', 'good']", "label: must be one of accepted, pending, rejected, not 'good'"),
    ("[rank]\nsort = 'blury'", "rank.sort: must be one of score, aesthetic, technical"),
    ("rank = 5", "rank: is a command; write its settings in a table: [rank]"),
    ("[[rank]]\ntop = 5", "rank: is a command; write its settings in a table: [rank]"),
    ("quiet = 'yes'", "quiet: must be true or false, not 'yes'"),
    ("label = [1]", "label: must be text in quotes, or a list of that, not 1"),
    ("device = ['cpu']", "device: must be text in quotes, not ['cpu']"),
    ("profile = 'x'", "profile: must hold tables: [profile.upload]"),
    ("profile.x = 3", "profile: must hold tables"),
    ("[profile.x]\nnope = 3", "profile.x.nope: no such setting"),
    ("[profile.x.rank]\ntop = 0", "profile.x.rank.top: must be 1 or more, not 0"),
    ("default-profile = 3", "default-profile: must be text in quotes, not 3"),
    ("default-profile = 'x'", "no profile 'x'"),
    ("output = 'a.csv'", "output: this is for the command line only"),
    ("[watch]\nexec = 'rm {}'", "watch.exec: this is for the command line only"),
    ("xmp = true", "xmp: changes photos; set it in your own iqscore.toml"),
    ("[rate]\noverwrite = true", "rate.overwrite: changes photos"),
    ("jobs = ", "is no TOML"),
    ("jobs = 1\njobs = 2", "is no TOML"),
    ("a=" + "[" * 8000, "brackets too deep"),
]


@pytest.mark.parametrize(("text", "told"), WRONG)
def test_what_makes_no_sense_is_one_line_with_file_and_key(
    text: str, told: str, home: Path, plans: list[Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    write(home, "work/iqscore.toml", text)
    assert call("rank", ".") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
    if "no profile" not in told:
        assert str(home / "work" / "iqscore.toml") in line
    assert plans == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("JOBS", "four", "IQSCORE_JOBS: must be a whole number, not 'four'"),
        ("JOBS", "0", "IQSCORE_JOBS: must be 1 or more, not 0"),
        ("QUIET", "maybe", "IQSCORE_QUIET: must be true or false, not 'maybe'"),
        ("FORMAT", "cvs", "IQSCORE_FORMAT: must be one of table, csv"),
        ("DEVICE", "gpu", "IQSCORE_DEVICE: must be one of auto, cpu, cuda, not 'gpu'"),
        ("PROFILE", "x", "no profile 'x'; choose from strict, upload, or add [profile.x]"),
        ("CONFIG", "missing.toml", "missing.toml: settings cannot be read from it (No such file or directory)"),
    ],
)
@pytest.mark.usefixtures("home")
def test_variables_that_make_no_sense(
    name: str, text: str, told: str, plans: list[Plan], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(f"IQSCORE_{name}", text)
    assert call("rank", ".") == 2
    assert told in capsys.readouterr().err
    assert plans == []


def test_an_unknown_variable_is_told_and_does_no_harm(
    home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IQSCORE_MIN_SCROE", "50")
    assert call("rank", ".") == 0
    assert "IQSCORE_MIN_SCROE: set in the environment, but no option is called so" in capsys.readouterr().err
    assert plans[0].min_score is None
    assert home.exists()


@pytest.mark.parametrize(
    ("words", "quiet", "is_told"),
    [("-q", "", False), ("", "true", False), ("-v", "true", True), ("--profile calm", "", False), ("", "", True)],
)
def test_an_unknown_variable_is_told_to_who_wants_to_hear(
    words: str, quiet: str, is_told: bool, home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    write(home, USER, "[profile.calm]\nquiet = true")
    monkeypatch.setenv("IQSCORE_MIN_SCROE", "50")
    monkeypatch.setenv("IQSCORE_QUIET", quiet)
    assert call("rank", ".", *words.split()) == 0
    assert ("IQSCORE_MIN_SCROE" in capsys.readouterr().err) is is_told
    assert plans[0].quiet is not is_told


def test_the_help_is_there_whatever_the_files_say(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "work/iqscore.toml", "nonsense")
    assert call("rank", "--help") == 0
    assert "--profile" in capsys.readouterr().out


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "work/iqscore.toml", "")
    (home / "work" / "iqscore.toml").chmod(0)
    assert call("rank", ".") == 2
    assert "settings cannot be read from it" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_a_file_of_settings_in_nobodys_home(
    plans: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IQSCORE_CONFIG", "~no-such-person/a.toml")
    assert call("rank", ".") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "~no-such-person/a.toml: settings cannot be read" in line
    assert plans == []
