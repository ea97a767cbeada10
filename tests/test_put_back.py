"""A new photo is read again in its place, and where it is not what was verified, the old one is put back."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from iqscore.errors import MetadataError
from iqscore.exchange import Care, replace_photo
from iqscore.tempfiles import remove_stale
from tests.program import ROOT

OLD, NEW = b"old" * 3000, b"new photo" * 1000
LINKS = pytest.mark.parametrize("has_links", [True, False])

move = os.replace


def rewrite(path: Path, care: Care | None = None) -> None:
    """Replace a file's bytes by NEW, which all checks find right."""
    assert replace_photo(str(path), lambda data: NEW, lambda old, new: None, care=care or Care())


@pytest.fixture
def photo(tmp_path: Path) -> Iterator[Path]:
    """Return a photo in a folder of its own, of an old time and odd permissions; no other name may be left there."""
    folder = tmp_path / "photos"
    folder.mkdir()
    path = folder / "IMG_1.jpg"
    path.write_bytes(OLD)
    path.chmod(0o640)
    os.utime(path, ns=(10**18, 10**18 + 5))
    yield path
    assert [entry.name for entry in folder.iterdir() if entry.name.endswith(".tmp")] == []


def refuse_link(*_: object, **__: object) -> None:
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


def set_links(monkeypatch: pytest.MonkeyPatch, *, has_links: bool) -> None:
    if not has_links:
        monkeypatch.setattr("os.link", refuse_link)


def spoil(path: Path, data: bytes, *, seconds: int = 0) -> None:
    """Write other bytes into a file, as a disk would, which leaves the times, or as a program would."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns + seconds * 10**9
    path.write_bytes(data)
    os.utime(path, ns=times)


def after_first_move(monkeypatch: pytest.MonkeyPatch, act: Callable[[Path], None]) -> None:
    """Have something happen at once when a new file has come to its place."""
    moves: list[str] = []

    def replace(source: str, target: str) -> None:
        move(source, target)
        moves.append(target)
        if len(moves) == 1:
            act(Path(target))

    monkeypatch.setattr("os.replace", replace)


def expect(code: str, path: Path, care: Care | None = None) -> str:
    with pytest.raises(MetadataError) as caught:
        rewrite(path, care)
    assert caught.value.code == code
    assert "\n" not in caught.value.message
    return caught.value.message


@LINKS
@pytest.mark.parametrize("spoilt", [NEW[:-1] + b"?", NEW[:100], NEW + b"?", b""], ids=["byte", "cut", "more", "empty"])
@pytest.mark.parametrize("keep_mtime", [True, False])
def test_the_old_photo_is_put_back(
    spoilt: bytes, has_links: bool, keep_mtime: bool, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_links(monkeypatch, has_links=has_links)
    before = photo.stat()
    after_first_move(monkeypatch, lambda path: spoil(path, spoilt))
    assert "the old photo is back" in expect("unverified", photo, Care(keep_mtime=keep_mtime))
    after = photo.stat()
    assert photo.read_bytes() == OLD
    assert (after.st_mtime_ns, stat.S_IMODE(after.st_mode)) == (before.st_mtime_ns, 0o640)
    if has_links:
        assert after.st_ino == before.st_ino, "not a byte of it is written again"
    assert after.st_nlink == 1
    assert len(list(photo.parent.iterdir())) == 1


@LINKS
def test_a_photo_that_cannot_be_read_in_its_place_is_not_taken_for_right(
    has_links: bool, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_links(monkeypatch, has_links=has_links)
    calls = []

    def fail_once(path: str, data: bytes) -> bool:
        calls.append(path)
        if len(calls) == 1:
            return False
        return Path(path).read_bytes() == data

    monkeypatch.setattr("iqscore.exchange._reads_as", fail_once)
    expect("unverified", photo)
    assert photo.read_bytes() == OLD


def test_an_error_of_the_disk_is_no_right_photo(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from iqscore import exchange

    def fail(descriptor: int, data: bytes) -> bool:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(exchange, "holds_bytes", fail)
    assert not exchange._reads_as(str(photo), OLD)
    with pytest.raises(FileNotFoundError):
        exchange._reads_as(f"{photo}.gone", OLD)


@LINKS
def test_what_another_program_wrote_into_it_since_stays(
    has_links: bool, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_links(monkeypatch, has_links=has_links)
    after_first_move(monkeypatch, lambda path: spoil(path, b"edited", seconds=1))
    expect("changed", photo)
    assert photo.read_bytes() == b"edited"
    assert len(list(photo.parent.iterdir())) == 1


@LINKS
def test_a_photo_that_is_removed_at_that_instant_does_not_come_back(
    has_links: bool, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_links(monkeypatch, has_links=has_links)
    after_first_move(monkeypatch, Path.unlink)
    expect("not_found", photo)
    assert list(photo.parent.iterdir()) == []


def test_where_it_cannot_be_put_back_it_is_kept_and_told(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moves: list[str] = []

    def replace(source: str, target: str) -> None:
        if moves:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        move(source, target)
        moves.append(target)
        spoil(Path(target), b"?" * len(NEW))

    monkeypatch.setattr("os.replace", replace)
    message = expect("unverified", photo)
    kept = photo.with_name("IMG_1.jpg.iqscore-original")
    assert str(kept) in message
    assert kept.read_bytes() == OLD
    remove_stale(str(photo.parent))
    assert kept.exists(), "no later run clears it away"


def test_where_there_is_no_second_name_either_that_is_told(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_links(monkeypatch, has_links=False)

    def lose(path: Path) -> None:
        spoil(path, b"?")
        monkeypatch.setattr("iqscore.tempfiles.TempFile.write", refuse_link)

    after_first_move(monkeypatch, lose)
    assert "backup" in expect("unverified", photo)


@LINKS
def test_a_photo_has_one_name_in_the_end(has_links: bool, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_links(monkeypatch, has_links=has_links)
    names: list[str] = []

    def note(path: str) -> None:
        names.extend(entry.name for entry in photo.parent.iterdir())

    replace_photo(str(photo), lambda data: NEW, lambda old, new: None, sync=note)
    assert photo.read_bytes() == NEW
    assert photo.stat().st_nlink == 1
    assert len(names) == 1 + has_links, "the old photo is there till the new one is known to be right"
    assert [entry.name for entry in photo.parent.iterdir()] == [photo.name]


CLEAN = "import sys; from iqscore.tempfiles import remove_stale; print(*remove_stale(sys.argv[1]))"


def clean_up(folder: Path) -> str:
    """Have another run clear away what it takes for a killed run's; return what that was."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-c", CLEAN, str(folder)]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.skipif(os.name == "nt", reason="its clean-up would be kept off by other means there")
