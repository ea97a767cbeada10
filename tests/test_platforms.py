"""How photos are changed on Windows and macOS, as far as it can be simulated elsewhere."""

from __future__ import annotations

# ruff: noqa: PTH105, PTH108, PTH110, PTH112, PTH115, PTH116 - what the system does is simulated at its own functions
import ctypes
import errno
import importlib.util
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from iqscore import attributes, tempfiles
from iqscore.disk import sync_folder
from iqscore.errors import MetadataError
from iqscore.exchange import Care, replace_photo
from iqscore.journal import Change, open_journal, read_journal
from iqscore.metadata import Found, read
from iqscore.metadata.sidecar import choose_sidecars, find_sidecars
from iqscore.rater import Rater
from iqscore.rating_plan import RatingPlan
from iqscore.records import Rated
from iqscore.sidefiles import create_file, remove_file
from iqscore.tempfiles import remove_stale
from iqscore.undo import undo_all
from tests.pictures import make_scene, to_bytes
from tests.samples import make_photo

OLD, NEW = b"old" * 3000, b"new photo" * 1000
OPEN_FILES = Path("/proc/self/fd")


def is_open(path: str) -> bool:
    """Tell whether this process has a file open."""
    names = [entry for entry in OPEN_FILES.iterdir() if entry.is_symlink()]
    return os.path.realpath(path) in [os.readlink(name) for name in names if name.is_symlink()]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the system refuse what Windows refuses: open and protected files moved or removed, folders opened."""
    if not OPEN_FILES.exists():
        pytest.skip("cannot tell which files are open")
    monkeypatch.setattr("iqscore.tempfiles.IS_WINDOWS", True)
    monkeypatch.setattr("iqscore.disk.IS_WINDOWS", True)

    def refusing(act: Callable[..., Any], checked: slice) -> Callable[..., Any]:
        def call(*paths: str, **options: Any) -> Any:
            # what is moved may be protected, what it replaces or what is removed may not
            for path in paths[checked]:
                if os.path.exists(path) and not os.stat(path).st_mode & stat.S_IWRITE:
                    raise PermissionError(errno.EACCES, "Access is denied", path)
            for path in paths:
                if os.path.exists(path) and is_open(path):
                    raise PermissionError(errno.EACCES, "The process cannot access the file", path)
            return act(*paths, **options)

        return call

    def open_file(path: Any, *arguments: Any, **options: Any) -> int:
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Access is denied", path)
        return plain_open(path, *arguments, **options)

    plain_open = os.open
    monkeypatch.setattr("os.replace", refusing(os.replace, slice(1, 2)))
    monkeypatch.setattr("os.unlink", refusing(os.unlink, slice(0, 1)))
    monkeypatch.setattr("os.open", open_file)
    # fchmod and fchown are not there
    monkeypatch.setattr("iqscore.exchange.copy_attributes", lambda source, target: None)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Return a photo alone in a folder."""
    folder = tmp_path / "photos"
    folder.mkdir()
    path = folder / "IMG_1.jpg"
    path.write_bytes(OLD)
    return path


def rewrite(path: Path, **options: Any) -> bool:
    return replace_photo(str(path), lambda data: NEW, lambda old, new: None, **options)


def list_names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.mark.usefixtures("windows")
def test_the_simulation_refuses(photo: Path) -> None:
    with photo.open("rb"), pytest.raises(PermissionError):
        os.replace(photo, photo.with_name("b"))
    photo.chmod(0o444)
    with pytest.raises(PermissionError):
        os.unlink(photo)
    with pytest.raises(PermissionError):
        os.open(photo.parent, os.O_RDONLY)


@pytest.mark.usefixtures("windows")
def test_windows_moves_no_open_file(photo: Path) -> None:
    assert rewrite(photo)
    assert photo.read_bytes() == NEW
    create_file(str(photo.with_suffix(".xmp")), OLD)
    assert remove_file(str(photo.with_suffix(".xmp")), lambda data: data == OLD)
    sync_folder(str(photo))
    assert list_names(photo.parent) == [photo.name]


@pytest.mark.usefixtures("windows")
def test_windows_and_a_photo_that_another_program_has_open(photo: Path) -> None:
    with photo.open("rb"):
        with pytest.raises(MetadataError) as caught:
            rewrite(photo)
        assert caught.value.code == "unwritable"
    assert photo.read_bytes() == OLD
    assert list_names(photo.parent) == [photo.name]


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("fails", [False, True])
def test_windows_replaces_write_protected_photos_when_asked_and_they_stay_so(fails: bool, photo: Path) -> None:
    photo.chmod(0o444)
    if fails:
        with photo.open("rb"), pytest.raises(MetadataError):
            rewrite(photo, care=Care(read_only=True))
    else:
        assert rewrite(photo, care=Care(read_only=True))
    assert photo.read_bytes() == (OLD if fails else NEW)
    assert stat.S_IMODE(photo.stat().st_mode) & 0o222 == 0
    assert list_names(photo.parent) == [photo.name]


@pytest.mark.usefixtures("windows")
def test_windows_removes_what_a_killed_run_left_but_not_what_is_open(photo: Path) -> None:
    left, used = (photo.with_name(f".{photo.name}.iqscore-{n}.tmp") for n in (1, 2))
    left.touch()
    with used.open("wb"):
        assert remove_stale(str(photo.parent)) == [str(left)]
    assert remove_stale(str(photo.parent)) == [str(used)]


