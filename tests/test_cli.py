"""The words typed: help for all of them, and one line on stderr with exit status 2 for those that make no sense."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import iqscore
from iqscore.cli import app
from iqscore.sorting import SORT_KEYS
from tests.program import REAL, call, run, touch

HEAVY = ("onnxruntime", "PIL", "numpy", "rich")
COMMANDS = [
    *("rank", "score", "rate", "watch", "check", "explain", "schema", "config", "config show", "doctor", "bench"),
    *("models", "models list", "models show", "models verify", "models import"),
    *("cache", "cache info", "cache clear", "cache path"),
]
COUNT_HEAVY = f"""
import atexit, json, sys
atexit.register(lambda: print(json.dumps([name for name in {HEAVY} if name in sys.modules]), file=sys.stderr))
{REAL}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with a photo in it that is never opened, as no model may be loaded."""

    def refuse(device: str, **_: object) -> None:
        pytest.fail("models were loaded before the words were checked")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("iqscore.run.open_scorer", refuse)
    touch("a.jpg")
    return tmp_path


def find_commands() -> Iterator[tuple[str, Any]]:
    """Yield every command and its words."""

    def walk(words: list[str], command: Any) -> Iterator[tuple[str, Any]]:
        yield " ".join(words), command
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk([*words, name], inner)

    yield from walk([], get_command(app))


def complaint(capfd: pytest.CaptureFixture[str]) -> str:
    """Return the one line on stderr; more, or anything on stdout, is an error."""
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("iqscore: ")
    assert "Traceback" not in line
    return line


@pytest.mark.parametrize("words", ["--version", "--help", "-h", *(f"{command} --help" for command in COMMANDS)])
def test_help_and_version_are_light(words: str) -> None:
    ended = run(*words.split(), program=COUNT_HEAVY)
    assert ended.status == 0
    assert ended.stdout.startswith(f"iqscore {iqscore.__version__}\n".encode() if "version" in words else b"Usage: iqs")
    assert json.loads(ended.stderr) == []


def test_the_count_of_heavy_modules_counts(folder: Path) -> None:
    ended = run("rank", "nothing.jpg", program=COUNT_HEAVY, cwd=folder)
    assert ended.status == 3
    assert json.loads(ended.stderr.splitlines()[-1]) == list(HEAVY)


def test_the_commands() -> None:
    assert sorted(words for words, _ in find_commands()) == sorted(["", *COMMANDS])


def test_every_command_has_help() -> None:
    assert [words for words, command in find_commands() if not (command.help or "").strip()] == []


def test_every_option_and_argument_has_help() -> None:
    parameters = [(words, parameter) for words, command in find_commands() for parameter in command.params]
    assert len(parameters) > 30
    assert [(words, p.name) for words, p in parameters if not (p.help or "").strip()] == []


def test_the_sort_keys_of_the_help_exist() -> None:
    (rank,) = [command for words, command in find_commands() if words == "rank"]
    (sort,) = [parameter for parameter in rank.params if parameter.name == "sort"]
    keys = sort.help.removesuffix(", a defect.").replace("; worst first:", ",").split(", ")
    assert {"score", "exposure", "saturation", "blur"} <= set(keys)
    assert set(keys) < set(SORT_KEYS)


def test_the_help_names_values_in_words_for_people() -> None:
    ended = run("rank", "--help")
    help_text = ended.stdout.decode()
    assert help_text.startswith("Usage: iqscore rank [OPTIONS] [PATH]...\n")
    for option in ("--top", "--jobs", "--min-score"):
        (line,) = [line for line in help_text.splitlines() if option in line]
        assert f"{option} N " in line or f"{option} N" in line.split("  ")
    assert not [word for word in ("INTEGER", "FLOAT", "TEXT") if word in help_text]


@pytest.mark.parametrize("words", ["", "models"])
def test_no_command_shows_the_help(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(*words.split()) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"Usage: {'iqscore ' + words}".rstrip())
    assert "\nCommands:\n" in err


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--nope", "--nope"),
        ("--profile strict rank a.jpg", "options come after the command"),
        ("rank --tpo 5 a.jpg", "--top"),
        ("rank --tpo 5 a.jpg", "(see iqscore rank --help)"),
        ("cache info --nope", "(see iqscore cache info --help)"),
        ("rank a.jpg --sort size", "(see iqscore rank --help)"),
        ("rate a.jpg --what labels", "(see iqscore rate --help)"),
        ("models import a.h5 -o a.txt", "(see iqscore models import --help)"),
        ("help", "no such command: 'help'; it is an option (see iqscore --help)"),
        ("a.jpg", "did you mean `iqscore rank a.jpg`?"),
        ("rank a.jpg --csv=", "a file to write has no name"),
        ("nope", "nope"),
        ("rank --nope a.jpg", "--nope"),
        ("rank --no-such=1 a.jpg", "--no-such"),
        ("score --top 3 a.jpg", "--top"),
        ("models nope", "nope"),
        ("models show", "argument"),
        ("models list x", "x"),
        ("doctor x", "x"),
        ("rank", "no photos given"),
        ("score", "no photos given"),
        ("rank -0", "no photos given"),
        ("rank -0 a.jpg", "-0"),
        ("rank a.jpg --sort size", "'size'"),
        ("rank a.jpg --device gpu", "'gpu'"),
        ("rank a.jpg --label good", "'good'"),
        ("rank a.jpg --format xml", "'xml'"),
        ("rank a.jpg --top 0", "--top"),
        ("rank a.jpg --top two", "--top"),
        ("rank a.jpg --jobs 0", "--jobs"),
        ("score a.jpg --min-score 101", "--min-score"),
        ("score a.jpg -q -v", "-q"),
        ("rank a.jpg -o", "-o"),
        ("rank a.jpg -o out.txt", "out.txt"),
        ("rank a.jpg -o out", "suffix"),
        ("rank a.jpg --csv a.jpg", "over a photo"),
        ("rank a.jpg -o a.json --json a.json", "same file"),
        ("rank a.jpg -o missing/a.csv", "missing/a.csv"),
        ("score a.jpg -o a.csv/b.ndjson -o a.csv", "a.csv/b.ndjson"),
        ("score a.jpg --json .", "is a folder"),
        ("score a.jpg -o -", "-: standard output is no file"),
        ("score a.jpg --csv -", "-: standard output is no file"),
        ("rank a.jpg --json -", "-: standard output is no file"),
        ("score a.jpg --csv a.xmp", "sidecar"),
        ("score a.jpg --reverse", "--reverse"),
        ("rate", "no photos given"),
        ("rate a.jpg --what sharpness", "'sharpness'"),
        ("rate a.jpg --stars-from luck", "'luck'"),
        ("rate a.jpg --cuts 1,2,3", "four rising numbers"),
        ("rate a.jpg --cuts 1,3,2,4", "four rising numbers"),
        ("rate a.jpg --cuts 0,1,2,3", "four rising numbers"),
        ("rate a.jpg --cuts 1,2,3,nan", "four rising numbers"),
        ("rate a.jpg --cuts a,b,c,d", "four rising numbers"),
        ("rate a.jpg --cuts 1,2,3,4 --stars-from label", "--cuts"),
        ("rate a.jpg --what label --stars-from percentile", "--what"),
        ("rate a.jpg --keywords \x01", "cannot be written"),
        ("rate a.jpg --sidecar-name odd", "'odd'"),
        ("rate a.jpg --journal a.jpg", "over a photo or a sidecar"),
        ("rate a.jpg --journal a.XMP", "over a photo or a sidecar"),
        ("rate a.jpg --journal missing/j", "missing/j: cannot be written"),
        ("rate a.jpg --journal .", ".: cannot be written"),
        ("rate a.jpg -f csv", "'csv'"),
        ("rate a.jpg --top 3", "--top"),
        ("rate --undo missing", "missing: the journal cannot be read"),
        ("rate a.jpg --undo missing", "name no photos"),
        ("rate --show --undo missing", "--show"),
    ],
)
def test_wrong_usage(words: str, told: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(*words.split()) == 2
    assert told in complaint(capfd)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_a_full_disk_is_told_before_models_are_loaded(command: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert call(command, "a.jpg", "--csv", "/dev/full") == 2
    assert "/dev/full: cannot be written" in complaint(capfd)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_output_without_permission(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder.chmod(0o500)
    try:
        assert call("rank", "a.jpg", "--csv", "a.csv") == 2
    finally:
        folder.chmod(0o700)
    assert "a.csv: cannot be written (no permission" in complaint(capfd)


def test_wrong_usage_writes_no_file(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "old.csv").write_text("kept")
    assert call("rank", "a.jpg", "-o", "old.csv", "--sort", "size") == 2
    assert "'size'" in complaint(capfd)
    assert (folder / "old.csv").read_text() == "kept"


@pytest.mark.parametrize("command", ["rank", "score"])
def test_a_list_of_names_that_is_not_there(command: str, tmp_path: Path) -> None:
    ended = run(command, "--files-from", "names.txt", cwd=tmp_path)
    assert (ended.status, ended.stdout) == (2, b"")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("iqscore: names.txt: names cannot be read from it")


def test_a_word_that_is_no_text_is_told_in_one_line(tmp_path: Path) -> None:
    ended = run("rank", ".", "--sort", b"\xff\x1b[31m\n", cwd=tmp_path)
    assert (ended.status, ended.stdout) == (2, b"")
    (line,) = ended.stderr.splitlines()
    assert line.startswith("iqscore: cannot sort by ")
    assert "\x1b" not in line


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime")
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("CUDA is here")
    ended = run("rank", ".", "--device", "cuda", cwd=tmp_path)
    assert (ended.status, ended.stdout) == (2, b"")
    (line,) = ended.stderr.splitlines()
    assert "CUDA" in line
    assert "--device cpu" in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("words", ["--version", "--help", "rank --help", "models list", "models show defects"])
def test_standard_output_that_is_full(words: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run(*words.split(), stdout=full)
    assert ended.status == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("iqscore: standard output: cannot be written")


@pytest.mark.parametrize("words", ["--version", "rank --help", "doctor", "models list"])
def test_a_reader_who_has_gone_is_no_error(words: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run(*words.split(), stdout=gone)
    assert (ended.status, ended.stderr) == (0, "")
