"""`--where`, `--paths-only`, `--print0`, `-0` and `--unordered`: what goes on to the next program of a pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from iqscore.pipeline import score_all
from iqscore.records import Failure, Outcome
from tests.program import FAKE, ROOT, call, read_lines, run, touch
from tests.samples import make_failure, make_photo

Capture = pytest.CaptureFixture[str]
NAMES = [os.fsdecode(name) for name in (b"new\nline-10.jpg", b"caf\xe9-20.jpg", b"-5.jpg", b" b-90.jpg")]

FAILED = b"1 photo could not be scored:\n  bad.jpg: the picture is damaged\n"
"""What is said of the broken photo even with -q."""


def select(capfdbinary: pytest.CaptureFixture[bytes], *words: str, status: int = 3) -> bytes:
    """Run, and return standard output."""
    assert call(*words, "-q") == status
    out, err = capfdbinary.readouterr()
    assert err == (FAILED if status == 3 else b"")
    return out


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_only_photos_of_which_it_is_true(command: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = (command, ".", "-f", "ndjson", "--where", 'score > 30 and label != "accepted" or path ~ "^b"')
    records = read_lines(select(capfdbinary, *words))
    assert sorted(record["path"] for record in records) == ["a-40.jpg", "b-90.jpg", "bad.jpg"]


@pytest.mark.usefixtures("shoot")
def test_conditions_and_other_filters_must_all_hold(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    words = ("score", ".", "--where", "score > 30", "--where", "score < 80", "--label", "accepted", "--paths-only")
    assert select(capfdbinary, *words) == b"d-65.jpg\n"


@pytest.mark.usefixtures("shoot")
def test_rank_knows_places(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert select(capfdbinary, "rank", ".", "--where", "rank <= 2", "--paths-only") == b"b-90.jpg\nd-65.jpg\n"
    assert select(capfdbinary, "rank", ".", "--where", "percentile < 50", "--paths-only") == b"c-10.jpg\n"
    assert select(capfdbinary, "score", ".", "--where", "rank <= 2", "--paths-only") == b""


@pytest.mark.usefixtures("shoot")
def test_failures_are_asked_for_by_name(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert select(capfdbinary, "score", ".", "--paths-only", "--where", 'status = "failed"') == b"bad.jpg\n"
    assert select(capfdbinary, "score", ".", "--paths-only", "--where", 'error.code ~ "corr"') == b"bad.jpg\n"
    (record,) = read_lines(select(capfdbinary, "score", ".", "--where", 'error ~ "damaged"'))
    assert record["path"] == "bad.jpg"
    ok = select(capfdbinary, "rank", ".", "--where", 'status = "ok"', "-f", "ndjson")
    assert [record["status"] for record in read_lines(ok)] == ["ok"] * 4


@pytest.mark.usefixtures("shoot")
def test_paths_only_leaves_failures_out_and_files_keep_them(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    out = select(capfdbinary, "score", ".", "--paths-only", "-o", "all.ndjson")
    assert out == b"a-40.jpg\nb-90.jpg\nc-10.jpg\nd-65.jpg\n"
    assert len(read_lines(Path("all.ndjson").read_bytes())) == 5


@pytest.mark.usefixtures("shoot")
def test_rank_lists_the_best_first(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert select(capfdbinary, "rank", ".", "--top", "2", "--print0") == b"b-90.jpg\0d-65.jpg\0"


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    "options", [("--paths-only", "-0"), ("--print0",), ("--paths-only", "--print0"), ("--print0", "-0")]
)
def test_any_name_comes_out_as_it_is(options: tuple[str, ...], capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    touch(*NAMES)
    out = select(capfdbinary, "score", ".", *options, status=0)
    # a name that begins with a dash is no option of the next program
    assert sorted(out.split(b"\0")) == sorted([b"", b" b-90.jpg", b"./-5.jpg", b"caf\xe9-20.jpg", b"new\nline-10.jpg"])


@pytest.mark.usefixtures("desk")
def test_null_is_for_names_that_come_in_and_go_out(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    touch("a-40.jpg", "b-90.jpg")
    Path("null").write_bytes(b"a-40.jpg\0b-90.jpg\0")
    Path("lines").write_bytes(b"a-40.jpg\nb-90.jpg\n")
    score = ("score", "--files-from")
    assert select(capfdbinary, *score, "null", "-0", "--paths-only", status=0) == b"a-40.jpg\0b-90.jpg\0"
    assert select(capfdbinary, *score, "lines", "--print0", status=0) == b"a-40.jpg\0b-90.jpg\0"
    assert select(capfdbinary, *score, "lines", "--paths-only", status=0) == b"a-40.jpg\nb-90.jpg\n"
    assert len(read_lines(select(capfdbinary, *score, "null", "-0", status=0))) == 2


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("score a-40.jpg --paths-only -f csv", "leave --format out"),
        ("rank a-40.jpg --print0 -f ndjson", "leave --format out"),
        ("rank a-40.jpg -0", "give --files-from too, or --paths-only"),
        ("rate a-40.jpg --paths-only", "--paths-only"),
    ],
)
def test_wrong_usage(words: str, told: str, capsys: Capture) -> None:
    assert call(*words.split()) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score", "rate"])
def test_an_error_points_at_the_character(command: str, capsys: Capture) -> None:
    assert call(command, ".", "--where", 'path ~ "写真\t" and scor > 3') == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "iqscore: condition: no such field: scor; did you mean score?",
        '  path ~ "写真\\t" and scor > 3',
        "                      ^",
    ]


@pytest.mark.usefixtures("shoot")
def test_conditions_that_nothing_passes_are_told(capsys: Capture) -> None:
    assert call("score", ".", "--where", "score > 99") == 3
    assert "no photo passes --where 'score > 99'" in capsys.readouterr().err


@pytest.mark.usefixtures("shoot")
def test_rate_takes_conditions_too(capsys: Capture) -> None:
    assert call("rate", "a-40.jpg", "b-90.jpg", "--where", "score > 99", "--dry-run") == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "0 photos would be rated" in err


def test_rejected_photos_are_moved_by_a_pipeline(tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/{name}" for name in NAMES), f"{tmp_path}/bad.jpg")
    (tmp_path / "rejects").mkdir()
    line = f'"$PYTHON" -c "{FAKE}" rank . --label rejected --paths-only -0 -q | xargs -0 mv -n -t rejects'
    variables = {"PYTHONPATH": str(ROOT), "PYTHON": sys.executable, "PYTHONUTF8": "1"}
    ended = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=os.environ | variables, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, FAILED)
    assert {file.name for file in (tmp_path / "rejects").iterdir()} == set(NAMES[:3])
    assert {file.name for file in tmp_path.iterdir()} == {" b-90.jpg", "bad.jpg", "rejects"}


def test_a_reader_of_paths_who_leaves_early(tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/p{n}-50.jpg" for n in range(50)))
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run("score", ".", "--paths-only", program=FAKE, cwd=tmp_path, stdout=gone)
    assert (ended.status, ended.stderr) == (0, "")


@pytest.mark.usefixtures("desk")
def test_unordered_results_come_as_they_are_done(capsys: Capture) -> None:
    touch("slow-1.jpg", "a-40.jpg")
    assert call("score", "slow-1.jpg", "a-40.jpg", "-j", "2", "--unordered") == 0
    assert [record["path"] for record in read_lines(capsys.readouterr().out)] == ["a-40.jpg", "slow-1.jpg"]


def test_unordered_is_whole_and_bounded() -> None:
    gate = threading.Event()

    def score(path: str) -> Outcome:
        if path == "0":
            gate.wait(10)
        if path == "7":
            raise ValueError("odd")
        return make_photo(path)

    known = make_failure("known")
    outcomes = score_all([*(str(n) for n in range(50)), known], score, 2, ordered=False)
    first = [next(outcomes) for _ in range(40)]
    assert "0" not in {outcome.path for outcome in first}
    gate.set()
    rest = list(outcomes)
    assert sorted(o.path for o in first + rest) == sorted([*(str(n) for n in range(50)), "known"])
    assert [o.path for o in first + rest if isinstance(o, Failure)].count("7") == 1


def test_unordered_raises_what_the_source_raises_after_the_rest() -> None:
    def name() -> Iterator[str]:
        yield "a"
        yield "b"
        raise OSError("gone")

    outcomes = score_all(name(), make_photo, 2, ordered=False)
    assert {next(outcomes).path, next(outcomes).path} == {"a", "b"}
    with pytest.raises(OSError, match="gone"):
        next(outcomes)


def test_unordered_can_be_left_early() -> None:
    outcomes = score_all((str(n) for n in range(10_000)), make_photo, 2, ordered=False)
    next(outcomes)
    outcomes.close()
