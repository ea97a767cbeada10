"""Ctrl-C and other signals: the program in a process of its own ends soon, and leaves whole files."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.program import FAKE, REAL, read_lines, read_rows, run, start, touch
from tests.running import COMMANDS, interrupt, read_line, send, started, wait_for


@pytest.fixture
def heeding() -> Iterator[None]:
    """Have programs started here heed SIGHUP, though these tests may run under nohup, which is handed down."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


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
