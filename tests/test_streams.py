"""Pipes, terminals and Ctrl-C: the program in a process of its own, with a fake scorer."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.program import FAKE, REAL, read_lines, read_rows, run, start, touch

COMMANDS = pytest.mark.parametrize("command", ["rank", "score"])
STREAMS = pytest.mark.parametrize(
    ("command", "shape"),
    [("rank", "table"), ("rank", "csv"), ("score", "table"), ("score", "json"), ("score", "ndjson")],
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, an empty one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def heeding() -> Iterator[None]:
    """Have programs started here heed SIGHUP, though these tests may run under nohup, which is handed down."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield the program, running; it is gone when this is left."""
    with start(*arguments, program=FAKE) as process:
        try:
            yield process
        finally:
            process.kill()


def read_line(process: subprocess.Popen[bytes]) -> bytes:
    """Return what the program says next, one line of it."""
    assert process.stdout
    ready, _, _ = select.select([process.stdout], [], [], 30)
    assert ready, "nothing came"
    return process.stdout.readline()


def send(process: subprocess.Popen[bytes], data: bytes) -> None:
    """Send data to standard input, which stays open."""
    assert process.stdin
    process.stdin.write(data)
    process.stdin.flush()


def interrupt(process: subprocess.Popen[bytes], *, times: int = 1) -> str:
    """Press Ctrl-C; return what the program said on stderr until its end, which must have come of that."""
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
    # not communicate(), which would close standard input
    assert process.wait(30) == 130
    _, err = process.communicate()
    assert b"Traceback" not in err
    return err.decode()


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_whole_files(times: int) -> None:
    names = [f"slow-{number}.jpg" for number in range(20)]
    touch(*names)
    with started("score", ".", "--jobs", "1", "-f", "ndjson", "-o", "a.json", "-o", "b.csv") as process:
        first = json.loads(read_line(process))
        # time to write the same to the files; the next photo takes longer
        time.sleep(0.2)
        err = interrupt(process, times=times)
    document = json.loads(Path("a.json").read_bytes())
    paths = [photo["path"] for photo in document["photos"]]
    assert paths[0] == first["path"]
    assert 1 <= len(paths) < len(names)
    assert document["summary"]["interrupted"] is True
    assert [row["path"] for row in read_rows(Path("b.csv").read_bytes())] == paths
    assert times > 1 or "interrupted" in err


def wait_for(output: Path) -> None:
    """Wait until a program has opened its output, and a second more: it scores then."""
    until = time.monotonic() + 30
    while not output.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(1)


@pytest.mark.usefixtures("folder")
def test_ctrl_c_ranks_what_is_done() -> None:
    touch("a-40.jpg", "b-90.jpg", *(f"slow-{number}.jpg" for number in range(20)))
    with started("rank", ".", "--jobs", "1", "-f", "ndjson", "-o", "a.json") as process:
        wait_for(Path("a.json"))
        err = interrupt(process)
    document = json.loads(Path("a.json").read_bytes())
    assert "interrupted" in err
    assert len(document["photos"]) < 20
    assert document["summary"]["interrupted"] is True


@COMMANDS
def test_ctrl_c_while_no_name_comes(command: str, folder: Path) -> None:
    touch("a-40.jpg")
    with started(command, "--files-from", "-", "-o", "a.json", "-f", "ndjson") as process:
        send(process, b"a-40.jpg\n")
        wait_for(folder / "a.json")
        interrupt(process)
    document = json.loads((folder / "a.json").read_bytes())
    assert [photo["path"] for photo in document["photos"]] == ["a-40.jpg"]
    assert document["summary"]["interrupted"] is True


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


@pytest.mark.usefixtures("folder", "heeding")
@pytest.mark.parametrize("command", ["rank", "score"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)])
def test_every_signal_leaves_whole_files(command: str, number: signal.Signals, status: int) -> None:
    touch("a-40.jpg", "b-90.jpg", *(f"slow-{n}.jpg" for n in range(40)))
    with started(command, ".", "--jobs", "1", "-f", "csv", "-o", "a.json") as process:
        wait_for(Path("a.json"))
        process.send_signal(number)
        assert process.wait(30) == status
        out, err = process.communicate()
    assert b"Traceback" not in err
    document = json.loads(Path("a.json").read_bytes())
    scores = [photo["score"] for photo in document["photos"]]
    assert 2 <= len(scores) < 42
    assert scores[:2] == ([90.0, 40.0] if command == "rank" else [40.0, 90.0])
    assert document["summary"]["interrupted"] is True
    assert document["summary"]["scored"] == len(scores) == len(read_rows(out))


@pytest.mark.usefixtures("folder")
def test_an_impatient_person_is_harmless() -> None:
    touch(*(f"slow-{n}.jpg" for n in range(40)))
    with started("rank", ".", "--jobs", "4", "-o", "a.json") as process:
        wait_for(Path("a.json"))
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGINT):
            process.send_signal(number)
            time.sleep(0.03)
        assert process.wait(30) in (130, 129, 143)
        _, err = process.communicate()
    assert b"Traceback" not in err
    assert json.loads(Path("a.json").read_bytes())["summary"]["interrupted"] is True


@pytest.mark.usefixtures("folder")
def test_what_was_told_to_ignore_a_signal_ignores_it() -> None:
    touch("slow-1.jpg", "slow-2.jpg")
    program = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n{FAKE}"
    with start("score", ".", "--jobs", "1", "-q", program=program) as process:
        assert read_line(process)
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("swallowed", [False, True])
def test_a_signal_while_modules_are_loaded(number: signal.Signals, swallowed: bool, folder: Path) -> None:
    """Compiled modules make an ImportError of whatever is raised while they are loaded."""
    how = f"os.kill(os.getpid(), {int(number)})"
    if swallowed:
        how = f"exec('try: {how}\\nexcept BaseException: raise ImportError')"
    # the signal comes from within the import of the command line, as early as can be
    program = (
        "import os, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == 'typer': {how}\n"
        "sys.meta_path.insert(0, Finder())\n"
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"{REAL}"
    )
    ended = run("rank", ".", program=program, cwd=folder)
    assert (ended.status, ended.stdout, ended.stderr) == (128 + number, b"", "")


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


def test_a_signal_between_the_outputs_of_a_photo_waits(folder: Path) -> None:
    touch("a-40.jpg", "b-90.jpg", "c-10.jpg")
    program = (
        "import os, signal\n"
        "from iqscore.writers.ndjson_writer import NdjsonWriter\n"
        "write = NdjsonWriter.write\n"
        "def write_and_signal(self, outcome):\n"
        "    write(self, outcome)\n"
        "    if outcome.path == 'b-90.jpg': os.kill(os.getpid(), signal.SIGTERM)\n"
        "NdjsonWriter.write = write_and_signal\n"
        f"{FAKE}"
    )
    ended = run("score", ".", "-f", "ndjson", "-o", "a.json", "-o", "b.csv", program=program, cwd=folder)
    assert ended.status == 143
    document = json.loads((folder / "a.json").read_bytes())
    assert len(read_lines(ended.stdout)) == len(document["photos"]) == document["summary"]["scored"] == 2
    assert len(read_rows((folder / "b.csv").read_bytes())) == 2


@pytest.mark.usefixtures("folder")
def test_a_reader_who_stalls_does_not_keep_a_program_that_is_to_end() -> None:
    touch(*(f"p{number}-{number % 100}.jpg" for number in range(400)))
    with started("score", ".", "-o", "all.json", "-f", "ndjson") as process:
        wait_for(Path("all.json"))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
    assert json.loads(Path("all.json").read_bytes())["summary"]["interrupted"] is True
