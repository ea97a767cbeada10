"""Terminals and locales: no TTY, NO_COLOR, narrow and wide, letters that cannot be written, names of every kind."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import termios
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from tests.pictures import make_scene
from tests.program import FAKE, read_lines, run, touch
from tests.test_exit_status import list_commands, to_command

COMMANDS = pytest.mark.parametrize(
    "words", ["rank .", "score . -f table", "check .", "check . -f table", "explain poor-10.jpg", "rate . --dry-run"]
)
EVERY = pytest.mark.parametrize(
    "words",
    [
        *("rank .", "score .", "check .", "rate . --dry-run", "rate . --show", "explain poor-10.jpg"),
        "watch . --existing --idle 0 --settle 0",
        *("bench real/x-70.jpg -j 1", "doctor", "schema", "config show", "cache info", "cache path", "cache clear"),
        *("models list", "models show defects", "models verify", "models import missing.h5"),
    ],
)
LATIN = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": "latin-1"}
ASCII = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
PLAIN_C = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
ODD = [b"caf\xe9-20.jpg", "写真-10.jpg".encode(), b"back\\slash-10.jpg", b"esc\x1b[31m-10.jpg", b"C:\\Photos\\x-10.jpg"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of photos."""
    touch(*(f"{tmp_path}/{name}.jpg" for name in ("good-90", "poor-10", "bad")))
    (tmp_path / "real").mkdir()
    make_scene(1, 300, 200).save(tmp_path / "real" / "x-70.jpg")
    return tmp_path


def show(*words: str, folder: Path, columns: int = 80, variables: dict[str, str] | None = None) -> bytes:
    """Return what a terminal of so many columns is sent, by both streams."""
    terminal, end = pty.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    variables = {"TERM": "xterm-256color"} | (variables or {})
    # a terminal holds some kilobytes: what is more has to be read while the program runs
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(read_all, terminal)
        with os.fdopen(end, "wb", buffering=0) as stdout:
            ended = run(*words, program=FAKE, cwd=folder, stdout=stdout, variables=variables)
    assert "Traceback" not in ended.stderr
    return shown.result()


def read_all(terminal: int) -> bytes:
    """Return what comes until nobody holds the other end; Linux ends with an error, others with nothing."""
    read = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen, suppress(OSError):
        while part := screen.read(65536):
            read += part
    return read


@COMMANDS
def test_without_a_terminal_there_are_no_codes(words: str, folder: Path) -> None:
    ended = run(*words.split(), program=FAKE, cwd=folder, variables={"TERM": "xterm-256color"})
    assert b"poor-10.jpg" in ended.stdout
    assert b"\x1b" not in ended.stdout
    assert "\x1b" not in ended.stderr


@COMMANDS
def test_no_color_sends_none(words: str, folder: Path) -> None:
    shown = show(*words.split(), folder=folder, variables={"NO_COLOR": "1"})
    assert b"poor-10.jpg" in shown
    assert b"\x1b[" not in shown


def test_every_command_is_here() -> None:
    assert {to_command(words) for words in EVERY.args[1]} == list_commands()


@EVERY
@pytest.mark.parametrize("columns", [40, 250])
def test_every_command_on_narrow_and_wide_terminals(words: str, columns: int, folder: Path) -> None:
    plain = run(*words.split(), program=FAKE, cwd=folder, variables={"COLUMNS": str(columns)})
    shown = show(*words.split(), folder=folder, columns=columns, variables={"NO_COLOR": "1"})
    assert "Traceback" not in plain.stderr
    assert b"\x1b" not in plain.stdout
    assert b"\x1b" not in shown
    assert bool(plain.stdout.strip()) is bool(shown.strip())
    if words.startswith("rank"):
        assert all(len(line) <= columns for line in shown.decode().splitlines())


@EVERY
@pytest.mark.parametrize("variables", [ASCII, PLAIN_C], ids=["ascii", "C"])
def test_every_command_in_a_folder_whose_name_is_not_utf_8(words: str, variables: dict[str, str], folder: Path) -> None:
    odd = folder / os.fsdecode(b"caf\xe9 \xe5\x86\x99")
    touch(f"{odd}/poor-10.jpg")
    (odd / "iqscore.toml").write_text("jobs = 1")
    ended = run(*words.split(), program=FAKE, cwd=odd, variables=variables | {"IQSCORE_CACHE_DIR": os.fspath(odd)})
    assert ended.status in (0, 1, 2, 3)
    assert "Traceback" not in ended.stderr
    assert ended.stdout or ended.stderr


