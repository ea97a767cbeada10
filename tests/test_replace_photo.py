"""Photos are replaced whole: whatever goes wrong, at whatever instant, the old one or the new one is there."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iqscore.errors import MetadataError
from iqscore.exchange import Care, replace_photo
from iqscore.sidefiles import create_file, remove_file
from iqscore.tempfiles import TempFile, open_temp, remove_stale
from tests.program import ROOT

OLD, NEW = b"old" * 1000, b"new photo" * 1000
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def rewrite(path: Path, **options: object) -> bool:
    """Replace a file's bytes by NEW."""
    return replace_photo(str(path), lambda data: NEW, no_check, **options)  # type: ignore[arg-type]


def no_check(old: bytes, new: bytes) -> None:
    """Find everything right."""


@contextmanager
def fail_with(code: str) -> Iterator[None]:
    """Expect a MetadataError of a code, in one line."""
    with pytest.raises(MetadataError) as caught:
        yield
    assert caught.value.code == code
    assert caught.value.path
    assert "\n" not in caught.value.message


@pytest.fixture
def photo(tmp_path: Path) -> Iterator[Path]:
    """Return a photo in a folder of its own; no other file may be left there."""
    folder = tmp_path / "photos"
    folder.mkdir()
    path = folder / "IMG_1.jpg"
    path.write_bytes(OLD)
    yield path
    folder.chmod(0o700)
    assert [entry.name for entry in folder.iterdir() if ".tmp" in entry.name] == []


def test_a_photo_is_replaced(photo: Path) -> None:
    seen = []
    assert rewrite(photo, ready=lambda old, new: seen.append((old, new, photo.read_bytes())))
    assert photo.read_bytes() == NEW
    # told while the old one is still there
    assert seen == [(OLD, NEW, OLD)]


def test_where_nothing_changes_nothing_is_written(photo: Path) -> None:
    before = photo.stat()
    assert not replace_photo(str(photo), lambda data: data, no_check, ready=lambda old, new: pytest.fail("told"))
    assert photo.stat() == before


