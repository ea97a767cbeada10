"""The manual cannot lie: every command that the README shows is understood and runs, and its test command is CI's."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import pytest
from typer.main import get_command

from iqscore.cli import app
from iqscore.plan import Plan
from tests.keras_files import make_layers, write_flat
from tests.pictures import make_scene
from tests.program import ROOT, call

README = (ROOT / "README.md").read_text(encoding="utf-8")
INSTALL = re.compile(r"python3 -m venv \.venv && \.venv/bin/pip install( -q)? -e '\.\[test\]'")
TEST = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
_OPERATORS = ";&|<>()"


def find_blocks() -> list[str]:
    """Return the text of each ```sh block."""
    return re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def find_commands(block: str) -> Iterator[list[str]]:
    """Yield the words after `iqscore` wherever a shell would start it."""
    for line in block.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=_OPERATORS)
        lexer.whitespace_split = True
        for is_operator, words in groupby(lexer, key=lambda word: set(word) <= set(_OPERATORS)):
            command = list(words)
            if not is_operator and Path(command[0]).name == "iqscore":
                yield command[1:]


COMMANDS = [words for block in find_blocks() for words in find_commands(block)]


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Return the list that the plan of each run is put into instead of being run."""

    def keep(plan: Plan, *_: object, **__: object) -> int:
        kept.append(plan)
        return 0

    kept: list[Plan] = []
    monkeypatch.chdir(tmp_path)
    for name in ("run.run_rank", "run.run_score", "checking.run_check", "explaining.run_explain"):
        monkeypatch.setattr(f"iqscore.{name}", keep)
    for other in ("importing.run_import", "showing.run_show", "ratings.run_undo", "bench.run_bench"):
        monkeypatch.setattr(f"iqscore.{other}", lambda *_, **__: 0)
    return kept


def test_shell_words_are_found() -> None:
    block = (
        "a && b/iqscore rank x \\\n  -o 'y z.csv' | head  # iqscore no\niqscore score > z; iqscored no\n# iqscore no\n"
    )
    assert list(find_commands(block)) == [["rank", "x", "-o", "y z.csv"], ["score"]]


def test_the_readme_shows_the_commands() -> None:
    assert {"rank", "score", "check", "rate", "explain", "schema"} <= {words[0] for words in COMMANDS if words}


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_of_the_readme_is_understood(
    words: list[str], plans: list[Plan], capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(*words) == 0, capsys.readouterr().err
    runs = words[0] in ("rank", "score", "check", "rate", "explain") and not {"-h", "--help", "--show", "--undo"} & set(
        words
    )
    assert len(plans) == int(runs)


def find_lines() -> list[str]:
    """Return the lines of the ```sh blocks that start iqscore and nothing that installs it."""
    lines = [line for block in find_blocks() for line in block.splitlines() if "iqscore " in line]
    return [line.partition("  #")[0].rstrip() for line in lines if "pip install" not in line]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home folder with a file that marks the last run, and iqscore on its own path."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "last-run").touch()
    os.utime(folder / "last-run", (0, 0))
    for program in (folder / "bin" / "iqscore", folder / ".venv" / "bin" / "iqscore"):
        program.parent.mkdir(parents=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m iqscore "$@"\n')
        program.chmod(0o755)
    if find_spec("h5py"):
        write_flat(folder / "weights_mobilenet_aesthetic_0.07.hdf5", make_layers())
    return folder


def put_photos(home: Path) -> None:
    """Put a few photos where the README has them, whatever the line before did with them."""
    shoot = home / "Photos" / "2026-11-wedding"
    shoot.mkdir(parents=True, exist_ok=True)
    for seed in (1, 2):
        make_scene(seed, 90, 60).save(shoot / f"{seed}.jpg")


@pytest.mark.parametrize("line", find_lines())
def test_a_line_of_the_readme_runs(line: str, home: Path) -> None:
    if "| jq" in line and not shutil.which("jq"):
        pytest.skip("no jq")
    if "nima-ava" in line and not find_spec("h5py"):
        pytest.skip("no h5py")
    put_photos(home)
    variables = {"HOME": str(home), "PATH": f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        ["sh", "-c", line], cwd=home, env=os.environ | variables, capture_output=True, text=True, check=False
    )
    # a gate may well find what it looks for
    assert ended.returncode == 0 or ("iqscore check" in line and ended.returncode == 1), ended.stderr
    assert "Traceback" not in ended.stderr
    for written in re.findall(r"(?:-o|--csv|--json) (\S+)", line):
        assert (home / written).stat().st_size > 0


def test_an_unknown_option_would_be_found(plans: list[Plan]) -> None:
    assert call("rank", "~/Photos", "--best", "20") == 2
    assert plans == []


def test_the_options_in_its_tables_exist() -> None:
    rows = re.findall(r"^\| (`-.*?) \| ", README, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"(?<![\w-])--?[a-z0-9][a-z0-9-]*", row)}
    commands = get_command(app).commands.values()  # type: ignore[attr-defined]
    known = {name for command in commands for parameter in command.params for name in parameter.opts}
    assert named
    assert named - known - {"-h", "--help", "--version"} == set()


def test_its_test_command_is_the_one_that_ci_runs() -> None:
    assert TEST in README
    assert INSTALL.match(TEST)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert INSTALL.search(script)
    assert "make check" in script
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^check:.*\btest\b", makefile, re.MULTILINE)
    assert re.search(r"^test:\n\t\$\(PYTHON\) -m pytest$", makefile, re.MULTILINE)
    assert re.search(r"^PYTHON \?= \.venv/bin/python$", makefile, re.MULTILINE)
