"""`iqscore bench`: what it measures, on which photos, and what it says where it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from iqscore.bench import Speed, make_image, to_lines
from iqscore.errors import ModelError
from tests.program import call
from tests.seeing import write_photos

SPEED = Speed(
    device="cpu",
    threads=2,
    photos=4,
    megapixels=12.0,
    megabytes=3.25,
    decode_ms=30.0,
    views_ms={"aesthetic": 4.0, "defects": 6.0},
    model_ms={"aesthetic": 3.0, "defects": 13.0},
    total_ms=57.0,
    photos_per_second=33.3,
)


def test_generated_photos_are_measured(capfd: pytest.CaptureFixture[str]) -> None:
    assert call("bench", "--megapixels", "0.3", "--photos", "2", "--jobs", "1", "--device", "cpu", "-f", "json") == 0
    (line,) = capfd.readouterr().out.splitlines()
    speed = json.loads(line)
    assert (speed["schema"], speed["device"], speed["threads"], speed["photos"]) == (1, "cpu", 1, 2)
    assert speed["megapixels"] == pytest.approx(0.3, rel=0.01)
    assert set(speed["model_ms"]) == set(speed["views_ms"]) == {"aesthetic", "defects"}
    parts = [speed["decode_ms"], *speed["views_ms"].values(), *speed["model_ms"].values()]
    assert min(parts) > 0
    # the whole is about its parts, and a run about as fast as one photo after another; busy machines are uneven
    assert sum(parts) / 4 < speed["total_ms"] < 20 * sum(parts)
    assert 50 < speed["photos_per_second"] * speed["total_ms"] < 20_000


def test_own_photos_are_measured_and_the_cache_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    photos = [str(path) for path in write_photos(tmp_path, 3)]
    for _ in range(2):
        assert call("bench", *photos, "-j", "1") == 0
        out = capfd.readouterr().out
        assert "photos     3 of 0.0 megapixels" in out
        assert "on 1 thread\n" in out


def test_what_is_said_to_people() -> None:
    assert to_lines(SPEED, "text").splitlines() == [
        "device     cpu",
        "photos     4 of 12.0 megapixels, 3.2 MB",
        "decode     30.0 ms",
        "aesthetic  3.0 ms, and 4.0 ms for what it is shown",
        "defects    13.0 ms, and 6.0 ms for what it is shown",
        "one photo  57.0 ms from file to record, on one thread",
        "in a run   33.3 photos/s on 2 threads",
    ]


def test_generated_pictures_are_as_heavy_as_photos(tmp_path: Path) -> None:
    image = make_image(2.0, 1)
    assert image.width * image.height == pytest.approx(2e6, rel=0.01)
    assert image.width == pytest.approx(1.5 * image.height, rel=0.01)
    image.save(tmp_path / "a.jpg", quality=90)
    # cameras write 0.2 to 0.6 bytes a pixel
    assert 0.15 < (tmp_path / "a.jpg").stat().st_size / 2e6 < 0.8
    assert make_image(0.1, 1).tobytes() == make_image(0.1, 1).tobytes() != make_image(0.1, 2).tobytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing.jpg"], "nothing.jpg"),
        (["--device", "tpu"], "no such device"),
        (["-f", "xml"], "no such format"),
        (["--model", "nothing.onnx"], "nothing.onnx"),
        (["--photos", "0"], "photos"),
    ],
)
def test_what_cannot_be_measured_is_told(words: list[str], said: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert call("bench", *words) == 2
    (line,) = capfd.readouterr().err.splitlines()
    assert said in line


def test_cuda_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def refuse(device: str, **_: object) -> None:
        raise ModelError(f"there is no {device}")

    monkeypatch.setattr("iqscore.bench.open_scorer", refuse)
    assert call("bench", "--device", "cuda") == 2
    assert capfd.readouterr().err == "iqscore: there is no cuda\n"
