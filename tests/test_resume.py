"""Runs that are cut short, and runs side by side: what comes out in the end is what one undisturbed run says."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from iqscore.cache import NAME, VARIABLE, read_info
from tests.program import Ended, run, start
from tests.seeing import SEEING, write_photos

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

KILLS = 20
WAIT = 300
"""Seconds after which something hangs; a busy machine is slow."""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of the cache; the current folder has photos in `shoot`, which take 5 ms each."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setenv("SECONDS_A_PHOTO", "0.005")
    return tmp_path / "cache" / NAME


def score(*arguments: str) -> Ended:
    return run("score", "shoot", "--jobs", "2", *arguments, program=SEEING)


def begin(*arguments: str) -> subprocess.Popen[bytes]:
    return start("score", "shoot", "--jobs", "2", *arguments, program=SEEING)


def wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + WAIT
    while not is_so():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


def count_kept(cache: Path) -> int:
    """Return how many photos are in the cache as another program sees it, while it is written too."""
    try:
        with closing(sqlite3.connect(cache)) as connection:
            return int(connection.execute("SELECT count(*) FROM photos").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def count_rows(output: Path) -> int:
    return max(0, output.read_bytes().count(b"\n") - 1)


def test_killed_at_random_instants_and_gone_on_with_it_ends_like_one_run(cache: Path) -> None:
    write_photos(Path("shoot"), 300)
    assert score("--no-cache", "-o", "whole.csv").status == 0
    chance = random.Random(20)
    kept = []
    output = Path("parts.csv")
    for number in range(KILLS):
        output.unlink(missing_ok=True)
        with begin("-o", str(output)) as process:
            wait_until(output.exists)
            if number % 4:
                wait_until(lambda: count_rows(output) > 0)
            time.sleep(chance.uniform(0, 1))
            if number == KILLS - 1:
                wait_until(lambda: count_kept(cache) > 0)
            process.kill()
            process.communicate(timeout=WAIT)
        kept.append(count_kept(cache))
        # killed in the middle of a line or not: all lines before the last are whole
        lines = output.read_bytes().splitlines(keepends=True)
        assert lines[:-1] == Path("whole.csv").read_bytes().splitlines(keepends=True)[: max(0, len(lines) - 1)]
    assert kept == sorted(kept), "a kill lost what was kept before"
    assert kept[-1] > 0
    ended = score("-o", "parts.csv")
    assert ended.status == 0
    assert f"{kept[-1]:,} from the cache" in ended.stderr
    assert Path("parts.csv").read_bytes() == Path("whole.csv").read_bytes()
    assert read_info(cache).photos == 300


def test_what_was_kept_outlives_a_kill(cache: Path) -> None:
    (photo,) = write_photos(Path("shoot"), 1)
    with start("score", "--files-from", "-", program=SEEING) as process:
        assert process.stdin
        process.stdin.write(os.fsencode(photo) + b"\n")
        process.stdin.flush()
        wait_until(lambda: count_kept(cache) == 1)
        process.kill()
        process.communicate(timeout=WAIT)
    assert "1 from the cache" in score().stderr


def test_two_programs_over_one_folder_say_the_same(cache: Path) -> None:
    write_photos(Path("shoot"), 120)
    assert score("--no-cache", "-o", "whole.csv").status == 0
    with begin("-o", "one.csv") as one, begin("-o", "two.csv", "--hash") as two:
        ends = [process.communicate(timeout=WAIT)[1].decode() for process in (one, two)]
    assert (one.returncode, two.returncode) == (0, 0)
    assert "iqscore:" not in "".join(ends), "something was told of the cache"
    whole = Path("whole.csv").read_bytes()
    assert Path("one.csv").read_bytes() == Path("two.csv").read_bytes() == whole
    assert "120 from the cache" in score("-o", "three.csv").stderr
    assert Path("three.csv").read_bytes() == whole


@pytest.mark.parametrize("options", [[], ["--no-cache"]])
def test_ctrl_c_says_how_to_go_on(options: list[str], cache: Path) -> None:
    write_photos(Path("shoot"), 400)
    with begin("-f", "ndjson", "-o", "done.csv", *options) as process:
        assert process.stdout
        assert select.select([process.stdout], [], [], WAIT)[0]
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WAIT)
    assert process.returncode == 130
    done = len(Path("done.csv").read_bytes().splitlines()) - 1
    assert 1 <= done < 400
    assert (b"run the same command again" in err) is not bool(options)
    if not options:
        # what was done is kept, and what was in flight then
        assert done <= read_info(cache).photos < 400
        ended = score("-o", "done.csv")
        assert f"{read_info(cache).photos}" in ended.stderr
        assert len(Path("done.csv").read_bytes().splitlines()) == 401


def test_no_cache_neither_reads_nor_writes(cache: Path) -> None:
    write_photos(Path("shoot"), 3)
    assert "from the cache" not in score("--no-cache").stderr
    assert not cache.exists()
    score()
    before = cache.stat().st_mtime_ns
    assert "from the cache" not in score("--no-cache").stderr
    assert cache.stat().st_mtime_ns == before


def test_a_cache_of_no_use_is_told_once_and_the_run_goes_on(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_photos(Path("shoot"), 3)
    Path("taken").touch()
    monkeypatch.setenv(VARIABLE, "taken")
    ended = score()
    assert (ended.status, len(ended.stdout.splitlines())) == (0, 3)
    assert ended.stderr.count("the cache cannot be used") == 1
    assert score("-q").stderr == ""


def test_a_damaged_cache_is_told_and_the_run_goes_on(cache: Path) -> None:
    write_photos(Path("shoot"), 3)
    first = score().stdout
    cache.write_bytes(b"no database" * 1000)
    ended = score()
    assert (ended.status, ended.stdout) == (0, first)
    assert ended.stderr.count("made anew") == 1
    assert "3 from the cache" in score().stderr


def test_hash_and_no_cache_contradict_each_other(cache: Path) -> None:
    write_photos(Path("shoot"), 1)
    ended = score("--hash", "--no-cache")
    assert ended.status == 2
    assert "--no-cache" in ended.stderr


def test_rank_uses_it_too(cache: Path) -> None:
    write_photos(Path("shoot"), 12)
    first = run("rank", "shoot", "-f", "ndjson", program=SEEING)
    second = run("rank", "shoot", "-f", "ndjson", program=SEEING)
    assert first.stdout == second.stdout
    assert [json.loads(line)["rank"] for line in second.stdout.splitlines()] == list(range(1, 13))
    assert "12 from the cache" in second.stderr
