"""Names that come in, results that go out, and readers who leave: the program in a process of its own."""

from __future__ import annotations

import json
import os
import pty
from pathlib import Path

import pytest

from tests.program import FAKE, read_lines, read_rows, run, touch
from tests.running import COMMANDS, read_line, send, started

STREAMS = pytest.mark.parametrize(
    ("command", "shape"),
    [("rank", "table"), ("rank", "csv"), ("score", "table"), ("score", "json"), ("score", "ndjson")],
)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("options", "end"), [((), b"\n"), (("-0",), b"\0")])
def test_a_result_comes_before_the_next_name(options: tuple[str, ...], end: bytes) -> None:
    touch("a-40.jpg", "b-90.jpg", "bad.jpg")
    with started("score", "--files-from", "-", *options) as process:
        for name in ("b-90.jpg", "bad.jpg", "missing.jpg", "a-40.jpg"):
            send(process, name.encode() + end)
            assert json.loads(read_line(process))["path"] == name
        rest, err = process.communicate(timeout=30)
    assert (process.returncode, rest) == (3, b"")
    assert b"4 photos: 1 accepted, 1 pending, 0 rejected, 2 failed" in err


@COMMANDS
def test_names_with_line_ends_come_in_with_null(command: str, folder: Path) -> None:
    names = [os.fsdecode(name) for name in (b"new\nline-40.jpg", b"cr\r-30.jpg", b"caf\xe9-20.jpg", b" -10.jpg")]
    touch(*names)
    sent = b"".join(os.fsencode(name) + b"\0" for name in names)
    ended = run(command, "--files-from", "-", "-0", "-f", "ndjson", "-q", program=FAKE, sent=sent, cwd=folder)
    assert (ended.status, ended.stderr) == (0, "")
    assert [record["path"] for record in read_lines(ended.stdout)] == names


@COMMANDS
def test_no_names_at_all(command: str, folder: Path) -> None:
    ended = run(command, "--files-from", "-", program=FAKE, cwd=folder)
    assert (ended.status, ended.stdout) == (4, b"")
    assert "no photo found" in ended.stderr


@STREAMS
def test_pipes_get_no_escape_codes(command: str, shape: str, folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg", "bad.jpg", "c-10.jpg")
    ended = run(command, ".", "-f", shape, program=FAKE, cwd=folder, variables={"TERM": "xterm-256color"})
    assert ended.status == 3
    assert b"b-90.jpg" in ended.stdout
    assert b"\x1b" not in ended.stdout
    assert "bad.jpg" in ended.stderr
    assert "\x1b" not in ended.stderr


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colours_only_on_a_terminal_that_wants_them(variables: dict[str, str], coloured: bool, folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg")
    terminal, end = pty.openpty()
    with os.fdopen(terminal, "rb", buffering=0) as screen, os.fdopen(end, "wb", buffering=0) as stdout:
        variables = {"TERM": "xterm-256color", **variables}
        ended = run("rank", ".", program=FAKE, cwd=folder, stdout=stdout, variables=variables)
        shown = screen.read(4000)
    assert ended.status == 0
    assert b"b-90.jpg" in shown
    assert (b"\x1b[" in shown) is coloured


@pytest.mark.parametrize(("command", "shape"), [("rank", "ndjson"), ("score", "csv"), ("score", "ndjson")])
def test_a_reader_who_goes_after_a_line(command: str, shape: str, folder: Path) -> None:
    touch(*(f"p{number}-{number % 100}.jpg" for number in range(400)))
    with started(command, ".", "-q", "-f", shape, "-o", "all.json") as process:
        assert read_line(process)
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        assert process.stderr.read() == b""
        assert process.wait(30) == 0
    document = json.loads((folder / "all.json").read_bytes())
    assert document["summary"]["scored"] == len(document["photos"]) == 400
    assert document["summary"]["interrupted"] is False


@STREAMS
def test_files_are_whole_whoever_reads_standard_output(command: str, shape: str, folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg", "bad.jpg")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run(command, ".", "-f", shape, "-o", "all.json", program=FAKE, cwd=folder, stdout=gone)
    assert ended.status == 3
    assert "3 photos: " in ended.stderr
    document = json.loads((folder / "all.json").read_bytes())
    assert len(document["photos"]) == document["summary"]["photos"] == 3
    assert document["summary"]["interrupted"] is False


@STREAMS
def test_a_reader_who_never_was(command: str, shape: str, folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run(command, ".", "-f", shape, program=FAKE, cwd=folder, stdout=gone)
    assert (ended.status, ended.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@STREAMS
def test_standard_output_that_is_full(command: str, shape: str, folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg")
    with Path("/dev/full").open("wb") as full:
        ended = run(command, ".", "-f", shape, program=FAKE, cwd=folder, stdout=full)
    assert ended.status == 2
    (line,) = ended.stderr.splitlines()
    assert line.startswith("iqscore: standard output: cannot be written (the disk is full; make room")


def test_standard_output_that_is_closed(folder: Path) -> None:
    touch("a-40.jpg")
    closing = f"import os, sys; os.close(1); sys.stdout = None\n{FAKE}"
    ended = run("rank", ".", "-q", "-o", "a.csv", program=closing, cwd=folder)
    assert (ended.status, ended.stderr) == (0, "")
    assert [row["path"] for row in read_rows((folder / "a.csv").read_bytes())] == ["a-40.jpg"]


def test_it_runs_as_a_module(folder: Path) -> None:
    ended = run("--version", program="import runpy; runpy.run_module('iqscore', run_name='__main__')", cwd=folder)
    assert (ended.status, ended.stdout[:8]) == (0, b"iqscore ")


def test_a_fifo_is_an_output(folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg")
    os.mkfifo(folder / "pipe")
    with started("score", "a-40.jpg", "b-90.jpg", "--csv", "pipe", "--json", "/dev/stdout", "-q") as process:
        rows = read_rows((folder / "pipe").read_bytes())
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, b"")
    assert [row["path"] for row in rows] == ["a-40.jpg", "b-90.jpg"]
    assert len(json.loads(out)["photos"]) == 2


def test_a_folder_that_is_gone(folder: Path) -> None:
    (folder / "gone").mkdir()
    going = f"import os; os.rmdir(os.getcwd())\n{FAKE}"
    ended = run("rank", ".", program=going, cwd=folder / "gone")
    assert (ended.status, ended.stdout) == (2, b"")
    assert (
        ended.stderr == "iqscore: the current folder is gone; go to another and start again (see iqscore rank --help)\n"
    )
