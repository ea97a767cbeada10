"""The end of the program: it waits for no photo that is stuck, and a thread that is left behind does it no harm."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.program import FAKE, start, touch

STUCK = f"""
import time
from pathlib import Path
from tests.program import FakeScorer
score = FakeScorer.score
def get_stuck(self, path):
    if 'stuck' in path:
        Path('begun').touch()
        time.sleep(300)
    return score(self, path)
FakeScorer.score = get_stuck
{FAKE}
"""
# time within a model, as long as the program lives
WITHIN_A_MODEL = f"""
import numpy as np
from pathlib import Path
from iqscore import open_scorer
from tests.program import FakeScorer
real = open_scorer("cpu")
card = real._cards["defects"].views
views = np.zeros((1 + card.tiles, card.size, card.size, 3), np.uint8)
def go_on_for_ever(self, path):
    while True:
        real._run("defects", views)
        Path('begun').touch()
FakeScorer.score = go_on_for_ever
{FAKE}
"""


def end(number: int, *words: str, program: str, folder: Path) -> tuple[int, bytes, bytes]:
    """Start the program, and send it a signal when it looks at a photo; return how it ended and what it said."""
    with start(*words, program=program, cwd=folder) as process:
        try:
            while not (folder / "begun").exists() and process.poll() is None:
                time.sleep(0.02)
            time.sleep(0.5)
            process.send_signal(number)
            out, err = process.communicate(timeout=40)
        finally:
            process.kill()
    return process.returncode, out, err


@pytest.mark.parametrize("words", ["rank . -f json -o a.json", "score . -o a.json", "check . -f json -o a.json"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_does_not_wait_for_a_stuck_photo(words: str, number: int, status: int, tmp_path: Path) -> None:
    touch(f"{tmp_path}/a-40.jpg", f"{tmp_path}/stuck-1.jpg", f"{tmp_path}/z-70.jpg")
    code, _, err = end(number, *words.split(), "-j", "1", program=STUCK, folder=tmp_path)
    assert (code, b"Traceback" in err) == (status, False), err
    document = json.loads((tmp_path / "a.json").read_bytes())
    assert [photo["path"] for photo in document["photos"]] == ["a-40.jpg"]
    assert document["summary"]["interrupted"] is True


def test_nor_does_a_gate_that_has_seen_enough(tmp_path: Path) -> None:
    touch(f"{tmp_path}/a-10.jpg", f"{tmp_path}/stuck-1.jpg")
    with start("check", ".", "-x", "-j", "2", program=STUCK, cwd=tmp_path) as process:
        out, _ = process.communicate(timeout=40)
    assert (process.returncode, out.count(b"a-10.jpg")) == (1, 1)


def test_a_thread_within_a_model_does_not_abort_the_end(tmp_path: Path) -> None:
    touch(*(f"{tmp_path}/{number}.jpg" for number in range(os.cpu_count() or 1)))
    code, _, err = end(signal.SIGINT, "score", ".", program=WITHIN_A_MODEL, folder=tmp_path)
    assert (code, b"terminate" in err) == (130, False), err
