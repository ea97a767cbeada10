"""`iqscore watch` and photos that never get done: they are given up, and keep neither the others nor the end."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.program import read_lines, run
from tests.watching.program import PATIENCE, WHOLE, collect, put, wait_until, watched

STUCK = f"""
import time
from pathlib import Path
from tests.watching.program import WholeScorer
score = WholeScorer.score
def get_stuck(self, path):
    if 'stuck' in path:
        Path(path).with_name('begun').touch()
        time.sleep(1000)
    return score(self, path)
WholeScorer.score = get_stuck
{WHOLE}
"""
QUICK = ("--settle", "0.1", "--poll", "0.2", "--jobs", "1")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """Return a folder to watch, with a photo that never gets done."""
    folder = tmp_path / "inbox"
    put(folder / "stuck.jpg")
    return folder


def test_a_stuck_photo_is_told_once_and_the_idle_watch_ends(inbox: Path) -> None:
    ended = run(
        "watch", str(inbox), *QUICK, "--existing", "--idle", "2", "--time-limit", "1", "-f", "json", program=STUCK
    )
    assert ended.status == 3, ended.stderr
    assert ended.stderr.count("stuck.jpg: given up after 1 seconds; ") == 1
    assert ended.stdout.count(b'"code":"timeout"') == 1


def test_others_take_its_place(inbox: Path) -> None:
    with watched(str(inbox), *QUICK, "--existing", "--time-limit", "1", program=STUCK) as process:
        wait_until((inbox / "begun").exists)
        put(inbox / "a.jpg")
        out = collect(process, lines=2, grace=0)
    assert [(Path(record["path"]).name, record["status"]) for record in read_lines(out)] == [
        ("stuck.jpg", "failed"),
        ("a.jpg", "ok"),
    ]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_does_not_wait_for_it(number: signal.Signals, status: int, inbox: Path) -> None:
    with watched(str(inbox), *QUICK, "--existing", program=STUCK) as process:
        wait_until((inbox / "begun").exists, PATIENCE)
        process.send_signal(number)
        assert process.wait(40) == status
