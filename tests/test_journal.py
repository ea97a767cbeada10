"""The journal: on the disk before a change is final, whole lines, never over another's file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iqscore.errors import OutputError, UsageError
from iqscore.journal import Change, open_journal, read_journal
from iqscore.metadata import Found
from tests.program import ROOT

CHANGE = Change("/a/b.jpg", "/a/b.jpg", Found(exif=0), Found(xmp=4, own=4, keywords=("ä", "b"), score="71.3"))
MADE = Change("/a/\udcff.tif", "/a/\udcff.tif.xmp", Found(), Found(xmp=-1, own=-1), made="00ff")


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return where programs keep what they must remember."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = str(tmp_path / "j.ndjson")
    with open_journal(path) as journal:
        journal.write(CHANGE)
        assert read_journal(path) == ([CHANGE], 0)
        journal.write(MADE)
        assert journal.changes == 2
    assert read_journal(path) == ([CHANGE, MADE], 0)


def test_a_line_that_is_no_change_counts_as_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "j.ndjson"
    with open_journal(str(path)) as journal:
        journal.write(CHANGE)
    path.write_bytes(path.read_bytes() + b"[" * 8000 + b"\n{}\n")
    assert read_journal(str(path)) == ([CHANGE], 2)


def test_a_second_run_goes_on_in_the_same_file(tmp_path: Path) -> None:
    path = str(tmp_path / "j.ndjson")
    for change in (CHANGE, MADE):
        with open_journal(path) as journal:
            journal.write(change)
    with open_journal(path):
        pass
    assert read_journal(path) == ([CHANGE, MADE], 0)


def test_a_journal_with_a_name_is_there_in_any_case(tmp_path: Path) -> None:
    with open_journal(str(tmp_path / "j")):
        pass
    assert read_journal(str(tmp_path / "j")) == ([], 0)


def test_a_journal_of_its_own_is_there_only_if_something_changed(state: Path) -> None:
    with open_journal(None) as journal:
        assert journal.path.parent == state / "iqscore"
        assert journal.path.exists()
    assert list((state / "iqscore").iterdir()) == []
    for _ in range(2):
        with open_journal(None) as journal:
            journal.write(CHANGE)
    assert len(list((state / "iqscore").iterdir())) == 2
    if os.name != "nt":
        assert (state / "iqscore").stat().st_mode & 0o777 == 0o777 & ~_get_umask()
        assert journal.path.stat().st_mode & 0o077 == 0


def _get_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


@pytest.mark.usefixtures("state")
def test_a_place_that_cannot_be_written(state: Path) -> None:
    state.write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"), open_journal(None):
        pass
    with pytest.raises(OutputError, match="cannot be written"), open_journal(str(state / "x")):
        pass


def test_a_person_without_a_home_is_told_to_name_a_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def have_none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", have_none)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    with pytest.raises(OutputError, match=r"no place for a journal .*--journal"), open_journal(None):
        pass
    with open_journal(str(tmp_path / "j")):
        pass


@pytest.mark.skipif(os.name == "nt", reason="another variable says it there")
def test_a_relative_place_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    with open_journal(None) as journal:
        assert journal.path.parent == tmp_path / "home" / ".local" / "state" / "iqscore"
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("content", [b"photo", b'{"schema":1,"path":"a.jpg"}\n', b"\n"])
def test_anothers_file_is_left_alone(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no journal of iqscore"), open_journal(str(path)):
        pass
    assert path.read_bytes() == content
    if content != b"\n":
        with pytest.raises(UsageError, match="no journal of iqscore"):
            read_journal(str(path))


@pytest.mark.parametrize("cut", [1, 20, 100])
def test_a_line_that_was_cut_short_is_left_out_and_hurts_no_other(cut: int, tmp_path: Path) -> None:
    path = tmp_path / "j"
    with open_journal(str(path)) as journal:
        journal.write(CHANGE)
        journal.write(MADE)
    path.write_bytes(path.read_bytes()[:-cut])
    whole = [CHANGE, MADE] if cut == 1 else [CHANGE]
    assert read_journal(str(path)) == (whole, len(whole) % 2)
    with open_journal(str(path)) as journal:
        journal.write(MADE)
    assert read_journal(str(path)) == ([*whole, MADE], len(whole) % 2)


def test_a_first_line_that_was_cut_short(tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(b'{"schema":1,"kin')
    assert read_journal(str(tmp_path / "j")) == ([], 1)


def test_what_a_later_version_wrote_is_left_out(tmp_path: Path) -> None:
    with open_journal(str(tmp_path / "j")) as journal:
        journal.write(CHANGE)
    text = (tmp_path / "j").read_text()
    (tmp_path / "j").write_text(text + text.replace('"exif":0', '"heif":0'))
    assert read_journal(str(tmp_path / "j")) == ([CHANGE], 1)


def test_a_journal_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_journal(str(tmp_path / "gone"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told_at_the_first_line() -> None:
    code = """
import os, sys
from iqscore.errors import OutputError
from iqscore.journal import Journal
from tests.test_journal import CHANGE
from pathlib import Path
try:
    Journal(Path("j"), os.open("/dev/full", os.O_WRONLY)).write(CHANGE)
except OutputError as error:
    sys.exit(str(error))
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stderr.startswith("j: cannot be written (the disk is full")
