"""Every exit status with every command that has it, in one table; each run is a process of its own."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.program import FAKE, run, start, touch

# the fake has no models to be damaged; these commands look at the real ones
DAMAGED = f"""
import pathlib, iqscore.cards, shutil
real = iqscore.cards.find_models_folder()
shutil.copytree(real, "models")
for model in pathlib.Path("models").glob("*.onnx"): model.write_bytes(model.read_bytes()[:-1])
iqscore.cards.find_models_folder = lambda: pathlib.Path("models")
import iqscore.about
iqscore.about.find_models_folder = iqscore.cards.find_models_folder
{FAKE}
"""

TABLE = [
    # 0: all scored, and for check all passed
    (0, "rank good-90.jpg"),
    (0, "rank good-90.jpg --where score>99"),
    (0, "score good-90.jpg poor-10.jpg"),
    (0, "score good-90.jpg --paths-only"),
    (0, "check good-90.jpg"),
    (0, "check good-90.jpg bad.jpg --unreadable warn"),
    (0, "rate good-90.jpg --dry-run"),
    (0, "explain good-90.jpg"),
    (0, "watch fine --existing --idle 0 --settle 0"),
    (0, "config show"),
    (0, "config show check --profile strict"),
    (0, "schema"),
    (0, "schema ndjson"),
    (0, "models list"),
    (0, "models show defects"),
    (0, "--version"),
    (0, "--help"),
    # 1: a photo did not pass; a model is damaged
    (1, "check poor-10.jpg"),
    (1, "check good-90.jpg --min-score 95"),
    (1, "check good-90.jpg --max any=0.1 -f github"),
    (1, "check poor-10.jpg bad.jpg"),
    (1, "check bad.jpg poor-10.jpg missing.jpg"),
    (1, "check . --fail-fast --unreadable warn -j 1"),
    (1, "models verify"),
    (1, "doctor"),
    # 2: wrong usage, or the run could not start
    (2, ""),
    (2, "nope"),
    (2, "rank"),
    (2, "rank good-90.jpg --where score>"),
    (2, "score good-90.jpg -o no/such/folder.csv"),
    (2, "score good-90.jpg --model missing.onnx"),
    (2, "check"),
    (2, "check good-90.jpg --max any"),
    (2, "check good-90.jpg -o no/such/folder.json"),
    (2, "check --files-from missing"),
    (2, "rate"),
    (2, "rank . --profile nope"),
    (2, "watch"),
    (2, "watch missing"),
    (2, "watch . --exec no-such-program"),
    (2, "config"),
    (2, "config show nope"),
    (2, "explain"),
    (2, "explain ."),
    (2, "schema nope"),
    (2, "models show nope"),
    # 3: finished, but some photos failed
    (3, "rank ."),
    (3, "rank good-90.jpg missing.jpg --label accepted"),
    (3, "score bad.jpg"),
    (3, "check good-90.jpg bad.jpg"),
    (3, "check bad.jpg good-90.jpg --fail-fast"),
    (3, "rate good-90.jpg bad.jpg --dry-run"),
    (3, "watch . --existing --idle 0 --settle 0"),
    (3, "watch fine --existing --idle 0 --settle 0 --exec false"),
    (3, "explain bad.jpg"),
    (3, "explain missing.jpg"),
    # 4: no photo found
    (4, "rank empty"),
    (4, "score empty"),
    (4, "check empty"),
    (4, "check empty --unreadable warn"),
    (4, "rate empty --dry-run"),
    (4, "watch empty --idle 0"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a good, a poor and a broken photo."""
    touch(*(f"{tmp_path}/{name}.jpg" for name in ("good-90", "poor-10", "bad")))
    touch(f"{tmp_path}/fine/good-80.jpg")
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(("status", "words"), TABLE, ids=lambda value: str(value) or "nothing")
def test_exit_status(status: int, words: str, folder: Path) -> None:
    program = DAMAGED if words in ("models verify", "doctor") else FAKE
    ended = run(*words.split(), program=program, cwd=folder)
    assert ended.status == status, ended.stderr
    assert "Traceback" not in ended.stderr
    if status == 2:
        assert ended.stdout == b""
        assert ended.stderr


def test_every_command_is_in_the_table() -> None:
    named = {words.split()[0] for _, words in TABLE if words and not words.startswith("-")}
    assert named >= {"rank", "score", "check", "rate", "explain", "schema", "models", "doctor", "watch", "config"}


@pytest.mark.parametrize("words", ["rank .", "score .", "check . -f json", "rate . --dry-run", "explain slow-1.jpg"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted(words: str, number: int, status: int, tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/slow-{n}.jpg" for n in range(60)))
    # the photo itself says when it is looked at
    program = (
        "from pathlib import Path\nfrom tests.program import FakeScorer\nscore = FakeScorer.score\n"
        "import time\n"
        "def noted(self, path):\n    Path('begun').touch(); time.sleep(1); return score(self, path)\n"
        f"FakeScorer.score = noted\n{FAKE}"
    )
    words = words if words.startswith("explain") else f"{words} -j 1"
    with start(*words.split(), program=program, cwd=tmp_path) as process:
        while not (tmp_path / "begun").exists() and process.poll() is None:
            os.sched_yield()
        process.send_signal(number)
        out, err = process.communicate(timeout=300)
    assert process.returncode == status, err
    assert b"Traceback" not in err
    assert words.split()[0] != "check" or out.rstrip().endswith(b"}")


@pytest.mark.parametrize("words", ["explain good-90.jpg", "explain good-90.jpg -f json", "schema", "schema ndjson"])
def test_a_reader_who_has_gone(words: str, folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run(*words.split(), program=FAKE, cwd=folder, stdout=gone)
    assert (ended.status, ended.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize(
    "words",
    ["check poor-10.jpg", "check poor-10.jpg -f table", "check good-90.jpg -f json", "check poor-10.jpg -f junit",
     "explain good-90.jpg", "explain good-90.jpg -f json", "schema ndjson", "score good-90.jpg --paths-only"],
)  # fmt: skip
def test_standard_output_that_is_full(words: str, folder: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run(*words.split(), program=FAKE, cwd=folder, stdout=full)
    assert ended.status == 2
    assert "iqscore: standard output: cannot be written (the disk is full" in ended.stderr


def test_standard_output_that_is_closed(folder: Path) -> None:
    closing = f"import os, sys; os.close(1); sys.stdout = None\n{FAKE}"
    for words, status in (("check poor-10.jpg", 1), ("explain good-90.jpg", 0), ("schema", 0), ("score . --print0", 3)):
        ended = run(*words.split(), program=closing, cwd=folder)
        assert ended.status == status, words
        assert "Traceback" not in ended.stderr
