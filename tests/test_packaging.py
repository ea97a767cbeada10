"""What ships beside the program: the manual page, completion, the hook, the action, the container."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.main import get_command

from docs.make_man import PAGE, make_page
from iqscore.cli import app
from iqscore.formats import PHOTO_SUFFIXES
from tests.pictures import make_scene
from tests.program import ROOT, run

ACTION = (ROOT / "action.yml").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_manual_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == make_page(), "run: python -m docs.make_man"


def test_the_manual_page_has_every_command_and_option() -> None:
    page = make_page().replace("\\-", "-").replace("\\fB", "")
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = {f"{name} {sub}": leaf for sub, leaf in getattr(command, "commands", {}).items()}
        for words, leaf in (inner or {name: command}).items():
            start = page.index(f'.SS "iqscore {words} [OPTIONS]')
            section = page[start : page.find("\n.S", start + 1)]
            shown = set(re.findall(r"(?<![\w-])--?[a-z0-9][a-z0-9-]*", section))
            names = {name for parameter in leaf.params if parameter.name != "help" for name in parameter.opts}
            assert {name for name in names if name.startswith("-")} <= shown


@pytest.mark.skipif(shutil.which("man") is None or sys.platform == "darwin", reason="no man-db")
def test_the_manual_page_is_sound() -> None:
    words = ["man", "--warnings", "-l", str(PAGE)]
    variables = {"MANWIDTH": "100", "LC_ALL": "C.UTF-8", "MANPAGER": "cat"}
    ended = subprocess.run(words, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "EXIT STATUS" in ended.stdout
    assert "--min-score N" in ended.stdout


def test_the_manual_page_is_in_the_wheel() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"docs/iqscore.1": "share/man/man1/iqscore.1"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_for(shell: str) -> None:
    ended = run(variables={"_IQSCORE_COMPLETE": f"source_{shell}"})
    assert ended.status == 0
    assert b"_IQSCORE_COMPLETE" in ended.stdout


def test_completion_knows_commands_and_options() -> None:
    variables = {"_IQSCORE_COMPLETE": "complete_bash", "COMP_WORDS": "iqscore wa", "COMP_CWORD": "1"}
    assert run(variables=variables).stdout.split() == [b"watch"]
    variables |= {"COMP_WORDS": "iqscore watch --ex", "COMP_CWORD": "2"}
    assert run(variables=variables).stdout.split() == [b"--exec", b"--existing"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("rank --format n", ["ndjson"]),
        ("rate --format ", ["text", "ndjson"]),
        ("check -f s", ["sarif"]),
        ("check --unreadable w", ["warn"]),
        ("rank --sort h", ["haze"]),
        ("score --label ", ["accepted", "pending", "rejected"]),
        ("watch --device c", ["cpu", "cuda"]),
        ("rate --stars-from per", ["percentile"]),
    ],
)
def test_completion_knows_the_words_of_options(typed: str, words: list[str]) -> None:
    line = f"iqscore {typed}"
    variables = {"_IQSCORE_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
    assert run(variables=variables).stdout.decode().split() == words


def test_completion_is_not_held_up_by_settings_that_make_no_sense(tmp_path: Path) -> None:
    (tmp_path / "iqscore.toml").write_text("nonsense")
    variables = {"_IQSCORE_COMPLETE": "complete_bash", "COMP_WORDS": "iqscore rank --to", "COMP_CWORD": "2"}
    ended = run(variables=variables, cwd=tmp_path)
    assert (ended.stdout.split(), ended.stderr) == ([b"--top"], "")


def test_the_hook_is_a_command() -> None:
    (entry,) = re.findall(r"^  entry: iqscore (.*)$", HOOKS, re.MULTILINE)
    assert entry.split()[0] in get_command(app).commands  # type: ignore[attr-defined]
    assert "require_serial: true" in HOOKS


def test_the_hook_takes_photos_that_a_plain_installation_reads() -> None:
    (pattern,) = re.findall(r"^  files: (.*)$", HOOKS, re.MULTILINE)
    taken = {suffix for suffix in PHOTO_SUFFIXES if re.search(pattern, f"photos/IMG_1.{suffix}")}
    wanted = "jpg jpeg png webp tif tiff bmp gif avif heic cr2 cr3 nef arw raf orf rw2 dng pef srw"
    assert taken >= set(wanted.split())
    # that needs an extra
    assert "jxl" not in taken
    assert re.search(pattern, "A.JPG")
    assert not any(re.search(pattern, name) for name in ("jpg", "a.jpg.xmp", "notes.txt", "a.jpg.py"))
    # pre-commit refuses a manifest with a type that it does not know
    assert "types" not in HOOKS


@pytest.mark.skipif(not find_spec("yaml"), reason="no PyYAML")
def test_hook_and_action_are_what_their_readers_want() -> None:
    yaml = import_module("yaml")

    (hook,) = yaml.safe_load(HOOKS)
    assert set(hook) == {"id", "name", "description", "entry", "language", "files", "require_serial"}
    assert (hook["id"], hook["language"]) == ("iqscore", "python")
    action = yaml.safe_load(ACTION)
    assert set(action) == {"name", "description", "branding", "inputs", "runs"}
    assert all(set(facts) == {"description", "default"} for facts in action["inputs"].values())
    assert action["runs"]["using"] == "composite"
    # a step of a composite action that runs a script must name its shell
    assert all(("uses" in step) != ("run" in step) for step in action["runs"]["steps"])
    assert [step["shell"] for step in action["runs"]["steps"] if "run" in step] == ["bash", "bash"]


def find_script() -> str:
    """Return what the action runs to check."""
    return re.sub(r"^        ", "", ACTION.rpartition("run: |\n")[2], flags=re.MULTILINE)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
@pytest.mark.parametrize(("args", "profile", "status"), [("--min-score 0", "", 0), ("--max any=0\n-x", "upload", 1)])
def test_the_action_checks(args: str, profile: str, status: int, tmp_path: Path) -> None:
    folder = tmp_path / "some photos"
    folder.mkdir()
    make_scene(1, 300, 200).save(folder / "a $(touch pwned).jpg")
    (tmp_path / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    variables = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "INPUT_ARGS": args,
        "INPUT_PATHS": "some photos\n\n", "INPUT_PROFILE": profile,
    }  # fmt: skip
    # as GitHub starts it
    words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", find_script()]
    ended = subprocess.run(words, cwd=tmp_path, env=os.environ | variables, capture_output=True, text=True, check=False)
    assert ended.returncode == status, ended.stderr
    assert ("::error" in ended.stdout) is (status == 1)
    assert not list(tmp_path.rglob("pwned"))


def test_every_input_of_the_action_is_used() -> None:
    inputs = re.findall(r"^  ([a-z-]+):$", ACTION.partition("\nruns:")[0].partition("inputs:\n")[2], re.MULTILINE)
    assert sorted(inputs) == ["args", "paths", "profile", "python-version"]
    assert all(f"${{{{ inputs.{name}" in ACTION for name in inputs)
    # an input within a script would be run
    assert "${{" not in find_script()


def test_the_container_copies_what_is_there_and_is_not_root() -> None:
    copied = [
        word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()
    ]
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
    assert {"pyproject.toml", "iqscore", "models", "docs"} <= set(copied)
    assert [name for name in copied if not (ROOT / name).exists() or f"!{name}\n" not in ignored] == []
    assert re.search(r"^USER \d+", DOCKERFILE, re.MULTILINE)
    assert DOCKERFILE.index("USER") < DOCKERFILE.index("ENTRYPOINT")