def test_a_dry_run_writes_nothing(photo: Path) -> None:
    before, folder = photo.stat(), photo.parent.stat()
    assert rewrite(photo, dry_run=True, ready=lambda old, new: pytest.fail("told"))
    assert (photo.stat().st_mtime_ns, photo.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert photo.parent.stat().st_mtime_ns == folder.st_mtime_ns


@pytest.mark.parametrize("step", ["change", "verify", "ready"])
@pytest.mark.parametrize("trouble", [MetadataError("corrupt", "odd", "x"), KeyboardInterrupt(), ValueError()])
def test_whatever_is_raised_leaves_it_as_it_was(step: str, trouble: BaseException, photo: Path) -> None:
    def stop(*_: bytes) -> bytes:
        raise trouble

    change = stop if step == "change" else lambda data: NEW
    verify = stop if step == "verify" else no_check
    ready = stop if step == "ready" else no_check
    before = photo.stat()
    with pytest.raises(type(trouble)):
        replace_photo(str(photo), change, verify, ready=ready)  # type: ignore[arg-type]
    assert photo.read_bytes() == OLD
    assert (photo.stat().st_ino, photo.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert len(list(photo.parent.iterdir())) == 1


@pytest.mark.parametrize("has_maps", [True, False])
@pytest.mark.parametrize("spoilt", [NEW[:-1] + b"?", NEW[:-1], NEW + b"?", b"", b"?" + NEW[1:]])
def test_what_comes_back_is_compared_before_the_photo_is_touched(
    spoilt: bytes, has_maps: bool, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = TempFile.write
    monkeypatch.setattr(TempFile, "write", lambda self, data: write(self, spoilt))
    if not has_maps:
        monkeypatch.setattr("mmap.mmap", refuse_map)
    with fail_with("unverified"):
        rewrite(photo, ready=lambda old, new: pytest.fail("told"))
    assert photo.read_bytes() == OLD


def refuse_map(*_: object, **__: object) -> None:
    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


def test_a_disk_without_maps(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmap.mmap", refuse_map)
    assert rewrite(photo)
    assert photo.read_bytes() == NEW


def test_an_empty_file(photo: Path) -> None:
    assert replace_photo(str(photo), lambda data: b"", no_check)
    assert photo.read_bytes() == b""


def test_the_disk_is_told_of_the_new_file(photo: Path) -> None:
    told = []
    assert rewrite(photo, sync=lambda path: told.append((path, photo.read_bytes())))
    assert told == [(str(photo), NEW)]


def test_what_another_program_put_there_is_left_there(photo: Path) -> None:
    def meddle(path: str) -> None:
        (photo.parent / "other").write_bytes(b"theirs")
        (photo.parent / "other").replace(photo)

    with fail_with("changed"):
        rewrite(photo, sync=meddle)
    assert photo.read_bytes() == b"theirs"


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"!")


def swap(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(OLD)
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


def touch_back(path: Path) -> None:
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(OLD.upper())
    os.utime(path, ns=times)


@pytest.mark.parametrize("meddle", [append, swap, touch_back, Path.touch])
@pytest.mark.parametrize("step", ["change", "ready"])
def test_a_photo_that_changes_meanwhile_is_left_to_the_other_program(
    meddle: Callable[[Path], None], step: str, photo: Path
) -> None:
    def change(data: bytes) -> bytes:
        if step == "change":
            meddle(photo)
        return NEW

    with fail_with("changed"):
        replace_photo(str(photo), change, no_check, ready=lambda old, new: meddle(photo) if step == "ready" else None)
    assert photo.read_bytes() != NEW


@pytest.mark.parametrize("step", ["before", "change", "ready"])
def test_a_photo_that_disappears(step: str, photo: Path) -> None:
    def change(data: bytes) -> bytes:
        if step == "change":
            photo.unlink()
        return NEW

    if step == "before":
        photo.unlink()
    with fail_with("not_found"):
        replace_photo(str(photo), change, no_check, ready=lambda old, new: photo.unlink() if step == "ready" else None)
    assert list(photo.parent.iterdir()) == []


def test_what_is_no_file_is_refused(photo: Path) -> None:
    with fail_with("not_a_file"):
        rewrite(photo.parent)
    pipe = photo.parent / "pipe"
    os.mkfifo(pipe)
    with fail_with("not_a_file"):
        rewrite(pipe)


# what is kept


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o755])
def test_permissions_are_kept(mode: int, photo: Path) -> None:
    photo.chmod(mode)
    assert rewrite(photo)
    assert stat.S_IMODE(photo.stat().st_mode) == mode


@pytest.mark.skipif(not IS_ROOT, reason="only root may give files away")
def test_the_owner_is_kept(photo: Path) -> None:
    os.chown(photo, 1234, 2345)
    assert rewrite(photo)
    assert (photo.stat().st_uid, photo.stat().st_gid) == (1234, 2345)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="no extended attributes here")
def test_extended_attributes_are_kept(photo: Path) -> None:
    try:
        os.setxattr(photo, "user.xdg.tags", b"holiday,\0binary")
    except OSError:
        pytest.skip("none on this disk")
    assert rewrite(photo)
    assert os.getxattr(photo, "user.xdg.tags") == b"holiday,\0binary"


def test_attributes_that_cannot_be_kept_stop_the_change(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: int, target: int) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("iqscore.exchange.copy_attributes", refuse)
    with fail_with("unwritable"):
        rewrite(photo)
    assert photo.read_bytes() == OLD


def test_times(photo: Path) -> None:
    os.utime(photo, ns=(10**18, 10**18 + 123_456_789))
    assert rewrite(photo, care=Care(keep_mtime=True))
    assert photo.stat().st_mtime_ns == 10**18 + 123_456_789
    assert replace_photo(str(photo), lambda data: OLD, no_check)
    assert photo.stat().st_mtime_ns > 10**18 + 123_456_789


def test_a_link_stays_a_link_and_its_photo_is_changed_where_it_is(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "a.jpg"
    link.symlink_to("../photos/IMG_1.jpg")
    (tmp_path / "links" / "b.jpg").symlink_to("a.jpg")
    assert rewrite(tmp_path / "links" / "b.jpg")
    assert (link.is_symlink(), (tmp_path / "links" / "b.jpg").is_symlink()) == (True, True)
    assert photo.read_bytes() == NEW
    assert not photo.is_symlink()


def test_a_link_that_leads_nowhere(photo: Path) -> None:
    (photo.parent / "a.jpg").symlink_to("gone.jpg")
    with fail_with("not_found"):
        rewrite(photo.parent / "a.jpg")


def test_names_as_long_as_can_be_and_of_any_bytes(photo: Path) -> None:
    for name in (b"x" * 251 + b".jpg", "ä".encode() * 125 + b".jpg", b"\xff\xfe-\n.jpg"):
        path = os.path.join(os.fsencode(photo.parent), name)  # noqa: PTH118
        Path(os.fsdecode(path)).write_bytes(OLD)
        assert rewrite(Path(os.fsdecode(path)))
        assert Path(os.fsdecode(path)).read_bytes() == NEW


# what is refused


def test_hard_links_are_refused_unless_asked(photo: Path) -> None:
    other = photo.parent / "backup.jpg"
    other.hardlink_to(photo)
    with fail_with("hard_linked"):
        rewrite(photo)
    assert rewrite(photo, care=Care(hard_links=True))
    assert (photo.read_bytes(), other.read_bytes()) == (NEW, OLD)


@pytest.mark.parametrize("dry_run", [False, True])
def test_write_protected_photos_are_refused_unless_asked(dry_run: bool, photo: Path) -> None:
    photo.chmod(0o444)
    with fail_with("read_only"):
        rewrite(photo, dry_run=dry_run)
    assert photo.read_bytes() == OLD
    assert rewrite(photo, care=Care(read_only=True), dry_run=dry_run)
    assert stat.S_IMODE(photo.stat().st_mode) == 0o444


DROP_RIGHTS = "import os; os.setgroups([]); os.setgid(12345); os.setuid(12345)\n"
REPLACE = """
import sys
from iqscore.errors import MetadataError
from iqscore.exchange import replace_photo
try:
    replace_photo(sys.argv[1], lambda data: b"new photo" * int(sys.argv[2]), lambda old, new: None)
except MetadataError as error:
    sys.exit(f"{error.code}: {error.message}")
"""


def run_replace(path: Path, times: int = 1000, *, before: str = "", **options: object) -> str:
    """Replace a photo in a process of its own; return what it complained of, in one line."""
    ended = subprocess.run(
        [sys.executable, "-c", before + REPLACE, str(path), str(times)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, **options,
    )  # type: ignore[call-overload]  # fmt: skip
    assert "Traceback" not in ended.stderr
    assert (ended.returncode != 0) == bool(ended.stderr)
    return str(ended.stderr)


@pytest.mark.skipif(IS_ROOT, reason="root may write everywhere")
def test_a_folder_without_permission(photo: Path) -> None:
    photo.parent.chmod(0o500)
    with fail_with("unwritable"):
        rewrite(photo)
    assert photo.read_bytes() == OLD


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
@pytest.mark.parametrize(("folder", "mode", "code"), [(0o555, 0o666, "unwritable"), (0o777, 0o644, "read_only")])
def test_rights_of_others(folder: int, mode: int, code: str, photo: Path) -> None:
    for parent in photo.parents[: len(photo.parents) - 2]:
        parent.chmod(0o755)
    photo.chmod(mode)
    photo.parent.chmod(folder)
    assert run_replace(photo, before="import iqscore.exchange\n" + DROP_RIGHTS).startswith(f"{code}: ")
    assert photo.read_bytes() == OLD


@pytest.mark.skipif(not IS_ROOT, reason="only root can become somebody else")
def test_a_photo_of_another_owner_is_not_taken_over(photo: Path) -> None:
    for parent in photo.parents[: len(photo.parents) - 2]:
        parent.chmod(0o755)
    photo.chmod(0o666)
    photo.parent.chmod(0o777)
    assert run_replace(photo, before="import iqscore.exchange\n" + DROP_RIGHTS).startswith("unwritable: ")
    assert photo.read_bytes() == OLD
    assert photo.stat().st_uid == 0


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


# new files


def test_a_new_file(tmp_path: Path) -> None:
    path, told = tmp_path / "a.xmp", []
    create_file(str(path), NEW, ready=lambda: told.append(path.exists()))
    assert (path.read_bytes(), told, path.stat().st_nlink) == (NEW, [False], 1)
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.xmp"]
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("number", [0, errno.EPERM])
def test_a_new_file_never_takes_anothers_place(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the disk has no hard links, as memory cards have none."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    if number:
        monkeypatch.setattr("os.link", refuse)
    path = tmp_path / "a.xmp"
    create_file(str(path), NEW)
    with fail_with("changed"):
        create_file(str(path), OLD)
    assert path.read_bytes() == NEW
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.xmp"]


def test_a_file_goes_only_if_it_may(tmp_path: Path) -> None:
    path = tmp_path / "a.xmp"
    path.write_bytes(NEW)
    assert not remove_file(str(path), lambda data: data == OLD)
    assert path.exists()
    assert remove_file(str(path), lambda data: data == NEW)
    assert not path.exists()
    with fail_with("not_found"):
        remove_file(str(path), lambda data: True)
