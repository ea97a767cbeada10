"""New files beside photos never take another's place, and go only if they may."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from iqscore.sidefiles import create_file, remove_file
from tests.replacing.photos import NEW, OLD, fail_with


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
