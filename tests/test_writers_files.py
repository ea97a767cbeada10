"""Where results are written: files that are there already, full disks, standard output."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from iqscore.errors import OutputError
from iqscore.records import Outcome
from iqscore.writers import COLUMNS, WriterFormat, open_writer
from tests.pictures import make_pixels, to_bytes
from tests.samples import make_failure, make_photo, make_summary
from tests.writing import FORMATS, write


@pytest.mark.parametrize("format", FORMATS)
def test_each_outcome_is_there_before_the_next(format: WriterFormat, tmp_path: Path) -> None:
    target = tmp_path / "o"
    writer = open_writer(format, str(target))
    for number in range(1, 4):
        writer.write(make_photo(f"photo {number}.jpg"))
        assert target.read_bytes().count(b"photo ") == number
    writer.close(make_summary())


@pytest.mark.parametrize("format", FORMATS)
def test_an_older_result_stays_until_there_is_a_newer_one(format: WriterFormat, tmp_path: Path) -> None:
    target = tmp_path / "o"
    old = write(format, target, make_photo("old.jpg"))
    writer = open_writer(format, str(target))
    assert target.read_bytes() == old
    writer.write(make_photo("new.jpg"))
    writer.close(make_summary())
    assert target.read_bytes() == old.replace(b"old.jpg", b"new.jpg")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("changes", "stays"),
    [({"photos": 0}, True), ({"photos": 0, "interrupted": True}, True), ({"interrupted": True}, True), ({}, False)],
)
def test_an_older_result_stays_where_nothing_came_of_a_run(
    format: WriterFormat, changes: dict[str, Any], stays: bool, tmp_path: Path
) -> None:
    target = tmp_path / "o"
    old = write(format, target, make_photo("old.jpg"))
    open_writer(format, str(target)).close(make_summary(**changes))
    assert (target.read_bytes() == old) is stays
    assert stays or b"old.jpg" not in target.read_bytes()


PHOTO = to_bytes(make_pixels(8, 8), "JPEG")
OWN = ",".join(COLUMNS).encode() + b"\n"


@pytest.mark.parametrize(
    ("name", "content", "replaced"),
    [
        ("shot", PHOTO, False),
        ("shot.csv", PHOTO, False),
        ("shot.csv", b"II*\0" + bytes(60), False),
        ("shot.csv", b"\0\0\0\x18ftypheic" + bytes(60), False),
        ("notes.txt", b"Dear diary,\n", False),
        ("notes.json", b"Dear diary,\n", False),
        ("notes", b'{"schema": 1}', False),
        ("sheet.csv", b"a,b\n1,2\n", True),
        ("sheet.CSV", b"a,b\n1,2\n", True),
        ("own.txt", OWN, True),
        ("own", b"\xef\xbb\xbf" + OWN, True),
        ("own", b'{"schema":1,"photos":[', True),
        ("empty", b"", True),
    ],
)
def test_only_results_and_empty_files_are_written_over(
    name: str, content: bytes, replaced: bool, tmp_path: Path
) -> None:
    target = tmp_path / name
    target.write_bytes(content)
    if replaced:
        assert b"new.jpg" in write("csv", target, make_photo("new.jpg"))
        assert target.read_bytes().startswith(OWN)
        return
    with pytest.raises(OutputError, match="no result of iqscore"):
        open_writer("csv", str(target))
    assert target.read_bytes() == content


def test_a_file_with_two_names_is_written_over_only_where_it_is_a_result(tmp_path: Path) -> None:
    photo, link = tmp_path / "photo.jpg", tmp_path / "link.csv"
    photo.write_bytes(b"no header that anyone knows")
    link.hardlink_to(photo)
    with pytest.raises(OutputError, match="no result of iqscore"):
        open_writer("csv", str(link))
    photo.write_bytes(OWN)
    open_writer("csv", str(link)).close(make_summary())


def test_a_link_is_judged_by_the_name_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("Dear diary,")
    (tmp_path / "latest.csv").symlink_to("notes.txt")
    with pytest.raises(OutputError, match="no result of iqscore"):
        open_writer("csv", str(tmp_path / "latest.csv"))


def test_the_csv_header_is_there_at_once(tmp_path: Path) -> None:
    target = tmp_path / "o"
    writer = open_writer("csv", str(target))
    assert target.read_text() == ",".join(COLUMNS) + "\n"
    writer.close(make_summary())


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(("name", "advice"), [("missing/o", "create it"), (".", "name a file"), ("a\0b", "null")])
def test_what_cannot_be_written_fails_at_once(format: WriterFormat, name: str, advice: str, tmp_path: Path) -> None:
    target = f"{tmp_path}/{name}"
    with pytest.raises(OutputError, match=advice) as caught:
        open_writer(format, target)
    assert str(caught.value).startswith(target)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("format", FORMATS)
def test_a_full_disk_is_told(format: WriterFormat) -> None:
    def run() -> None:
        writer = open_writer(format, "/dev/full")
        writer.write(make_photo())

    with pytest.raises(OutputError, match=r"/dev/full: cannot be written .*disk is full"):
        run()


class Stdout(io.TextIOWrapper):
    """A standard output that keeps bytes, in a locale that could not write them."""

    def __init__(self, buffer: io.BytesIO) -> None:
        super().__init__(buffer, encoding="ascii", newline="\r\n")


@pytest.mark.parametrize("format", FORMATS)
def test_standard_output_gets_plain_bytes_and_stays_open(
    format: WriterFormat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes: list[Outcome] = [make_photo("ü.jpg"), make_failure(os.fsdecode(b"\xff.jpg"))]
    buffer = io.BytesIO()
    stdout = Stdout(buffer)
    monkeypatch.setattr(sys, "stdout", stdout)
    stdout.write("before|")
    writer = open_writer(format, None)
    for outcome in outcomes:
        writer.write(outcome)
    writer.close(make_summary())
    monkeypatch.undo()
    assert not stdout.closed
    assert buffer.getvalue() == b"before|" + write(format, tmp_path / "o", *outcomes)


class ClosedPipe(io.BytesIO):
    def write(self, data: object) -> int:
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")


@pytest.mark.parametrize("format", FORMATS)
def test_a_closed_pipe_is_no_output_error(format: WriterFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> None:
        open_writer(format, None).write(make_photo())

    monkeypatch.setattr(sys, "stdout", Stdout(ClosedPipe()))
    with pytest.raises(BrokenPipeError):
        run()
