"""`iqscore rate` as people run it: lines, summary, exit status, journal, undo; killed, cut short, out of room."""

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

from iqscore.metadata import Rating, read
from iqscore.metadata.sidecar import merge_sidecar
from iqscore.rating import decide
from tests.pictures import make_scene, to_bytes
from tests.program import FAKE, call, read_lines, run, start

Capture = pytest.CaptureFixture[str]
STARS = {10: 1, 50: 4, 71: 4, 95: 4}
"""What a FakeScorer gives: four stars, one to the rejected."""


@pytest.fixture
def shoot(desk: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder with four photos; journals have a place of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    for score in STARS:
        (desk / f"rose-{score}.jpg").write_bytes(to_bytes(make_scene(score, 96, 64), "JPEG"))
    return desk


def get_stars(folder: Path) -> dict[int, int | None]:
    """Return the stars of each photo, by its score."""
    return {int(path.stem[5:]): read(path.read_bytes()).stars for path in sorted(folder.glob("rose-*.jpg"))}


def take_picture(folder: Path) -> dict[str, str]:
    return {entry.name: hashlib.sha256(entry.read_bytes()).hexdigest() for entry in folder.iterdir()}


def find_journals() -> list[Path]:
    return sorted((Path(os.environ["XDG_STATE_HOME"]) / "iqscore").glob("*"))


def test_a_run_from_end_to_end(shoot: Path, capsys: Capture) -> None:
    before = take_picture(shoot)
    assert call("rate", ".") == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [
        "  none -> 1       rose-10.jpg",
        "  none -> 4       rose-50.jpg",
        "  none -> 4       rose-71.jpg",
        "  none -> 4       rose-95.jpg",
    ]
    (journal,) = find_journals()
    assert f"undo this with: iqscore rate --undo {journal}" in err
    assert err.splitlines()[-1] == "4 photos rated"
    assert get_stars(shoot) == STARS
    assert set(take_picture(shoot)) == set(before)
    assert call("rate", ".", "-q") == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "     1 unchanged  rose-10.jpg"
    assert err == ""
    assert find_journals() == [journal]
    assert call("rate", "--undo", str(journal)) == 0
    out, err = capsys.readouterr()
    assert f"     1 -> none    {shoot / 'rose-10.jpg'}" in out.splitlines()
    assert err == "4 files restored\n"
    assert get_stars(shoot) == dict.fromkeys(STARS)


def test_a_dry_run_writes_nothing_anywhere(shoot: Path, capsys: Capture) -> None:
    before = take_picture(shoot)
    times = [(entry.stat().st_mtime_ns, entry.stat().st_ctime_ns) for entry in (shoot, *shoot.iterdir())]
    assert call("rate", ".", "--dry-run") == 0
    out, err = capsys.readouterr()
    assert out.startswith("  none -> 1       rose-10.jpg\n")
    assert err.splitlines()[-1] == "4 photos would be rated (dry run: nothing was written)"
    assert "undo" not in err
    assert take_picture(shoot) == before
    assert [(entry.stat().st_mtime_ns, entry.stat().st_ctime_ns) for entry in (shoot, *shoot.iterdir())] == times
    assert list(Path(os.environ["XDG_STATE_HOME"]).iterdir()) == []


def test_a_dry_run_says_all_that_would_be_written(shoot: Path, capsys: Capture) -> None:
    words = ("rate", "rose-10.jpg", "--what", "keywords,label", "--keywords", "x", "--dry-run", "-q")
    assert call(*words) == 0
    assert capsys.readouterr().out == "  none -> none    rose-10.jpg: label Red, +iqscore:haze, +x\n"
    assert call(*words, "-f", "ndjson") == 0
    (record,) = read_lines(capsys.readouterr().out)
    assert record["edits"][0] == {"what": "label", "old": None, "new": "Red"}
    assert record["edits"][-1] == {"what": "keyword", "old": None, "new": "x"}
    assert find_journals() == []


def test_a_dry_undo_writes_nothing(shoot: Path, capsys: Capture) -> None:
    call("rate", ".", "--journal", "j")
    before = take_picture(shoot)
    capsys.readouterr()
    assert call("rate", "--undo", "j", "--dry-run") == 0
    assert capsys.readouterr().err == "4 files would be restored (dry run: nothing was written)\n"
    assert take_picture(shoot) == before


def test_what_cannot_be_rated_is_told_and_the_rest_is_rated(shoot: Path, capsys: Capture) -> None:
    (shoot / "rose-50.jpg").chmod(0o444)
    (shoot / "bad.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (shoot / "rose-71.jpg").write_bytes(b"\xff\xd8\xff\xe1\0\x08Exif")
    assert call("rate", ".", "-f", "ndjson") == 3
    out, err = capsys.readouterr()
    statuses = {record["path"]: (record["status"], record.get("error", {}).get("code")) for record in read_lines(out)}
    assert statuses == {
        "bad.jpg": ("failed", "corrupt"),
        "rose-10.jpg": ("written", None),
        "rose-50.jpg": ("failed", "read_only"),
        "rose-71.jpg": ("failed", "truncated"),
        "rose-95.jpg": ("written", None),
    }
    assert "1 photo could not be scored:" in err
    assert "2 photos could not be rated:" in err
    assert "--write-read-only" in err
    assert err.splitlines()[-1] == "2 photos rated, 2 failed"


def test_what_failed_is_told_once_on_a_terminal(shoot: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    (shoot / "rose-50.jpg").chmod(0o444)
    words = ("rate", "rose-50.jpg", "bad.jpg", "--dry-run")
    for quiet in ((), ("-q",)):
        assert call(*words, *quiet) == 3
        assert "1 photo could not be rated:\n  rose-50.jpg: it is write-protected" in capsys.readouterr().err
    monkeypatch.setattr("iqscore.console.is_shared_terminal", lambda: True)
    assert call(*words) == 3
    out, err = capsys.readouterr()
    assert out.count("failed  ") == 2
    assert ".jpg" not in err
    assert "0 photos would be rated, 1 failed" in err


def test_filters_say_which_photos_are_rated(shoot: Path) -> None:
    assert call("rate", ".", "--min-score", "60", "-q") == 0
    assert get_stars(shoot) == {10: None, 50: None, 71: 4, 95: 4}
    assert call("rate", ".", "--label", "rejected", "-q", "--stars-from", "label") == 0
    assert get_stars(shoot)[10] == -1


def test_stars_by_place_in_the_run(shoot: Path, capsys: Capture) -> None:
    assert call("rate", ".", "--stars-from", "percentile", "-q") == 0
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == [f"rose-{n}.jpg" for n in STARS]
    # a quarter each; the worst is rejected
    assert get_stars(shoot) == {10: 1, 50: 3, 71: 4, 95: 5}
    assert call("rate", ".", "--stars-from", "percentile", "--cuts", "26,51,76,99", "-q") == 0
    assert get_stars(shoot) == {10: 1, 50: 2, 71: 3, 95: 5}


def test_ones_own_cut_points(shoot: Path) -> None:
    assert call("rate", ".", "--cuts", "5,60,90,95", "-q") == 0
    assert get_stars(shoot) == {10: 1, 50: 2, 71: 3, 95: 5}


@pytest.mark.parametrize("words", [("rate", "--stars-from", "percentile"), ("rank", "--xmp")])
def test_after_ctrl_c_no_photo_is_written_any_more(words: tuple[str, ...], shoot: Path, capsys: Capture) -> None:
    (shoot / "stop.jpg").touch()
    command, *options = words
    assert call(command, ".", "--jobs", "1", *options) == 130
    assert "0 photos rated" in capsys.readouterr().err
    assert get_stars(shoot) == dict.fromkeys(STARS)
    assert find_journals() == []


def test_one_photo_by_many_names(shoot: Path) -> None:
    for number in range(20):
        (shoot / f"a{number}-95.jpg").symlink_to("rose-95.jpg")
    assert call("rate", ".", "-q") == 0
    assert get_stars(shoot) == STARS


def test_rank_with_xmp_rates_what_it_shows(shoot: Path, capsys: Capture) -> None:
    assert call("rank", ".", "--xmp", "--top", "2") == 0
    out, err = capsys.readouterr()
    assert "rose-95.jpg" in out
    assert "2 photos rated" in err
    assert get_stars(shoot) == {10: None, 50: None, 71: 4, 95: 4}


def test_score_with_xmp_has_the_same_results(shoot: Path, capsys: Capture) -> None:
    call("score", ".", "-q")
    plain = capsys.readouterr().out
    assert call("score", ".", "-q", "--xmp") == 0
    assert capsys.readouterr().out == plain
    assert get_stars(shoot) == STARS
    (shoot / "rose-50.jpg").chmod(0o444)
    (shoot / "rose-50.jpg").write_bytes(to_bytes(make_scene(1, 96, 64), "JPEG"))
    assert call("score", ".", "--xmp") == 3
    assert "1 photo could not be rated:" in capsys.readouterr().err


def test_without_xmp_nothing_is_touched(shoot: Path) -> None:
    before = take_picture(shoot)
    assert call("rank", ".", "-q") == 0
    assert call("score", ".", "-q") == 0
    assert take_picture(shoot) == before


def test_a_journal_with_a_name(shoot: Path, capsys: Capture) -> None:
    assert call("rate", "rose-10.jpg", "--journal", "j.ndjson") == 0
    assert call("rate", "rose-95.jpg", "--journal", "j.ndjson") == 0
    assert "undo this with: iqscore rate --undo j.ndjson" in capsys.readouterr().err
    assert call("rate", "--undo", "j.ndjson", "-q") == 0
    assert get_stars(shoot) == dict.fromkeys(STARS)


def test_a_journal_that_would_be_another_file(shoot: Path, capsys: Capture) -> None:
    (shoot / "notes").write_text("mine")
    before = take_picture(shoot)
    assert call("rate", ".", "--journal", "notes") == 2
    assert "no journal of iqscore" in capsys.readouterr().err
    assert take_picture(shoot) == before


def test_undo_of_nothing_and_of_what_a_crash_cut_short(shoot: Path, capsys: Capture) -> None:
    (shoot / "j").touch()
    assert call("rate", "--undo", "j") == 0
    assert capsys.readouterr().err == "0 files restored\n"
    (shoot / "j").unlink()
    call("rate", ".", "-q", "--journal", "j")
    (shoot / "j").write_bytes((shoot / "j").read_bytes()[:-30])
    assert call("rate", "--undo", "j") == 0
    assert "j: 1 line is cut short" in capsys.readouterr().err
    # two are written at a time, so either of the last two may be the last
    assert sorted(get_stars(shoot).values(), key=str) == [4, None, None, None]


def test_undo_of_a_photo_that_is_gone(shoot: Path) -> None:
    call("rate", ".", "-q", "--journal", "j")
    (shoot / "rose-50.jpg").unlink()
    assert call("rate", "--undo", "j", "-q") == 3
    assert get_stars(shoot) == {10: None, 71: None, 95: None}


# what is shown


def test_what_is_known_is_shown(shoot: Path, capsys: Capture) -> None:
    call("rate", "rose-95.jpg", "-q")
    call("rate", "rose-50.jpg", "-q", "--sidecar")
    (shoot / "c.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(64))
    before = take_picture(shoot)
    capsys.readouterr()
    assert call("rate", ".", "--show") == 0
    out, err = capsys.readouterr()
    assert err == ""
    everywhere = "Lightroom, Bridge, Capture One, darktable, digiKam, digiKam told to read sidecars, Windows, Immich"
    assert out.split("rose-95.jpg\n")[1].splitlines() == [
        "  in the photo: XMP 4; EXIF 4; EXIF percent 75; Microsoft percent 75; rated by iqscore; "
        "iqscore 95.0 (defects: haze 0.61)",
        f"  4 stars in {everywhere}",
        "  no stars in PhotoPrism",
    ]
    assert out.split("rose-71.jpg\n")[1].splitlines()[:2] == [
        "  in the photo: nothing",
        f"  no stars in {everywhere}, PhotoPrism",
    ]
    beside = out.split("rose-50.jpg\n")[1].splitlines()[:4]
    assert beside[1].startswith("  rose-50.jpg.xmp: XMP 4; ")
    assert beside[2:] == [
        "  no stars in Lightroom, Bridge, Capture One, digiKam, Windows, PhotoPrism",
        "  4 stars in darktable, digiKam told to read sidecars, Immich",
    ]
    assert "c.cr2\n  in the photo: nothing\n" in out
    assert take_picture(shoot) == before


def test_what_is_known_as_json(shoot: Path, capsys: Capture) -> None:
    call("rate", "rose-95.jpg", "-q")
    capsys.readouterr()
    assert call("rate", "rose-95.jpg", "gone.jpg", "--show", "-f", "ndjson") == 3
    shown, failed = read_lines(capsys.readouterr().out)
    assert shown["places"]["rose-95.jpg"]["xmp"] == 4
    assert shown["programs"]["Windows"] == 4
    assert shown["programs"]["PhotoPrism"] is None
    assert (failed["path"], failed["status"]) == ("gone.jpg", "failed")


def test_a_sidecar_that_is_another_photos_too_is_shown_with_both(shoot: Path, capsys: Capture) -> None:
    (shoot / "rose-95.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(64))
    (shoot / "rose-95.xmp").write_bytes(merge_sidecar(None, Rating(stars=3)))
    assert call("rate", "rose-95.jpg", "rose-95.cr2", "--show", "-f", "ndjson") == 0
    jpeg, raw = (record["programs"] for record in read_lines(capsys.readouterr().out))
    assert (jpeg["Immich"], jpeg["darktable"], jpeg["Lightroom"]) == (3, 3, None)
    assert (raw["Immich"], raw["darktable"], raw["Lightroom"]) == (3, 3, 3)


@pytest.mark.usefixtures("desk")
def test_nothing_to_show(capsys: Capture) -> None:
    assert call("rate", ".", "--show") == 4
    assert "no photo found" in capsys.readouterr().err


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
