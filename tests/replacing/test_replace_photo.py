"""Photos are replaced whole: whatever is raised, and whatever other programs do meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from iqscore.errors import MetadataError
from iqscore.exchange import replace_photo
from iqscore.tempfiles import TempFile
from tests.replacing.photos import NEW, OLD, fail_with, no_check, rewrite


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
