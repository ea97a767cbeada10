"""The benchmarks measure what they say: on tiny photos, in seconds."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.progressive import cut_last_scan
from benchmarks.sets import DIFFERENT, KINDS, build_set
from benchmarks.steps import ALL, HEAVY, STEPS, profile, to_table
from benchmarks.throughput import TITLES, main, to_median, to_summary
from benchmarks.workers import WORKERS
from tests.pictures import make_scene, to_bytes

linux = pytest.mark.skipif(sys.platform != "linux", reason="benchmarks are for Linux")


@linux
@pytest.mark.parametrize("kind", KINDS)
def test_sets_are_of_their_kind_and_made_once(kind: str, tmp_path: Path) -> None:
    folder = build_set(tmp_path, 0.05, kind, DIFFERENT + 2)
    photos = sorted(folder.iterdir())
    assert [photo.suffix for photo in photos] == [".jpg"] * (DIFFERENT + 2)
    assert len({photo.read_bytes() for photo in photos}) == DIFFERENT
    with Image.open(photos[0]) as image:
        assert ("progressive" in image.info) is (kind == "progressive")
        assert (image.layer[0][1] == 1) is (kind == "4:4:4")  # type: ignore[attr-defined]
    before = photos[0].stat()
    assert build_set(tmp_path, 0.05, kind, DIFFERENT + 2) == folder
    assert photos[0].stat() == before


@linux
def test_steps_add_up(tmp_path: Path) -> None:
    seconds = profile(build_set(tmp_path, 0.05, "baseline", 3))
    assert min(seconds[step] for step in HEAVY) > 0
    assert sum(seconds[step] for step in STEPS) < seconds[ALL]
    lines = to_table(seconds, 3).splitlines()
    assert len(lines) == 2 + len(STEPS) + 3
    assert lines[-1].endswith("| 100.0% |")


@linux
def test_throughput_from_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--megapixels", "0.05", "--kinds", "baseline", "--photos", "2", "--runs", "1", "--peers"]
    monkeypatch.setattr(sys, "argv", ["throughput", "--sets", str(tmp_path), *words])
    main()
    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures["photos"] == 2
    assert set(figures["0.05 MP baseline"]) == {"iqscore", "bound"}


def test_peers_are_those_that_workers_know() -> None:
    assert {*TITLES, "bound"} == set(WORKERS)


def test_the_table_of_all_compares_with_iqscore() -> None:
    own = to_median([{"start": 0.4, "cpu": 0.1, "wall": 0.05}] * 3, 20)
    assert own == {"start_cpu_s": 0.4, "cpu_ms": 100.0, "wall_ms": 50.0, "all_cpu_s": 2.4}
    slow = to_median([{"start": 6.0, "cpu": 0.3, "wall": 0.3}], 20)
    bound = to_median([{"start": 0.3, "cpu": 0.09, "wall": 0.045}], 20)
    sets = {
        (12.0, "baseline"): {"iqscore": own, "bound": bound, "keras": slow},
        (12.0, "progressive"): {"iqscore": own | {"cpu_ms": 180.0}, "bound": bound},
    }
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in to_summary(sets, 20).splitlines()]
    assert rows[2] == ["12 MP, baseline", "100", "20.0", "0.90", "0.90", "1.00", "3.00 times", "5.00 times"]
    assert rows[3] == ["12 MP, progressive", "180", "20.0", "0.50", "0.90", "1.80", "", ""]
    assert {len(row) for row in rows} == {8}


def test_the_last_scan_is_cut_off() -> None:
    whole = to_bytes(make_scene(1, 300, 200), "JPEG", progressive=True, quality=90)
    less = cut_last_scan(whole)
    assert less.count(b"\xff\xda") == whole.count(b"\xff\xda") - 1
    assert whole.startswith(less[:-2])
    with Image.open(io.BytesIO(whole)) as first, Image.open(io.BytesIO(less)) as second:
        assert first.tobytes() != second.tobytes()