@pytest.mark.usefixtures("windows")
def test_windows_puts_the_old_photo_back_and_no_other_run_clears_it_away(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    monkeypatch.setattr("iqscore.tempfiles._lock", lambda descriptor: None)

    def spoil_and_clean(path: str) -> None:
        if photo.read_bytes() == NEW:
            times = photo.stat().st_atime_ns, photo.stat().st_mtime_ns
            photo.write_bytes(b"?")
            os.utime(photo, ns=times)
            removed.extend(remove_stale(str(photo.parent)))

    with pytest.raises(MetadataError, match="the old photo is back"):
        rewrite(photo, sync=spoil_and_clean)
    assert removed == []
    assert photo.read_bytes() == OLD
    assert list_names(photo.parent) == [photo.name]


@pytest.mark.usefixtures("windows")
def test_windows_from_rating_to_undoing(photo: Path) -> None:
    photo.write_bytes(to_bytes(make_scene(1, 96, 64), "JPEG"))
    before = photo.read_bytes()
    with open_journal(str(photo.parent.parent / "j")) as journal:
        rater = Rater(RatingPlan(), journal)
        outcome = rater.rate(make_photo(str(photo), stars=4))
        rater.sync()
    assert isinstance(outcome, Rated)
    assert read(photo.read_bytes()).stars == 4
    changes, _ = read_journal(str(photo.parent.parent / "j"))
    assert [type(outcome) for outcome in undo_all(changes, Care())] == [Rated]
    assert photo.read_bytes() == before
    assert list_names(photo.parent) == [photo.name]


@pytest.mark.parametrize("depth", [0, 100, 180, 215])
def test_on_windows_a_photo_whose_path_just_fits_has_room_beside_it(
    depth: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("iqscore.tempfiles.IS_WINDOWS", True)
    folder = "/" + "f" * depth
    name = "n" * (258 - len(folder) - len(".jpg")) + ".jpg"
    first = next(tempfiles._find_names(f"{folder}/{name}"))
    assert len(first) <= 259
    assert tempfiles._NAME.fullmatch(first.rpartition("/")[2])


# names that differ in case alone


def test_a_disk_that_does_not_tell_upper_from_lower_case(tmp_path: Path) -> None:
    """One file is met by two names there, as by two hard links here."""
    photo, sidecar = tmp_path / "a.CR2", tmp_path / "a.xmp"
    photo.touch()
    sidecar.write_bytes(b"x")
    (tmp_path / "a.XMP").hardlink_to(sidecar)
    (tmp_path / "a.cr2").hardlink_to(photo)
    assert find_sidecars(photo) == [sidecar]
    assert choose_sidecars(photo) == [sidecar]
    assert choose_sidecars(photo, "adobe") == [sidecar]


# macOS


def test_macos_has_the_disk_itself_know(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fcntl = pytest.importorskip("fcntl")
    told: list[str] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda descriptor, what: told.append(f"full {what}"))
    monkeypatch.setattr(os, "fsync", lambda descriptor: told.append("plain"))
    tempfiles.sync_file(0)
    assert told == ["full 51"]
    with open_journal(str(photo.parent / "j")) as journal:
        journal.write(Change("/a.jpg", "/a.jpg", Found(), Found(xmp=4)))
    assert told == ["full 51", "full 51"]
    told.pop()

    def refuse(descriptor: int, what: int) -> None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr(fcntl, "fcntl", refuse)
    tempfiles.sync_file(0)
    assert told == ["full 51", "plain"]


def load_attributes(platform: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module as it is on another platform."""
    monkeypatch.setattr(sys, "platform", platform)
    spec = importlib.util.spec_from_file_location(f"attributes_{platform}", attributes.__file__)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class MacLibrary:
    """The system's library, which copies or refuses to."""

    def __init__(self, number: int) -> None:
        self.calls: list[tuple[Any, ...]] = []

        def fcopyfile(*arguments: Any) -> int:
            self.calls.append(arguments)
            ctypes.set_errno(number)
            return -1 if number else 0

        self.fcopyfile = fcopyfile


@pytest.mark.parametrize(("number", "fits"), [(0, True), (errno.ENOTSUP, True), (errno.EPERM, False)])
def test_macos_keeps_what_the_finder_knows_of_a_photo(
    number: int, fits: bool, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, library = load_attributes("darwin", monkeypatch), MacLibrary(number)
    monkeypatch.setattr(ctypes, "CDLL", lambda name, use_errno: library)
    (photo.parent / "new").touch()
    with photo.open("rb") as old, (photo.parent / "new").open("rb") as new:
        if fits:
            module.copy_attributes(old.fileno(), new.fileno())
        else:
            with pytest.raises(PermissionError):
                module.copy_attributes(old.fileno(), new.fileno())
        # access lists and extended attributes, from the old one to the new one
        assert library.calls == [(old.fileno(), new.fileno(), None, 5)]


def test_where_python_has_no_way_to_attributes_there_is_no_trouble(
    photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = load_attributes("win32", monkeypatch)
    for name in ("fchmod", "fchown", "listxattr", "setxattr"):
        monkeypatch.delattr(os, name, raising=False)
    with photo.open("rb") as old:
        module.copy_attributes(old.fileno(), old.fileno())
