"""`iqscore config show`: each value as TOML, and where it comes from."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from iqscore.cli_config import to_toml
from tests.program import call, run
from tests.settings.files import USER, write


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