def test_another_runs_clean_up_leaves_the_old_photo_alone(photo: Path) -> None:
    inode = photo.stat().st_ino
    cleaned: list[str] = []

    def spoil_and_clean(path: str) -> None:
        if not cleaned:
            spoil(photo, b"?")
            cleaned.append(clean_up(photo.parent))

    with pytest.raises(MetadataError, match="the old photo is back"):
        replace_photo(str(photo), lambda data: NEW, lambda old, new: None, sync=spoil_and_clean)
    assert cleaned == [""]
    assert photo.read_bytes() == OLD
    assert photo.stat().st_ino == inode


def test_where_the_second_name_is_gone_the_old_photo_is_written_again(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose(path: Path) -> None:
        spoil(path, b"?")
        (spare,) = path.parent.glob(".*.tmp")
        spare.unlink()

    after_first_move(monkeypatch, lose)
    assert "the old photo is back" in expect("unverified", photo)
    assert photo.read_bytes() == OLD
    assert stat.S_IMODE(photo.stat().st_mode) == 0o640


def test_no_file_is_named_that_is_not_there(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(path: Path) -> None:
        spoil(path, b"?")
        (spare,) = path.parent.glob(".*.tmp")
        spare.unlink()
        monkeypatch.setattr("iqscore.tempfiles.TempFile.write", refuse_link)

    after_first_move(monkeypatch, lose)
    assert "take the old photo from a backup" in expect("unverified", photo)


def test_what_a_kill_between_the_two_leaves_is_a_name_and_not_the_photo(photo: Path) -> None:
    spare = photo.with_name(f".{photo.name}.iqscore-99999-1.tmp")
    spare.hardlink_to(photo)
    assert remove_stale(str(photo.parent)) == [str(spare)]
    assert photo.read_bytes() == OLD
    assert photo.stat().st_nlink == 1


def test_the_disk_has_the_bytes_before_they_come_to_their_place_and_the_place_after(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    sync = os.fsync

    def note_sync(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        told.append("folder" if is_folder else os.pread(descriptor, len(NEW) + 1, 0).decode()[:9])
        sync(descriptor)

    def note_move(source: str, target: str) -> None:
        told.append("moved")
        move(source, target)

    monkeypatch.setattr("os.fsync", note_sync)
    monkeypatch.setattr("os.replace", note_move)
    rewrite(photo)
    assert told == ["new photo", "moved", "folder"]
