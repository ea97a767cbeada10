"""Every exit status with every command, in one table, or why there is none; each run is a process of its own."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.main import get_command

from iqscore.cli import app
from tests.pictures import make_scene
from tests.program import FAKE, REAL, run, start, touch

KERAS = f"""
from pathlib import Path
from tests.keras_files import make_layers, write_flat
write_flat(Path("weights.h5"), make_layers())
{REAL}
"""
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
    (0, "rate real --show"),
    (0, "bench real/x-70.jpg -j 1"),
    (0, "config show"),
    (0, "config show check --profile strict"),
    (0, "cache info"),
    (0, "cache path"),
    (0, "cache clear"),
    (0, "schema"),
    (0, "schema ndjson"),
    (0, "models list"),
    (0, "models show defects"),
    (0, "models verify"),
    (0, "models import weights.h5"),
    (0, "doctor"),
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
    (1, "doctor --model missing.onnx"),
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
    (2, "score"),
    (2, "score . --format xls"),
    (2, "rate"),
    (2, "rate --undo missing.ndjson"),
    (2, "rate . --what nothing"),
    (2, "bench missing.jpg"),
    (2, "bench bad.jpg"),
    (2, "bench --device tpu"),
    (2, "doctor --nope"),
    (2, "doctor extra"),
    (2, "rank . --profile nope"),
    (2, "watch"),
    (2, "watch missing"),
    (2, "watch . --exec no-such-program"),
    (2, "watch . --format table"),
    (2, "config"),
    (2, "config show nope"),
    (2, "cache"),
    (2, "cache info extra"),
    (2, "cache path --nope"),
    (2, "cache clear extra"),
    (2, "models"),
    (2, "models list extra"),
    (2, "models verify missing.onnx"),
    (2, "models import missing.h5"),
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
    (3, "rate missing.jpg --show"),
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
    (4, "rate empty --show"),
    (4, "watch empty --idle 0"),
]
NO_GATE = "only check judges photos, and only doctor and models verify look for damage"
NO_BATCH = "it looks at no photos"
ONE = "the photos are named, so each is there or a failure"
NEVER = {
    **{(1, name): NO_GATE for name in ("rank", "score", "rate", "explain", "watch", "bench", "schema", "config show")},
    **{(1, name): NO_GATE for name in ("cache info", "cache path", "cache clear", "models list", "models show")},
    (1, "models import"): NO_GATE,
    **{
        (status, name): NO_BATCH
        for status in (3, 4)
        for name in (
            *("doctor", "schema", "config show", "cache info", "cache path", "cache clear"),
            *("models list", "models show", "models verify", "models import"),
        )
    },
    (3, "bench"): "what cannot be scored cannot be measured: 2",
    (4, "bench"): ONE,
    (4, "explain"): ONE,
}
"""Statuses that a command cannot have, and why."""
BEGINS_WITH = {
    **dict.fromkeys(["rank .", "score .", "rate ."], "iqscore.run"),
    "check .": "iqscore.checking",
    "explain good-90.jpg": "iqscore.explaining",
    "watch .": "iqscore.watching.run",
    "bench": "iqscore.bench",
    "schema": "iqscore.schemas",
    "config show": "tomllib",
    **dict.fromkeys(["cache info", "cache path", "cache clear"], "iqscore.cache"),
    **dict.fromkeys(["doctor", "models list", "models show defects", "models verify"], "iqscore.about"),
    "models import weights.h5": "iqscore.importing",
}
"""What each command loads when its work begins."""


def list_commands() -> set[str]:
    """Return every command there is, as it is typed."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    return {
        f"{name} {inner}".strip() for name, command in commands.items() for inner in getattr(command, "commands", [""])
    }


def to_command(words: str) -> str:
    """Return the command of a command line; "" where there is none."""
    parts = words.split()
    return next((known for known in (" ".join(parts[:2]), " ".join(parts[:1])) if known in list_commands()), "")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with a good, a poor and a broken photo."""
    touch(*(f"{tmp_path}/{name}.jpg" for name in ("good-90", "poor-10", "bad")))
    touch(f"{tmp_path}/fine/good-80.jpg")
    (tmp_path / "empty").mkdir()
    (tmp_path / "real").mkdir()
    make_scene(1, 300, 200).save(tmp_path / "real" / "x-70.jpg")
    return tmp_path


@pytest.mark.parametrize(("status", "words"), TABLE, ids=lambda value: str(value) or "nothing")
def test_exit_status(status: int, words: str, folder: Path) -> None:
    program = DAMAGED if status == 1 and words in ("models verify", "doctor") else FAKE
    if words == "models import weights.h5":
        if not (find_spec("h5py") and find_spec("onnx")):
            pytest.skip("the extra [import] is not here")
        program = KERAS
    ended = run(*words.split(), program=program, cwd=folder)
    assert ended.status == status, ended.stderr
    assert "Traceback" not in ended.stderr
    if status == 2:
        assert ended.stdout == b""
        assert ended.stderr


def test_every_command_has_every_status_or_a_reason_why_not() -> None:
    shown = {(status, to_command(words)) for status, words in TABLE if to_command(words)}
    assert shown.isdisjoint(NEVER)
    assert shown | set(NEVER) == {(status, command) for status in range(5) for command in list_commands()}
    assert {to_command(words) for words in BEGINS_WITH} == list_commands()


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("words", BEGINS_WITH)
def test_a_signal_ends_every_command(words: str, number: signal.Signals, status: int, folder: Path) -> None:
    (folder / "iqscore.toml").touch()
    program = (
        "import os, sys\n"
        f"sys.addaudithook(lambda event, facts: event == 'import' and facts[0] == {BEGINS_WITH[words]!r}"
        f" and os.kill(os.getpid(), {int(number)}))\n"
        "from iqscore.__main__ import main; main()"
    )
    # a shell that starts tests in the background has them ignore Ctrl-C, nohup SIGHUP
    program = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"signal.signal(signal.SIGHUP, signal.SIG_DFL)\n{program}"
    )
    ended = run(*words.split(), program=program, cwd=folder)
    assert (ended.status, ended.stdout, ended.stderr) == (status, b"", "")


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
