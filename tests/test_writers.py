"""What is written: the contract with other people's scripts, and names that try to break it."""

from __future__ import annotations

import csv
import errno
import io
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqscore.errors import OutputError
from iqscore.records import DEFECTS, Aesthetic, Exif, Outcome
from iqscore.writers import COLUMNS, WriterFormat, from_cell, open_writer, to_record
from tests.pictures import make_pixels, to_bytes
from tests.samples import make_failure, make_photo, make_reasons, make_summary

FORMATS: tuple[WriterFormat, ...] = ("csv", "json", "ndjson")
paths = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1) | st.binary(
    min_size=1
).map(lambda name: os.fsdecode(name.replace(b"\0", b"")))


def write(format: WriterFormat, target: Path, *outcomes: Outcome) -> bytes:
    writer = open_writer(format, str(target))
    for outcome in outcomes:
        writer.write(outcome)
    writer.close(make_summary())
    return target.read_bytes()


def read_rows(data: bytes) -> list[dict[str, str]]:
    text = io.StringIO(data.decode("utf-8", "surrogateescape"), newline="")
    return list(csv.DictReader(text))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("out") / "file"


def test_ndjson_is_the_contract(tmp_path: Path) -> None:
    data = write("ndjson", tmp_path / "o", make_photo(), make_failure())
    defects = ",".join(f'"{name}":{0.612 if name == "haze" else 0.02}' for name in DEFECTS)
    assert data.decode("ascii").splitlines() == [
        '{"schema":1,"path":"a/b.jpg","status":"ok","score":71.3,"percentile":null,"label":"accepted","stars":4,'
        '"aesthetic":{"mean":6.12,"spread":1.4,'
        '"histogram":[0.0123,0.02,0.05,0.1,0.17,0.25,0.2,0.12,0.06,0.0177]},'
        '"technical":{"mean":7.4},'
        f'"defects":{{{defects}}},'
        '"reasons":[{"code":"haze","severity":0.612,"text":"hazy"}],'
        '"width":6000,"height":4000,"format":"JPEG",'
        '"models":{"aesthetic":"nima@0123abcd","defects":"flaws@4567cdef"},"decoded_from":null,"hdr":false,'
        '"exif":{"taken":null,"camera":null,"lens":null,"iso":null,"shutter":null,"aperture":null,"focal":null},'
        '"kind":"photo"}',
        '{"schema":1,"path":"c.jpg","status":"failed","error":{"code":"truncated","message":"cut short"}}',
    ]


def test_rank_and_percentile_where_known() -> None:
    record = to_record(make_photo(rank=3, percentile=87.96))
    assert list(record)[2:6] == ["status", "rank", "score", "percentile"]
    assert (record["rank"], record["percentile"]) == (3, 88.0)


def test_defects_come_in_their_order_however_they_are_given() -> None:
    photo = make_photo(defects={name: 0.1 for name in reversed(DEFECTS)})
    assert list(to_record(photo)["defects"]) == list(DEFECTS)


def test_json_is_the_same_objects_and_a_summary(tmp_path: Path) -> None:
    outcomes: list[Outcome] = [make_photo(rank=1, percentile=100.0), make_failure()]
    data = write("json", tmp_path / "o", *outcomes)
    assert len(data.splitlines()) == len(outcomes) + 2
    assert json.loads(data) == {
        "schema": 1,
        "photos": [to_record(outcome) for outcome in outcomes],
        "summary": {
            "photos": 1204,
            "scored": 1201,
            "failed": 3,
            "accepted": 311,
            "pending": 820,
            "rejected": 70,
            "seconds": 41.234,
            "photos_per_second": 29.2,
            "interrupted": False,
        },
    }


def test_json_of_no_photos_in_no_time(tmp_path: Path) -> None:
    writer = open_writer("json", str(tmp_path / "o"))
    writer.close(make_summary(photos=0, seconds=0.0, interrupted=True))
    document = json.loads((tmp_path / "o").read_bytes())
    assert document["photos"] == []
    assert document["summary"]["photos_per_second"] is None
    assert document["summary"]["interrupted"] is True


def test_csv_is_the_contract(tmp_path: Path) -> None:
    reasons = make_reasons("hazy", "too dark")
    data = write("csv", tmp_path / "o", make_photo(rank=2, reasons=reasons), make_failure())
    defects = ",".join("0.612" if name == "haze" else "0.02" for name in DEFECTS)
    assert data.decode("ascii") == (
        "path,status,rank,score,percentile,label,stars,aesthetic,aesthetic_spread,technical,"
        "underexposure,overexposure,white_balance,undersaturation,oversaturation,noise,haze,defocus_blur,motion_blur,"
        "jpeg_artifacts,lens_flare,composition,reasons,error\n"
        f"a/b.jpg,ok,2,71.3,,accepted,4,6.12,1.4,7.4,{defects},hazy; too dark,\n"
        f"c.jpg,failed{',' * 22}truncated: cut short\n"
    )


