"""`iqscore rate` where things go wrong: odd names, readers who leave, killed, cut short, out of room."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from iqscore.metadata import read
from iqscore.rating import decide
from tests.pictures import make_scene, to_bytes
from tests.program import FAKE, call, read_lines, run, start
from tests.rating.shoot import STARS, get_stars, take_picture

Capture = pytest.CaptureFixture[str]


# names and pipes


def test_odd_names(desk: Path) -> None:
    name = b"\xff\x1b[31m \n-60.jpg"
    Path(os.fsdecode(name)).write_bytes(to_bytes(make_scene(1, 96, 64), "JPEG"))
    ended = run("rate", ".", "--journal", "j", program=FAKE)
    assert ended.status == 0
    assert b"\x1b" not in ended.stdout
    assert len(ended.stdout.splitlines()) == 1
    assert read((desk / os.fsdecode(name)).read_bytes()).stars == 4
    assert run("rate", "--undo", "j").status == 0
    assert read((desk / os.fsdecode(name)).read_bytes()).stars is None


@pytest.mark.parametrize("words", [(), ("--dry-run",)])
def test_a_reader_who_leaves_early_stops_nothing(words: tuple[str, ...], shoot: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as gone:
        ended = run("rate", ".", *words, program=FAKE, stdout=gone)
    assert ended.status == 0
    assert "Traceback" not in ended.stderr
    assert get_stars(shoot) == (dict.fromkeys(STARS) if words else STARS)


# faults


@pytest.fixture
def album(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with forty photos of some size."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    photos = tmp_path / "photos"
    photos.mkdir()
    data = to_bytes(make_scene(3, 900, 600), "JPEG", quality=95)
    for number in range(40):
        (photos / f"rose-{number + 40}.jpg").write_bytes(data)
    return tmp_path


def check_all_whole(folder: Path, pixels: bytes) -> None:
    for path in folder.glob("rose-*.jpg"):
        with Image.open(path) as image:
            assert hashlib.sha256(image.tobytes()).digest() == pixels
        assert read(path.read_bytes()).stars in (None, 4)


def test_kill_in_the_middle_of_runs(album: Path) -> None:
    """Photos are whole after each; the last run ends the work, and all journals together take it back."""
    photos, chance = album / "photos", random.Random(3)
    before = take_picture(photos)
    with Image.open(photos / "rose-40.jpg") as image:
        pixels = hashlib.sha256(image.tobytes()).digest()
    for number in range(15):
        with start("rate", "photos", "--journal", f"j{number}", program=FAKE) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        check_all_whole(photos, pixels)
        assert set(before) <= set(take_picture(photos))
        if number % 5 == 4:
            assert run("rate", "photos", "--journal", f"j{number}", program=FAKE).status == 0
            assert set(take_picture(photos)) == set(before), "what killed runs left is removed"
            assert set(get_stars(photos).values()) == {4}
            for journal in sorted(album.glob("j*"), key=lambda path: -int(path.name[1:])):
                assert run("rate", "--undo", str(journal)).status == 0
            assert take_picture(photos) == before
            for journal in album.glob("j*"):
                journal.unlink()


def test_ctrl_c_ends_between_photos_and_tells_how_to_undo(album: Path) -> None:
    with start("rate", "photos", program=FAKE) as process:
        assert process.stdout
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err
    assert b"undo this with: " in err
    (journal,) = (album / "state" / "iqscore").iterdir()
    assert run("rate", "--undo", str(journal)).status == 0
    assert set(get_stars(album / "photos").values()) == {None}


def test_a_limit_on_the_size_of_files(album: Path) -> None:
    before = take_picture(album / "photos")
    size = (album / "photos" / "rose-40.jpg").stat().st_size
    ended = run(
        "rate", "photos", program=FAKE, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    )
    assert ended.status == 3
    assert "40 photos could not be rated" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert take_picture(album / "photos") == before


@pytest.fixture
def tiny_disk(album: Path) -> Iterator[Path]:
    """Return a small disk with five photos that leaves no room for a sixth, where one may be made."""
    place = album / "disk"
    place.mkdir()
    photo = album / "photos" / "rose-40.jpg"
    size = photo.stat().st_size * 11 // 2
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("may not mount a disk")
    for number in range(40, 45):
        shutil.copy(photo, place / f"rose-{number}.jpg")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk(tiny_disk: Path) -> None:
    before = take_picture(tiny_disk)
    ended = run("rate", str(tiny_disk), program=FAKE)
    assert ended.status == 3
    assert "the disk is full" in ended.stderr
    assert take_picture(tiny_disk) == before
    for number in (43, 44):
        (tiny_disk / f"rose-{number}.jpg").unlink()
    assert run("rate", str(tiny_disk), program=FAKE).status == 0
    assert get_stars(tiny_disk) == dict.fromkeys(range(40, 43), 4)


def test_a_disk_that_is_read_only(tiny_disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", tiny_disk], check=True)
    for words in ((), ("--dry-run",), ("--write-read-only",), ("--sidecar",)):
        ended = run("rate", str(tiny_disk / "rose-40.jpg"), *words, program=FAKE)
        assert ended.status == 3
        assert "the disk is read-only; mount it writable, or copy the photo elsewhere" in ended.stderr


def test_a_full_disk_under_the_journal(album: Path) -> None:
    ended = run("rate", "photos", "--journal", "/dev/full", program=FAKE)
    assert ended.status == 2
    assert "/dev/full" in ended.stderr
    assert set(get_stars(album / "photos").values()) == {None}


def test_a_photo_that_disappears_meanwhile(shoot: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def lose(*arguments: object, **options: object) -> object:
        (shoot / "rose-50.jpg").unlink(missing_ok=True)
        return decide(*arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("iqscore.rater.decide", lose)
    assert call("rate", "rose-50.jpg", "rose-71.jpg", "-f", "ndjson") == 3
    first, second = read_lines(capsys.readouterr().out)
    assert first["error"]["code"] == "not_found"
    assert second["status"] == "written"
