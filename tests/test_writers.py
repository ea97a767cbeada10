"""What is written: the contract with other people's scripts, and names that try to break it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqscore.records import DEFECTS, Aesthetic, Exif, Outcome
from iqscore.writers import WriterFormat, from_cell, open_writer, to_record
from tests.program import read_rows
from tests.samples import make_failure, make_photo, make_reasons, make_summary
from tests.writing import FORMATS, write

paths = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1) | st.binary(
    min_size=1
).map(lambda name: os.fsdecode(name.replace(b"\0", b"")))


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
