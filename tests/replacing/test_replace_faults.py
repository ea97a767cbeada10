"""Whatever goes wrong, at whatever instant, the old photo or the new one is there; what is left is removed."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from iqscore.tempfiles import open_temp, remove_stale
from tests.program import ROOT
from tests.replacing.photos import OLD, fail_with, rewrite, run_replace

# faults


@pytest.mark.parametrize("limit", [0, 1, 4096, 8999])
def test_a_limit_on_the_size_of_files_in_mid_write(limit: int, photo: Path) -> None:
    complaint = run_replace(photo, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert complaint.startswith("unwritable: ")
    assert photo.read_bytes() == OLD
    assert len(list(photo.parent.iterdir())) == 1


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 256 KiB, where root may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("may not mount a disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk(tiny_disk: Path) -> None:
    photo = tiny_disk / "a.jpg"
    photo.write_bytes(OLD * 50)
    complaint = run_replace(photo, times=20000)
    assert complaint.startswith("unwritable: the disk is full")
    assert photo.read_bytes() == OLD * 50
    assert [entry.name for entry in tiny_disk.iterdir()] == ["a.jpg"]
    assert run_replace(photo, times=100) == ""
    assert photo.read_bytes() == b"new photo" * 100


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_no_room_where_none_can_be_made_small(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("iqscore.tempfiles.TempFile.write", refuse)
    with fail_with("unwritable"):
        rewrite(photo)
    assert photo.read_bytes() == OLD


FOREVER = """
import sys, itertools
from iqscore.exchange import replace_photo
from iqscore.tempfiles import remove_stale
print("ready", flush=True)
for n in itertools.count():
    fill = bytes([65 + n % 26])
    replace_photo(sys.argv[1], lambda data: fill * 400_000, lambda old, new: None)
"""


def test_kill_at_a_hundred_instants(photo: Path) -> None:
    """The photo is all of one letter at each end, never a mixture; what a run leaves, the next one removes."""
    photo.write_bytes(b"A" * 400_000)
    chance = random.Random(4)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    left = 0
    for _ in range(100):
        with subprocess.Popen(
            [sys.executable, "-c", FOREVER, str(photo)], env=environment, stdout=subprocess.PIPE
        ) as process:
            assert process.stdout
            process.stdout.readline()
            time.sleep(chance.uniform(0, 0.04))
            process.send_signal(signal.SIGKILL)
        data = photo.read_bytes()
        assert len(data) == 400_000
        assert len(set(data)) == 1
        left += len(remove_stale(str(photo.parent)))
        assert [entry.name for entry in photo.parent.iterdir()] == ["IMG_1.jpg"]
    assert left > 10, "kills came at the wrong instants"


# what a killed run leaves


def test_stale_files_are_removed_and_nothing_else(photo: Path) -> None:
    names = [".a.jpg.iqscore-1.tmp", ".b.iqscore-99999999-2.tmp", "a.jpg.iqscore-1.tmp", ".a.jpg.tmp", ".iqscore-1.tmp"]
    for name in names:
        (photo.parent / name).touch()
    (photo.parent / ".c.iqscore-1.tmp").mkdir()
    assert len(remove_stale(str(photo.parent))) == 2
    assert sorted(entry.name for entry in photo.parent.iterdir()) == sorted(
        [*names[2:], ".c.iqscore-1.tmp", photo.name]
    )
    for name in (*names[2:], ".c.iqscore-1.tmp"):
        path = photo.parent / name
        path.rmdir() if path.is_dir() else path.unlink()


def test_a_link_that_looks_like_one_is_not_followed(photo: Path) -> None:
    (photo.parent / ".a.iqscore-1.tmp").symlink_to(photo)
    assert remove_stale(str(photo.parent)) == []
    (photo.parent / ".a.iqscore-1.tmp").unlink()
    assert photo.read_bytes() == OLD


def test_what_another_run_is_writing_stays(photo: Path) -> None:
    with open_temp(str(photo)) as temp:
        temp.write(b"half")
        assert remove_stale(str(photo.parent)) == []
        code = "import sys; from iqscore.tempfiles import remove_stale; sys.exit(len(remove_stale(sys.argv[1])))"
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        assert subprocess.run([sys.executable, "-c", code, photo.parent], env=environment, check=False).returncode == 0
        assert Path(temp.path).exists()
    assert not Path(temp.path).exists()


def test_a_name_that_is_taken_is_no_trouble(photo: Path) -> None:
    taken = photo.parent / f".{photo.name}.iqscore-{os.getpid()}.tmp"
    taken.write_bytes(b"of a run that was killed")
    assert rewrite(photo)
    assert remove_stale(str(photo.parent)) == [str(taken)]