@given(path=paths)
def test_any_name_survives(path: str, out: Path) -> None:
    for outcome in (make_photo(path), make_failure(path)):
        assert json.loads(write("ndjson", out, outcome).decode("utf-8"))["path"] == path
        assert json.loads(write("json", out, outcome).decode("utf-8"))["photos"][0]["path"] == path
        (row,) = read_rows(write("csv", out, outcome))
        assert from_cell(row["path"]) == path


@given(path=paths, message=paths)
def test_ndjson_has_one_line_for_each_photo(path: str, message: str, out: Path) -> None:
    data = write("ndjson", out, make_failure(path, message=message), make_failure(path, message=message))
    assert len(data.decode("utf-8").splitlines()) == 2


@pytest.mark.parametrize("path", ['a "b", c.jpg', "a\nb.jpg", "a\rb.jpg", "a\r\nb.jpg", " a ", "a;b\tc", "\\"])
def test_csv_quotes_what_it_must(path: str, tmp_path: Path) -> None:
    rows = read_rows(write("csv", tmp_path / "o", make_photo(path), make_failure(path)))
    assert [row["path"] for row in rows] == [path, path]


def test_csv_keeps_the_bytes_of_a_name(tmp_path: Path) -> None:
    name = b"caf\xe9 \xff.jpg"
    assert b"\n" + name + b",ok," in write("csv", tmp_path / "o", make_photo(os.fsdecode(name)))


@given(start=st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"]), rest=paths)
def test_no_cell_is_a_formula(start: str, rest: str, out: Path) -> None:
    text = start + rest
    photo = make_photo(text, reasons=make_reasons(text))
    scored, failed = read_rows(write("csv", out, photo, make_failure(text, code=text)))
    for cell in (scored["path"], scored["reasons"], failed["path"], failed["error"]):
        assert cell.startswith(f"'{start}")
        assert from_cell(cell).startswith(text)


@pytest.mark.parametrize("format", ["json", "ndjson"])
def test_a_histogram_of_no_numbers_is_never_written(format: WriterFormat, tmp_path: Path) -> None:
    writer = open_writer(format, str(tmp_path / "o"))
    with pytest.raises(ValueError, match="finite"):
        writer.write(make_photo(aesthetic=Aesthetic(5.0, 1.0, (math.nan,) * 10)))


@pytest.mark.parametrize("path", ["'=1.jpg", "''@.jpg", "'plain.jpg", "'", "a=b.jpg", "IMG-1.jpg"])
def test_own_quotes_are_told_from_ours(path: str, tmp_path: Path) -> None:
    (row,) = read_rows(write("csv", tmp_path / "o", make_photo(path)))
    assert from_cell(row["path"]) == path
    assert row["path"] == path or path.lstrip("'")[0] in "=@"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "changes",
    [
        {"score": math.nan},
        {"percentile": math.inf},
        {"defects": dict.fromkeys(DEFECTS, math.nan)},
        {"aesthetic": Aesthetic(math.nan, 1.0, (math.nan,) * 10)},
    ],
)
def test_a_number_that_is_none_is_never_written(format: WriterFormat, changes: dict[str, Any], tmp_path: Path) -> None:
    writer = open_writer(format, str(tmp_path / "o"))
    with pytest.raises(ValueError, match="finite"):
        writer.write(make_photo(**changes))
    writer.close(make_summary())
    data = (tmp_path / "o").read_bytes().lower()
    assert b"nan" not in data
    assert b"inf" not in data


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


def test_csv_tells_what_cameras_say_where_asked_for(tmp_path: Path) -> None:
    exif = Exif(camera="=Canon", lens="RF50mm", iso=400, shutter=0.004, aperture=2.8, focal=50.0)
    writer = open_writer("csv", str(tmp_path / "o.csv"), exif=True)
    writer.write(make_photo(taken="2026-05-04T10:20:30", exif=exif))
    writer.write(make_failure())
    writer.close(make_summary())
    head, first, second = (tmp_path / "o.csv").read_text().splitlines()
    assert head.endswith(",reasons,error,taken,camera,lens,iso,shutter,aperture,focal")
    assert first.endswith(",hazy,,2026-05-04T10:20:30,'=Canon,RF50mm,400,0.004,2.8,50.0")
    assert second.endswith(",truncated: cut short,,,,,,,")
