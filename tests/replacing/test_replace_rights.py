"""What a replaced photo keeps, permissions, owner, attributes, times and links, and which photos are refused."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from iqscore.exchange import Care, replace_photo
from tests.replacing.photos import IS_ROOT, NEW, OLD, fail_with, no_check, rewrite, run_replace

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
