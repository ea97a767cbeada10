"""The recipes work: each is run from the text of docs/recipes.md, in the order it stands there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.pictures import make_scene
from tests.program import ROOT, call

TEXT = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
MAY_BE_MISSING = ("docker", "duckdb", "jq", "man")
NOT_RUN = ("docker",)
"""What needs a network to run; tests of the Dockerfile look at what it says."""
MADE = {
    "Cull a shoot": ["Photos/rejects/dark.jpg"],
    "The best 20 of a trip": ["Photos/best/1.jpg", "Photos/best/2.jpg"],
    "What is new since last time": ["new.ndjson", "last-run"],
    "Gate a folder in CI": ["report.xml", "report.sarif"],
    "darktable": ["Photos/shoot/1.jpg.xmp", "darktable.ndjson"],
    "Immich": ["Photos/trip/1.jpg.xmp"],
    "jq": ["trip.ndjson"],
}
"""What a recipe leaves behind."""


def find_sections() -> Iterator[tuple[str, str]]:
    """Yield the title and the text of each section."""
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        title, _, body = section.partition("\n")
        yield title, body


def find_blocks(body: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", body, re.MULTILINE | re.DOTALL)


SECTIONS = dict(find_sections())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return a home folder with photos, the manual, and iqscore on its own path."""
    for folder in ("Photos/trip", "Photos/shoot", "Incoming", "bin"):
        (tmp_path / folder).mkdir(parents=True)
    for seed in (1, 2):
        for folder in ("trip", "shoot"):
            make_scene(seed, 300, 200).save(tmp_path / "Photos" / folder / f"{seed}.jpg")
    make_scene(3, 300, 200).save(tmp_path / "Incoming" / "3.jpg")
    black = make_scene(4, 300, 200).point(lambda level: level * 0.04)
    black.save(tmp_path / "Photos" / "shoot" / "dark.jpg")
    program = tmp_path / "bin" / "iqscore"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m iqscore "$@"\n')
    program.chmod(0o755)
    if shutil.which("duckdb") is None and find_spec("duckdb"):
        # the library does what the program does
        words = "import duckdb, sys; print(duckdb.sql(sys.argv[2]))"
        (tmp_path / "bin" / "duckdb").write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{words}" "$@"\n')
        (tmp_path / "bin" / "duckdb").chmod(0o755)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    return tmp_path


