"""`-`: a photo on standard input, for every command that scores."""

from __future__ import annotations

import json
import os
import pty
import tempfile
from pathlib import Path

import pytest

from tests.pictures import make_scene, to_bytes
from tests.program import FAKE, REAL, read_lines, run, touch

# the fake scorer takes its score from a file's name, which a photo on standard input has not
NAMELESS = f"""
from tests.program import FakeScorer
from tests.samples import make_photo
named = FakeScorer.score
def score(self, path):
    import os
    if not os.path.basename(path).startswith("iqscore-"): return named(self, path)
    return make_photo(path, width=os.path.getsize(path))
FakeScorer.score = score
{FAKE}
"""


def find_leftovers() -> set[str]:
    return {file.name for file in Path(tempfile.gettempdir()).glob("iqscore-*")}


def test_a_real_photo_scores_as_its_file_does(tmp_path: Path) -> None:
    data = to_bytes(make_scene(1, 90, 60), "JPEG")
    (tmp_path / "a.jpg").write_bytes(data)
    before = find_leftovers()
    ended = run("score", "a.jpg", "-", "-q", program=REAL, sent=data, cwd=tmp_path)
    assert (ended.status, ended.stderr) == (0, "")
    file, piped = read_lines(ended.stdout)
    assert piped == file | {"path": "-"}
    assert find_leftovers() <= before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("rank - -f ndjson -q", b'"path":"-"'),
        ("score - -q", b'"width":5,'),
        ("check - --min-score 99 -q", b"-: score 71.3 < 99 (hazy)\n"),
        ("explain - -f json", b'"explanation":'),
        ("score - -q --paths-only", b"-\n"),
    ],
)
def test_every_command_that_scores_takes_it(words: str, said: bytes, tmp_path: Path) -> None:
    ended = run(*words.split(), program=NAMELESS, sent=b"photo", cwd=tmp_path)
    assert ended.status == (1 if words.startswith("check") else 0), ended.stderr
    assert said in ended.stdout


def test_it_stands_where_it_was_named_and_counts_once(tmp_path: Path) -> None:
    touch(f"{tmp_path}/a-40.jpg", f"{tmp_path}/b-90.jpg")
    (tmp_path / "names").write_text("b-90.jpg\n")
    ended = run("score", "a-40.jpg", "-", "-", "--files-from", "names", program=NAMELESS, sent=b"photo", cwd=tmp_path)
    assert [record["path"] for record in read_lines(ended.stdout)] == ["a-40.jpg", "-", "b-90.jpg"]


def test_a_file_of_that_name_in_a_list_is_a_file(tmp_path: Path) -> None:
    ended = run("score", "--files-from", "-", program=NAMELESS, sent=b"-\n", cwd=tmp_path)
    (record,) = read_lines(ended.stdout)
    assert (ended.status, record["path"], record["error"]["code"]) == (3, "-", "not_found")


def test_no_bytes_and_no_photo(tmp_path: Path) -> None:
    for sent, code in ((b"", "empty"), (b"no photo", "unrecognised")):
        ended = run("score", "-", "-q", program=REAL, sent=sent, cwd=tmp_path)
        (record,) = read_lines(ended.stdout)
        assert (ended.status, record["path"], record["error"]["code"]) == (3, "-", code)


@pytest.mark.parametrize("command", ["rank", "score", "check", "explain"])
def test_closed_standard_input(command: str, tmp_path: Path) -> None:
    closing = f"import os, sys; os.close(0); sys.stdin = None\n{NAMELESS}"
    ended = run(command, "-", program=closing, cwd=tmp_path)
    assert (ended.status, ended.stdout) == (2, b"")
    assert ended.stderr.startswith("iqscore: -: no photo can be read from standard input (it is closed)")


def test_a_terminal_sends_no_photo(tmp_path: Path) -> None:
    terminal, end = pty.openpty()
    with os.fdopen(terminal, "rb", buffering=0), os.fdopen(end, "rb", buffering=0) as stdin:
        ended = run("score", "-", program=NAMELESS, cwd=tmp_path, stdin=stdin)
    assert ended.status == 2
    assert "standard input is a terminal" in ended.stderr


@pytest.mark.parametrize("words", ["rate -", "rate - --show", "score - --xmp", "rank - --xmp"])
def test_it_cannot_be_rated(words: str, tmp_path: Path) -> None:
    ended = run(*words.split(), program=NAMELESS, sent=b"photo", cwd=tmp_path)
    assert (ended.status, ended.stdout) == (2, b"")
    assert "cannot be rated" in ended.stderr


def test_it_is_no_list_of_names_at_once(tmp_path: Path) -> None:
    ended = run("score", "-", "--files-from", "-", program=NAMELESS, sent=b"photo", cwd=tmp_path)
    assert ended.status == 2
    assert "either a photo or" in ended.stderr


def test_a_disk_without_room_is_told(tmp_path: Path) -> None:
    limit = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n{NAMELESS}"
    limit = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + limit
    ended = run("score", "-", "-f", "ndjson", program=limit, sent=bytes(100_000), cwd=tmp_path)
    assert ended.status == 2
    assert "iqscore: -: the photo cannot be read from standard input" in ended.stderr


def test_json_of_one_on_standard_input(tmp_path: Path) -> None:
    ended = run("explain", "-", "-f", "json", program=NAMELESS, sent=b"photo", cwd=tmp_path)
    assert json.loads(ended.stdout)["path"] == "-"
