"""Files that are there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqscore.errors import OutputError, UsageError
from iqscore.safewrite import check_target, replace_files


def test_files_are_written_together(tmp_path: Path) -> None:
    replace_files({tmp_path / "a": b"one", tmp_path / "b": b"two"}, force=False)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"one", "b": b"two"}


def test_nothing_is_replaced_unless_forced(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(b"old")
    contents = {tmp_path / "a": b"one", tmp_path / "b": b"two"}
    with pytest.raises(UsageError, match=r"b: is there already; .* --force"):
        replace_files(contents, force=False)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"b": b"old"}
    replace_files(contents, force=True)
    assert (tmp_path / "b").read_bytes() == b"two"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    replace_files({tmp_path / "link": b"new"}, force=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@pytest.mark.parametrize("force", [False, True])
def test_targets_that_cannot_be(force: bool, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="it is a folder"):
        check_target(tmp_path, force=force)
    with pytest.raises(OutputError, match="no such folder"):
        check_target(tmp_path / "gone" / "a", force=force)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.setattr("iqscore.safewrite._write", lambda path, data: Path("/dev/full").write_bytes(data))
    with pytest.raises(OutputError, match="cannot be written"):
        replace_files({tmp_path / "a": b"new"}, force=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}