def run(home: Path, *words: str) -> str:
    """Run words in the home folder; return standard output. Nothing may fail, in the middle of a pipe neither."""
    path = f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}"
    variables = {"HOME": str(home), "PATH": path, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    ended = subprocess.run(
        words, cwd=home, env=os.environ | variables, capture_output=True, text=True, check=False, timeout=600
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    return ended.stdout


@pytest.mark.skipif(os.name == "nt", reason="the recipes are for POSIX shells")
@pytest.mark.parametrize("title", [title for title, body in SECTIONS.items() if find_blocks(body, "sh")])
def test_a_recipe_runs(title: str, home: Path) -> None:
    ran = 0
    for block in find_blocks(SECTIONS[title], "sh"):
        lines = [line for line in block.splitlines() if not any(is_wanting(tool, line) for tool in MAY_BE_MISSING)]
        ran += len(lines)
        # head ends pipes early, which is no failure; all else is
        run(home, "bash", "-e", "-c", "\n".join(lines))
    if not ran:
        pytest.skip("its tools are not here")
    for made in MADE.get(title, []):
        assert (home / made).exists(), made


def is_wanting(tool: str, line: str) -> bool:
    uses = re.search(rf"(^|\| *){tool} ", line) is not None
    is_here = shutil.which(tool) is not None or (tool == "duckdb" and find_spec("duckdb") is not None)
    return uses and (tool in NOT_RUN or not is_here)


def test_culling_moves_only_what_is_spoilt(home: Path) -> None:
    for block in find_blocks(SECTIONS["Cull a shoot"], "sh"):
        run(home, "bash", "-e", "-c", block)
    assert [path.name for path in (home / "Photos" / "rejects").iterdir()] == ["dark.jpg"]
    assert sorted(path.name for path in (home / "Photos" / "shoot").iterdir()) == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize("page", ["README.md", "docs/recipes.md"])
def test_no_command_moves_or_copies_over_a_file(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for command in re.findall(r"\b(?:mv|cp) [^|\n]*(?:\{\}|-t|\$1)", text):
        assert re.match(r"(mv|cp) -n ", command), command


@pytest.mark.parametrize(
    ("status", "seen_next"),
    [(0, ["late.jpg"]), (3, ["late.jpg"]), (4, ["early.jpg", "late.jpg"]), (130, ["early.jpg", "late.jpg"])],
)
def test_what_arrives_during_a_run_is_new_to_the_next(status: int, seen_next: list[str], tmp_path: Path) -> None:
    (block,) = find_blocks(SECTIONS["What is new since last time"], "sh")
    (tmp_path / "bin").mkdir()
    (tmp_path / "Photos").mkdir()
    (tmp_path / "Photos" / "early.jpg").touch()
    program = tmp_path / "bin" / "iqscore"
    for ends, seen in ((status, ["early.jpg"]), (0, seen_next)):
        # names come in, and while photos are looked at another one arrives
        program.write_text(f"#!/bin/sh\ncat > names\nsleep 0.1\ntouch Photos/late.jpg\nexit {ends}\n")
        program.chmod(0o755)
        run(tmp_path, "bash", "-e", "-c", block)
        names = (tmp_path / "names").read_text().split("\0")[:-1]
        assert sorted(Path(name).name for name in names) == seen


def test_watching_sorts_what_arrived(home: Path) -> None:
    (block,) = find_blocks(SECTIONS["As photos arrive"], "sh")
    run(home, "bash", "-e", "-c", block)
    assert not list((home / "Incoming").iterdir())
    assert [path.name for path in (home / "Sorted").rglob("*.jpg")] == ["3.jpg"]


def test_the_command_with_a_shell_hands_the_name_over(home: Path) -> None:
    (words,) = re.findall(r'`--exec ("sh -c .*?")`', SECTIONS["As photos arrive"])
    odd = home / "Incoming" / "$(touch pwned) ;x.jpg"
    (home / "Incoming" / "3.jpg").rename(odd)
    (home / "backup").mkdir()
    run(home, "bash", "-c", f"iqscore watch Incoming --existing --idle 1 --exec {words.replace('/backup', 'backup')}")
    assert [path.name for path in (home / "backup").iterdir()] == [odd.name]
    assert not list(home.rglob("pwned"))


@pytest.mark.parametrize("title", [title for title, body in SECTIONS.items() if find_blocks(body, "python")])
def test_a_piece_of_python_runs(title: str, home: Path) -> None:
    for block in find_blocks(SECTIONS[title], "python"):
        if "duckdb" in block and not find_spec("duckdb"):
            pytest.skip("no duckdb")
        run(home, "iqscore", "score", "Photos", "-q", "-o", "all.ndjson")
        run(home, sys.executable, "-c", block)


@pytest.mark.skipif(not find_spec("duckdb"), reason="no duckdb")
def test_duckdb_counts_what_is_there(home: Path) -> None:
    (block,) = find_blocks(SECTIONS["DuckDB"], "sh")
    first, *queries = block.splitlines()
    run(home, "bash", "-e", "-c", first)
    labels = Counter(json.loads(line)["label"] for line in (home / "all.ndjson").read_text().splitlines())
    assert sum(labels.values()) == 5
    by_label = run(home, "bash", "-e", "-c", queries[0])
    rows = {label: int(count) for label, count in re.findall(r"(accepted|pending|rejected)\W+(\d+)", by_label)}
    assert rows == labels
    assert "shoot/dark.jpg" in run(home, "bash", "-e", "-c", queries[1])


def test_from_python_in_ten_lines() -> None:
    (block,) = find_blocks(SECTIONS["From Python, in ten lines"], "python")
    assert len([line for line in block.splitlines() if line.strip() and "import" not in line]) <= 10


def test_the_settings_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = [block for body in SECTIONS.values() for block in find_blocks(body, "toml")]
    assert blocks
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        (tmp_path / "iqscore.toml").write_text(block)
        assert call("config", "show", "check", "--profile", "strict") == 0
        assert "min-score = 50 " in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        *re.findall(r"^ *args: (-.*)$", TEXT, re.MULTILINE),
        *(words.replace(",", "").replace('"', "") for words in re.findall(r"^ *args: \[(.*)\]$", TEXT, re.MULTILINE)),
    ],
)
def test_the_options_for_ci_are_understood(words: str, desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[object] = []

    def keep(*plans: object) -> int:
        kept.append(plans)
        return 0

    monkeypatch.setattr("iqscore.checking.run_check", keep)
    assert call("check", *words.split(), str(desk)) == 0
    assert len(kept) == 1


def test_the_sections_that_must_be_there() -> None:
    wanted = "Cull, best, Gate, Lightroom, darktable, digiKam, Immich, Python, jq, DuckDB"
    titles = " ".join(SECTIONS)
    assert [word for word in wanted.split(", ") if word not in titles] == []


def test_the_service_is_a_command() -> None:
    (unit,) = find_blocks(SECTIONS["As photos arrive"], "ini")
    (line,) = re.findall(r"^ExecStart=iqscore (.*)$", textwrap.dedent(unit), re.MULTILINE)
    # the folder is not there, and that is all that is wrong with it
    assert call(*line.replace("%h", "/nowhere").split()) == 2
