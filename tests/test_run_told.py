"""What a run tells on standard error and by its exit status, and how it is run."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from iqscore.pipeline import score_all
from tests.program import FakeScorer, call, touch

Capture = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_filters_that_nothing_passes_are_told(command: str, capsys: Capture) -> None:
    assert call(command, ".", "--min-score", "99", "--label", "PENDING") == 3
    assert "no photo passes --min-score 99 and --label pending" in capsys.readouterr().err
    assert call(command, ".", "--min-score", "90") == 3
    assert "no photo passes" not in capsys.readouterr().err


def make_raws() -> None:
    """Write two CR2 photos and a HEIC one."""
    for name in ("1.CR2", "2.cr2"):
        Path(name).write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(64))
    Path("3.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(64))


@pytest.fixture
def _nothing_but_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.walk.is_installed", lambda kind: False)


@pytest.mark.usefixtures("desk", "_nothing_but_pillow")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_raws_without_a_library_are_no_failures_beside_jpegs(command: str, capsys: Capture) -> None:
    touch("a-40.jpg")
    make_raws()
    assert call(command, ".") == 0
    err = capsys.readouterr().err
    advice = "pip install pillow-heif and pip install rawpy"
    assert f"iqscore: skipped 2 CR2, 1 HEIC photos: not readable here; {advice}\n" in err
    assert "1 photo: " in err
    assert call(command, ".", "-q") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("desk", "_nothing_but_pillow")
def test_raws_without_a_library_are_no_photos(capsys: Capture) -> None:
    make_raws()
    assert call("rank", ".") == 4
    err = capsys.readouterr().err
    assert "skipped 2 CR2, 1 HEIC photos: not readable here; " in err
    assert "no photo found" not in err


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_exit_status(command: str) -> None:
    Path("empty").mkdir()
    for status, *arguments in (
        (0, "a-40.jpg", "b-90.jpg"),
        (0, "a-40.jpg", "--min-score", "99"),
        (2, "."),
        (3, "."),
        (3, "missing.jpg"),
        (3, "bad.jpg", "--label", "accepted"),
        (4, "empty"),
    ):
        wrong = ["--device", "none"] if status == 2 else []
        assert call(command, *arguments, *wrong) == status


@pytest.mark.parametrize("command", ["rank", "score"])
def test_quiet(command: str, shoot: Path, capsys: Capture) -> None:
    os.mkfifo(shoot / "pipe.jpg")
    assert call(command, ".", "-o", "loud.ndjson") == 3
    assert "skipped pipe.jpg" in capsys.readouterr().err
    assert call(command, ".", "-q", "-o", "quiet.ndjson") == 3
    assert capsys.readouterr().err == "1 photo could not be scored:\n  bad.jpg: the picture is damaged\n"
    assert (shoot / "quiet.ndjson").read_text() == (shoot / "loud.ndjson").read_text()


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("command", ["rank", "rate"])
def test_a_misspelled_folder_is_all_that_is_told(command: str, capsys: Capture) -> None:
    assert call(command, "nope") == 3
    err = capsys.readouterr().err
    assert err == "1 path could not be found:\n  nope: no such file or folder; check the spelling\n"


@pytest.mark.usefixtures("desk")
def test_an_order_by_time_of_photos_without_one_is_told(capsys: Capture) -> None:
    touch("a-40.jpg", "b-90.jpg")
    assert call("rank", ".", "--sort", "taken") == 0
    line = "iqscore: no photo says when it was taken, so they come in the order of their paths\n"
    assert capsys.readouterr().err.startswith(line)
    assert call("rank", ".", "--sort", "taken", "-q") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("shoot")
def test_verbose_tells_the_models(capsys: Capture) -> None:
    assert call("score", "a-40.jpg", "-v") == 0
    assert "running on cpu with nima@0123abcd, flaws@4567cdef" in capsys.readouterr().err
    assert call("score", "a-40.jpg") == 0
    assert "running on" not in capsys.readouterr().err


@pytest.mark.usefixtures("shoot")
def test_cuda_that_could_not_be_started_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(FakeScorer, "has_fallen_back", True)
    assert call("score", "a-40.jpg") == 0
    assert "iqscore: CUDA could not be started, so this runs on the CPU" in capsys.readouterr().err
    assert call("score", "a-40.jpg", "-q") == 0
    assert capsys.readouterr().err == ""


def test_device_and_jobs_reach_the_run(shoot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    jobs: list[int | None] = []
    limits: list[float] = []

    def note_device(device: str, **_: object) -> FakeScorer:
        asked.append(device)
        return FakeScorer()

    def note_jobs(items: Any, score: Any, count: int | None, *, time_limit: float, **options: Any) -> Any:
        jobs.append(count)
        limits.append(time_limit)
        return score_all(items, score, count, time_limit=time_limit, **options)

    monkeypatch.setattr("iqscore.run.open_scorer", note_device)
    monkeypatch.setattr("iqscore.run.score_all", note_jobs)
    assert call("rank", str(shoot), "--device", "cpu", "--jobs", "3", "--time-limit", "5.5") == 3
    assert call("score", str(shoot)) == 3
    assert (asked, jobs, limits) == (["cpu", "auto"], [3, None], [5.5, 60.0])
