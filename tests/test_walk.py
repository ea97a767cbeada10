"""Finding photos: what is taken, in which order, and what becomes of the rest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from iqscore import walk
from iqscore.records import Failure
from iqscore.walk import NOT_READ, find_photos
from tests.program import touch


def find(*inputs: str) -> list[str | Failure]:
    return list(find_photos(inputs))


def codes(*inputs: str) -> list[tuple[str, str]]:
    """Return the path and code of each Failure; anything else found is an error."""
    found = find(*inputs)
    assert all(isinstance(item, Failure) and item.message and "\n" not in item.message for item in found)
    return [(item.path, item.code) for item in found if isinstance(item, Failure)]


@pytest.mark.usefixtures("folder")
def test_order_is_stable_photos_before_subfolders() -> None:
    touch("p/b.jpg", "p/a.JPG", "p/Z.png", "p/a/2.jpg", "p/a/1.jpg", "p/B/x.jpg", "q.jpg")
    in_p = ["p/Z.png", "p/a.JPG", "p/b.jpg", "p/B/x.jpg", "p/a/1.jpg", "p/a/2.jpg"]
    assert find("q.jpg", "p") == ["q.jpg", *in_p]
    assert find("p", "q.jpg") == [*in_p, "q.jpg"]


@pytest.mark.usefixtures("folder")
def test_paths_are_spelled_as_typed() -> None:
    touch("a/b.jpg")
    absolute = str(Path("a").absolute())
    for typed, found in [
        (".", "a/b.jpg"),
        ("./", "a/b.jpg"),
        ("a", "a/b.jpg"),
        ("a/", "a/b.jpg"),
        ("./a", "./a/b.jpg"),
        ("a/../a", "a/../a/b.jpg"),
        (absolute, f"{absolute}/b.jpg"),
    ]:
        assert find(typed) == [found]


@pytest.mark.usefixtures("folder")
def test_only_photos_are_found() -> None:
    photos = ["1.jpg", "2.JPEG", "3.Heic", "4.cr3", "5.avif", "6.dng", "7.jxl", "8.tiff", "9.x.webp"]
    touch(*photos, "a.txt", "b.xmp", "c.mp4", "jpg", "d.jpg.xmp", "e.", "f")
    assert find(".") == photos


@pytest.mark.usefixtures("folder")
def test_a_named_file_is_taken_whatever_its_name() -> None:
    touch("notes.txt", ".hidden", "pictures.d/.x/y.jpg")
    named = ["notes.txt", ".hidden"]
    assert find(*named) == named
    assert find("pictures.d/.x") == ["pictures.d/.x/y.jpg"]


@pytest.mark.usefixtures("folder")
def test_hidden_and_thumbnail_folders_are_skipped() -> None:
    touch(".x.jpg", "._a.jpg", ".cache/b.jpg", "@eaDir/c.jpg", "a.jpg")
    assert find(".") == ["a.jpg"]
    assert find("@eaDir") == ["@eaDir/c.jpg"]


@pytest.mark.usefixtures("folder")
def test_a_folder_with_the_name_of_a_photo_is_a_folder() -> None:
    touch("album.jpg/a.png")
    assert find(".") == ["album.jpg/a.png"]


def test_named_things_that_are_no_files(folder: Path) -> None:
    os.mkfifo("pipe.jpg")
    touch("a.jpg")
    (folder / "loop").symlink_to("loop")
    assert codes("pipe.jpg", "none", "", "a\0b", "a.jpg/b", "loop", "/dev/null") == [
        ("pipe.jpg", "not_a_file"),
        ("none", "not_found"),
        ("", "not_found"),
        ("a\0b", "not_found"),
        ("a.jpg/b", "not_found"),
        ("loop", "unreadable"),
        ("/dev/null", "not_a_file"),
    ]


def test_found_fifos_are_skipped_aloud(folder: Path) -> None:
    touch("a.jpg")
    os.mkfifo("b.jpg")
    os.mkfifo("c.txt")
    (folder / "d.png").symlink_to("b.jpg")
    skipped: list[tuple[str, str]] = []
    found = list(find_photos(["."], on_skip=lambda path, reason: skipped.append((path, reason))))
    assert found == ["a.jpg"]
    assert skipped == [("b.jpg", "not a regular file"), ("d.png", "not a regular file")]


def test_links(folder: Path) -> None:
    touch("real/a.jpg")
    (folder / "real/b.jpg").symlink_to("a.jpg")
    (folder / "real/gone.jpg").symlink_to("nowhere.jpg")
    (folder / "real/gone.txt").symlink_to("nowhere.txt")
    (folder / "real/self.jpg").symlink_to("self.jpg")
    found = find("real")
    assert found[:2] == ["real/a.jpg", "real/b.jpg"]
    assert [(item.path, item.code) for item in found[2:] if isinstance(item, Failure)] == [
        ("real/gone.jpg", "not_found"),
        ("real/self.jpg", "not_found"),
    ]
    assert len(found) == 4
    # in the same words where it is named
    assert find("real/gone.jpg") == [found[2]]


def test_linked_folders_are_followed_once_and_loops_end(folder: Path) -> None:
    touch("library/2020/a.jpg", "elsewhere/b.jpg")
    (folder / "library/2020/up").symlink_to("..", target_is_directory=True)
    (folder / "library/link").symlink_to(folder / "elsewhere", target_is_directory=True)
    (folder / "library/more").symlink_to(folder / "elsewhere", target_is_directory=True)
    assert find("library") == ["library/2020/a.jpg", "library/link/b.jpg"]
    assert find("library", "library/2020", "elsewhere") == find("library")


@pytest.mark.usefixtures("folder")
def test_the_same_path_twice_counts_once() -> None:
    touch("a.jpg")
    assert find("a.jpg", "a.jpg") == ["a.jpg"]
    assert codes("none", "none") == [("none", "not_found")]


def test_a_photo_that_is_named_and_found_counts_once_however_it_is_spelled(folder: Path) -> None:
    touch("a/1.jpg", "a/2.jpg", "a/.hidden.jpg", "a/notes.txt")
    (folder / "link").symlink_to("a", target_is_directory=True)
    (folder / "latest.jpg").symlink_to("a/2.jpg")
    both = ["a/1.jpg", "a/2.jpg"]
    for inputs, found in [
        (["./a/1.jpg", str(folder / "a/2.jpg"), "a"], ["./a/1.jpg", str(folder / "a/2.jpg")]),
        # each name of a list has its row
        (["a/1.jpg", "link/1.jpg", "a/1.jpg"], ["a/1.jpg", "link/1.jpg"]),
        (["a/2.jpg", "a"], ["a/2.jpg", "a/1.jpg"]),
        (["link/2.jpg", "a"], ["link/2.jpg", "a/1.jpg"]),
        (["a", "a/2.jpg", "link/1.jpg", "latest.jpg"], both),
        (["latest.jpg", "a"], ["latest.jpg", "a/1.jpg"]),
        # the walk left these out
        (["a", "a/.hidden.jpg", "a/notes.txt"], [*both, "a/.hidden.jpg", "a/notes.txt"]),
    ]:
        assert find(*inputs) == found, inputs


@pytest.mark.usefixtures("folder")
def test_photos_of_missing_libraries_are_skipped_where_found_and_tried_where_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    raw, heic = b"II*\0\x10\0\0\0CR\2\0" + bytes(64), b"\0\0\0\x18ftypheic\0\0\0\0heicmif1" + bytes(64)
    touch("s/a.jpg", "s/empty.cr2", "s/junk.heic")
    Path("s/b.CR2").write_bytes(raw)
    Path("s/c.heic").write_bytes(heic)
    Path("s/d.dng").write_bytes(b"\xff\xd8\xff\xe0" + bytes(64))
    Path("s/junk.heic").write_bytes(b"Dear diary,")
    monkeypatch.setattr(walk, "is_installed", lambda kind: False)
    skipped: list[tuple[str, str]] = []
    found = list(find_photos(["s", "s/b.CR2"], on_skip=lambda *skip: skipped.append(skip)))
    # what is damaged, or a JPEG within, is for the decoder to judge
    assert found == ["s/a.jpg", "s/d.dng", "s/empty.cr2", "s/junk.heic", "s/b.CR2"]
    assert skipped == [("s/b.CR2", NOT_READ), ("s/c.heic", NOT_READ)]
    monkeypatch.setattr(walk, "is_installed", lambda kind: True)
    skipped.clear()
    assert len(list(find_photos(["s"], on_skip=lambda *skip: skipped.append(skip)))) == 6
    assert skipped == []


def test_a_link_to_itself_is_told_as_such(folder: Path) -> None:
    (folder / "self.jpg").symlink_to("self.jpg")
    for named in (".", "self.jpg"):
        (failure,) = find(named)
        assert isinstance(failure, Failure)
        assert "leads back to itself" in failure.message


@pytest.mark.usefixtures("folder")
def test_an_unreadable_folder_is_told_and_the_rest_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    touch("a/1.jpg", "b/2.jpg", "c/3.jpg")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path == "b":
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    one, failure, three = find(".")
    assert (one, three) == ("a/1.jpg", "c/3.jpg")
    assert isinstance(failure, Failure)
    assert (failure.path, failure.code) == ("b", "unreadable")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(folder: Path) -> None:
    touch("shut/a.jpg")
    (folder / "shut").chmod(0)
    try:
        assert codes("shut") == [("shut", "unreadable")]
        assert codes("shut/a.jpg") == [("shut/a.jpg", "unreadable")]
    finally:
        (folder / "shut").chmod(0o700)


@pytest.mark.usefixtures("folder")
def test_odd_names_survive() -> None:
    names = [b"\xe9t\xe9.jpg", b"new\nline.jpg", b" .jpg", b"-rf.jpg", "ü.jpg".encode()]
    touch(*(os.fsdecode(name) for name in names))
    found = find(".")
    assert [os.fsencode(str(path)) for path in found] == sorted(names)


@pytest.mark.usefixtures("folder")
def test_deeper_than_recursion_goes() -> None:
    folders = ["/".join("d" * depth) for depth in range(1, sys.getrecursionlimit() + 50)]
    for name in folders:
        Path(name).mkdir()
    photo = Path(folders[-1], "a.jpg")
    photo.touch()
    try:
        assert find("d") == [str(photo)]
    finally:
        # pytest would remove the tree by recursion
        photo.unlink()
        for name in reversed(folders):
            Path(name).rmdir()


def test_no_heavy_imports() -> None:
    program = "import iqscore.walk, sys; print([name for name in ('PIL', 'numpy') if name in sys.modules])"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"
