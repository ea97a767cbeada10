"""Settings: who wins, and what each file may say."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from iqscore.plan import Plan
from tests.program import call
from tests.settings.files import USER, write

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


def test_what_changes_photos_may_stand_in_the_users_own_file(home: Path, plans: list[Plan]) -> None:
    write(home, USER, "xmp = true")
    assert call("rank", ".") == 0
    assert plans[0].rating is not None


def test_a_name_that_begins_with_a_tilde_and_is_nobodys_home(home: Path, plans: list[Plan]) -> None:
    write(home, "work/iqscore.toml", "model = '~no-such-person.onnx'")
    assert call("rank", ".") == 0
    assert plans[0].models == (str(home / "work" / "~no-such-person.onnx"),)
