"""Settings: who wins, what each file may say, and one line with file and key for what makes no sense."""

from __future__ import annotations

import os
import tomllib
from functools import partial
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iqscore.cli_config import to_toml
from iqscore.plan import Plan
from tests.program import call, run

USER = "user/iqscore/iqscore.toml"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that holds user/, the user's settings, and work/photos/, the current folder."""
    (tmp_path / "work" / "photos").mkdir(parents=True)
    (tmp_path / "user" / "iqscore").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "user"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "user"))
    monkeypatch.chdir(tmp_path / "work" / "photos")
    return tmp_path


def keep(kept: list[Plan], plan: Plan) -> int:
    kept.append(plan)
    return 0


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Return the list that the plan of each run is put into instead of being run."""
    kept: list[Plan] = []
    for name in ("run_rank", "run_score"):
        monkeypatch.setattr(f"iqscore.run.{name}", partial(keep, kept))
    return kept


def write(home: Path, name: str, text: str) -> None:
    (home / name).write_text(text, encoding="utf-8")


LAYERS = ["default", "user", "project", "profile", "environment", "command line"]


@pytest.mark.parametrize("highest", range(len(LAYERS)), ids=LAYERS)
def test_who_wins(highest: int, home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    user, project = [], []
    if highest >= 1:
        user.append("min-score = 11")
    if highest >= 2:
        project.append("min-score = 22")
    if highest >= 3:
        # the profile of the user goes before the project's own settings, too
        user.append("[profile.mine]\nmin-score = 33")
    if highest >= 4:
        monkeypatch.setenv("IQSCORE_MIN_SCORE", "44")
    write(home, USER, "\n".join(user))
    write(home, "work/iqscore.toml", "\n".join(project))
    words = ["--profile", "mine"] if highest >= 3 else []
    words += ["--min-score", "55"] if highest >= 5 else []
    assert call("rank", ".", *words) == 0
    (plan,) = plans
    assert plan.min_score == (None, 11, 22, 33, 44, 55)[highest]


@pytest.mark.usefixtures("home")
def test_every_kind_of_value_comes_through(home: Path, plans: list[Plan]) -> None:
    write(
        home,
        "work/iqscore.toml",
        'jobs = 3\nmin_score = 30.5\n[rank]\nsort = "blur"\nreverse = true\nlabel = ["accepted", "pending"]\n'
        'top = 7\nmodel = "judge.onnx"\n[score]\nlabel = "rejected"\n',
    )
    assert call("rank", ".") == call("score", ".") == 0
    rank, score = plans
    assert (rank.jobs, rank.min_score, rank.sort, rank.reverse, rank.top) == (3, 30.5, "blur", True, 7)
    assert set(rank.labels) == {"accepted", "pending"}
    assert rank.models == (str(home / "work" / "judge.onnx"),)
    assert (score.jobs, set(score.labels), score.models) == (3, {"rejected"}, ())


def test_the_environment_speaks_every_kind(home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, "work/iqscore.toml", "[rank]\nreverse = true\n")
    for name, text in {"JOBS": "2", "LABEL": "accepted, pending", "REVERSE": "no", "QUIET": "1", "SORT": ""}.items():
        monkeypatch.setenv(f"IQSCORE_{name}", text)
    assert call("rank", ".") == 0
    (plan,) = plans
    assert (plan.jobs, set(plan.labels), plan.reverse, plan.quiet) == (2, {"accepted", "pending"}, False, True)
    assert plan.sort == "score"


def test_the_table_of_a_command_goes_before_what_is_above_it(home: Path, plans: list[Plan]) -> None:
    write(home, USER, "[rank]\njobs = 2\n")
    write(home, "work/iqscore.toml", "jobs = 3\n[score]\njobs = 4\n")
    assert call("rank", ".") == call("score", ".") == 0
    assert [plan.jobs for plan in plans] == [3, 4]


def test_a_list_that_is_typed_replaces_that_of_a_file(home: Path, plans: list[Plan]) -> None:
    write(home, "work/iqscore.toml", 'label = ["accepted", "pending"]')
    assert call("rank", ".", "--label", "rejected") == 0
    assert plans[0].labels == {"rejected"}


@pytest.mark.parametrize(
    ("typed", "quiet", "verbose"), [([], True, False), (["-v"], False, True), (["-q"], True, False)]
)
def test_what_is_typed_goes_before_its_opposite_in_a_file(
    typed: list[str], quiet: bool, verbose: bool, home: Path, plans: list[Plan]
) -> None:
    write(home, USER, "quiet = true")
    assert call("rank", ".", *typed) == 0
    assert (plans[0].quiet, plans[0].verbose) == (quiet, verbose)


def test_a_format_in_a_file_does_not_forbid_paths(home: Path, plans: list[Plan]) -> None:
    write(home, USER, 'format = "csv"')
    assert call("rank", ".", "--paths-only") == call("rank", ".") == 0
    assert [[output.format for output in plan.outputs] for plan in plans] == [["paths"], ["csv"]]
    assert call("rank", ".", "--paths-only", "-f", "csv") == 2


def test_a_word_above_all_tables_is_for_the_commands_that_know_it(
    home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home, USER, 'format = "csv"\n[profile.lines]\nformat = "ndjson"\n')
    assert call("rank", ".") == call("rate", ".") == call("rank", ".", "--profile", "lines") == 0
    # rate has its own words for standard output
    assert [[output.format for output in plan.outputs] for plan in plans] == [["csv"], [], ["ndjson"]]
    assert plans[1].rating
    assert plans[1].rating.lines == "text"
    assert call("rate", ".", "--profile", "lines") == 0
    assert plans[-1].rating
    assert plans[-1].rating.lines == "ndjson"
    monkeypatch.setenv("IQSCORE_FORMAT", "sarif")
    assert call("config", "show") == 0
    shown = tomllib.loads(capsys.readouterr().out)
    assert {name: table["format"] for name, table in shown.items()} == {
        "rank": "csv", "score": "csv", "rate": "text", "watch": "csv", "check": "sarif", "explain": "text"
    }  # fmt: skip


def test_what_is_typed_goes_before_what_contradicts_it_in_a_file(home: Path, plans: list[Plan]) -> None:
    write(home, USER, "no-cache = true")
    assert call("rank", ".", "--hash") == 0
    write(home, USER, "hash = true")
    assert call("rank", ".", "--no-cache") == 0
    assert [(plan.caches, plan.hashes) for plan in plans] == [(True, True), (False, False)]


def test_the_nearest_project_file_holds_and_iqscore_toml_first(home: Path, plans: list[Plan]) -> None:
    write(home, "iqscore.toml", "jobs = 9")
    write(home, "work/pyproject.toml", "[tool.iqscore]\njobs = 2\n[tool.other]\nx = 1\n")
    assert call("rank", ".") == 0
    write(home, "work/iqscore.toml", "jobs = 3")
    assert call("rank", ".") == 0
    write(home, "work/photos/pyproject.toml", "[tool.other]\nx = 1\n")
    assert call("rank", ".") == 0
    assert [plan.jobs for plan in plans] == [2, 3, 3]


def test_files_above_the_nearest_are_not_read(home: Path, plans: list[Plan]) -> None:
    write(home, "pyproject.toml", "no TOML")
    write(home, "work/pyproject.toml", "no TOML")
    write(home, "work/iqscore.toml", "jobs = 3")
    assert call("rank", ".") == 0
    assert [plan.jobs for plan in plans] == [3]


def test_a_file_named_in_the_environment_or_none(
    home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, USER, "jobs = 5")
    write(home, "work/iqscore.toml", "min-score = 20")
    write(home, "other.toml", "min-score = 30")
    monkeypatch.setenv("IQSCORE_CONFIG", str(home / "other.toml"))
    assert call("rank", ".") == 0
    monkeypatch.setenv("IQSCORE_CONFIG", "none")
    assert call("rank", ".") == 0
    assert [(plan.jobs, plan.min_score) for plan in plans] == [(5, 30), (None, None)]


def test_profiles_from_everywhere(home: Path, plans: list[Plan], monkeypatch: pytest.MonkeyPatch) -> None:
    write(home, USER, 'default-profile = "a"\n[profile.a]\njobs = 1\n[profile.b]\njobs = 2\nmin-score = 20\n')
    write(home, "work/iqscore.toml", "[profile.b]\njobs = 3\n[profile.b.score]\njobs = 4\n")
    assert call("rank", ".") == 0
    monkeypatch.setenv("IQSCORE_PROFILE", "b")
    assert call("rank", ".") == call("score", ".") == 0
    assert call("rank", ".", "--profile", "a") == 0
    assert [(plan.jobs, plan.min_score) for plan in plans] == [(1, None), (3, 20), (4, 20), (1, None)]


def test_profiles_that_are_built_in(home: Path, plans: list[Plan]) -> None:
    assert call("rank", ".", "--profile", "strict") == 0
    write(home, USER, "[profile.strict]\nmin-score = 60\n[profile.upload]\nlabel = 'pending'\n")
    assert call("rank", ".", "--profile", "strict") == call("rank", ".", "--profile", "upload") == 0
    assert [(set(plan.labels), plan.min_score) for plan in plans] == [
        ({"accepted"}, None),
        ({"accepted"}, 60),
        ({"pending"}, None),
    ]


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


def test_what_changes_photos_may_stand_in_the_users_own_file(home: Path, plans: list[Plan]) -> None:
    write(home, USER, "xmp = true")
    assert call("rank", ".") == 0
    assert plans[0].rating is not None


def test_the_help_is_there_whatever_the_files_say(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "work/iqscore.toml", "nonsense")
    assert call("rank", "--help") == 0
    assert "--profile" in capsys.readouterr().out


def test_config_show_says_where_each_value_comes_from(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(home, USER, "quiet = true\njobs = 1\n")
    write(home, "work/iqscore.toml", '[rank]\nsort = "blur"\njobs = 2\n[profile.strict]\nlabel = ["accepted"]\n')
    monkeypatch.setenv("IQSCORE_JOBS", "3")
    monkeypatch.setenv("IQSCORE_NOPE", "3")
    assert call("config", "show", "--profile", "strict") == 0
    out = capsys.readouterr().out
    values = tomllib.loads(out)
    assert values["rank"]["jobs"] == 3
    assert (values["rank"]["sort"], values["score"]["label"]) == ("blur", ["accepted"])
    assert "output" not in values["rank"]
    table = out.split("[rank]\n")[1].split("\n\n")[0]
    lines = {line.split(" =")[0]: line.split("  # ")[1] for line in table.splitlines()}
    project, user = home / "work" / "iqscore.toml", home / "user" / "iqscore" / "iqscore.toml"
    assert lines["jobs"] == "IQSCORE_JOBS"
    assert lines["sort"] == str(project)
    assert lines["quiet"] == str(user)
    assert lines["label"] == f"profile strict in {project}"
    assert lines["device"] == "default"
    assert lines["# top"] == "default"
    assert f"# user's file    {user}\n" in out
    assert f"# project's file {project}\n" in out
    assert "# IQSCORE_NOPE is set in the environment, but no option is called so" in out


@given(st.text())
@example('"caf\u00e9" \\ \U0001f600\n\x7f\x80\x00')
def test_any_text_is_shown_as_toml(text: str) -> None:
    shown = to_toml(text)
    assert shown.isascii()
    assert tomllib.loads(f"key = {shown}") == {"key": text}


@pytest.mark.skipif(os.name == "nt", reason="paths are text there")
def test_config_show_of_a_path_that_is_no_text(tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9\n")
    ended = run("config", "show", cwd=tmp_path, variables={"XDG_CONFIG_HOME": odd})
    assert (ended.status, ended.stderr) == (0, "")
    assert "caf\\xe9\\n/iqscore/iqscore.toml (not there)" in ended.stdout.decode()
    assert "rank" in tomllib.loads(ended.stdout.decode())


@pytest.mark.usefixtures("home")
def test_config_show_of_one_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("config", "show", "score") == 0
    assert list(tomllib.loads(capsys.readouterr().out)) == ["score"]
    assert call("config", "show", "models") == 2
    assert "no settings for 'models'" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_cannot_be_read(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(home, "work/iqscore.toml", "")
    (home / "work" / "iqscore.toml").chmod(0)
    assert call("rank", ".") == 2
    assert "settings cannot be read from it" in capsys.readouterr().err


def test_a_name_that_begins_with_a_tilde_and_is_nobodys_home(home: Path, plans: list[Plan]) -> None:
    write(home, "work/iqscore.toml", "model = '~no-such-person.onnx'")
    assert call("rank", ".") == 0
    assert plans[0].models == (str(home / "work" / "~no-such-person.onnx"),)


@pytest.mark.usefixtures("home")
def test_a_file_of_settings_in_nobodys_home(
    plans: list[Plan], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IQSCORE_CONFIG", "~no-such-person/a.toml")
    assert call("rank", ".") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "~no-such-person/a.toml: settings cannot be read" in line
    assert plans == []