def test_explain_has_colours_on_a_terminal(folder: Path) -> None:
    assert b"\x1b[" in show("explain", "good-90.jpg", folder=folder)


@pytest.mark.parametrize("columns", [20, 60, 250])
def test_tables_keep_to_the_width(columns: int, folder: Path) -> None:
    touch(f"{folder}/{'long' * 30}-10.jpg")
    for words in ("check . -f table", "explain poor-10.jpg"):
        text = show(*words.split(), folder=folder, columns=columns, variables={"NO_COLOR": "1"}).decode()
        bars = [line for line in text.splitlines() if "█" in line or line.startswith("poor-10.jpg ")]
        assert "poor" in text
        assert all(len(line.rstrip()) <= columns for line in bars if "votes" not in line and "★" not in line)


@COMMANDS
@pytest.mark.parametrize("variables", [LATIN, ASCII, PLAIN_C], ids=["latin-1", "ascii", "C"])
def test_any_locale_and_any_name(words: str, variables: dict[str, str], folder: Path) -> None:
    touch(*(f"{folder}/{os.fsdecode(name)}" for name in ODD))
    ended = run(*words.split(), program=FAKE, cwd=folder, variables=variables)
    assert ended.status in (0, 1, 3)
    assert "Traceback" not in ended.stderr
    assert b"\x1b" not in ended.stdout
    assert b"poor-10.jpg" in ended.stdout
    ended.stdout.decode(variables.get("PYTHONIOENCODING", "utf-8"))


@pytest.mark.parametrize("variables", [{}, ASCII, PLAIN_C], ids=["utf-8", "ascii", "C"])
@pytest.mark.parametrize("words", ["score . -f ndjson", "check . -f ndjson"])
def test_names_come_back_byte_for_byte(words: str, variables: dict[str, str], folder: Path) -> None:
    touch(*(f"{folder}/{os.fsdecode(name)}" for name in ODD))
    ended = run(*words.split(), "-q", program=FAKE, cwd=folder, variables=variables)
    # a program in a C locale takes every byte beyond ASCII for an escape
    paths = {record["path"].encode("utf-8", "surrogateescape") for record in read_lines(ended.stdout)}
    assert paths == {*ODD, b"good-90.jpg", b"poor-10.jpg", b"bad.jpg", b"real/x-70.jpg"}


@pytest.mark.parametrize("variables", [{}, ASCII, PLAIN_C], ids=["utf-8", "ascii", "C"])
def test_paths_come_out_byte_for_byte(variables: dict[str, str], folder: Path) -> None:
    touch(*(f"{folder}/{os.fsdecode(name)}" for name in ODD))
    ended = run("score", ".", "--print0", "-q", program=FAKE, cwd=folder, variables=variables)
    assert set(ended.stdout.split(b"\0")) == {*ODD, b"good-90.jpg", b"poor-10.jpg", b"real/x-70.jpg", b""}


def test_paths_of_windows_are_names_elsewhere(folder: Path) -> None:
    name = "C:\\Photos\\x-10.jpg"
    for form in ("ndjson", "github", "junit", "sarif", "text"):
        ended = run("check", name, "-f", form, "-q", program=FAKE, cwd=folder)
        assert ended.status == 3
        assert "Traceback" not in ended.stderr
        assert form == "text" or b"Photos" in ended.stdout
    (record,) = read_lines(run("score", name, "-q", program=FAKE, cwd=folder).stdout)
    assert (record["path"], record["error"]["code"]) == (name, "not_found")


def test_annotations_of_a_terminal_and_a_pipe_are_the_same(folder: Path) -> None:
    piped = run("check", "poor-10.jpg", "-f", "github", "-q", program=FAKE, cwd=folder).stdout
    shown = show("check", "poor-10.jpg", "-f", "github", "-q", folder=folder)
    assert shown.replace(b"\r\n", b"\n") == piped
    assert piped.startswith(b"::error file=poor-10.jpg,")


def test_json_of_a_terminal_has_no_codes(folder: Path) -> None:
    shown = show("check", "poor-10.jpg", "-f", "json", "-q", folder=folder)
    assert json.loads(shown)["summary"]["failed"] == 1
