"""What a run writes: the contract with other people's scripts, on standard output and in files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from iqscore.errors import ModelError
from iqscore.records import Outcome
from iqscore.writers import COLUMNS
from iqscore.writers.ndjson_writer import NdjsonWriter
from tests.pictures import make_pixels, to_bytes
from tests.program import call, read_lines, read_rows, to_label, touch

SCORED = (
    "schema path status score percentile label stars aesthetic technical defects reasons width height format models "
    "decoded_from hdr exif kind"
)
RANKED = SCORED.replace("status ", "status rank ")
FAILED = "schema path status error"
DEFECT_NAMES = (
    "underexposure overexposure white_balance undersaturation oversaturation noise haze defocus_blur motion_blur "
    "jpeg_artifacts lens_flare composition"
)
HEADER = (
    "path,status,rank,score,percentile,label,stars,aesthetic,aesthetic_spread,technical,"
    f"{DEFECT_NAMES.replace(' ', ',')},reasons,error"
)
SUMMARY = "photos scored failed accepted pending rejected seconds photos_per_second interrupted"

Capture = pytest.CaptureFixture[str]


@pytest.mark.usefixtures("shoot")
def test_records_are_the_contract(capsys: Capture) -> None:
    error = {"code": "corrupt", "message": "the picture is damaged"}
    for command, scored in (("rank", RANKED), ("score", SCORED)):
        assert call(command, ".", "--format", "ndjson", "-q") == 3
        records = read_lines(capsys.readouterr().out)
        assert len(records) == 5
        for record in records:
            ok = record["status"] == "ok"
            assert " ".join(record) == (scored if ok else FAILED)
            assert record["schema"] == 1
            assert not ok or " ".join(record["aesthetic"]) == "mean spread histogram"
            assert not ok or " ".join(record["defects"]) == DEFECT_NAMES
            assert ok or record == {"schema": 1, "path": "bad.jpg", "status": "failed", "error": error}


@pytest.mark.usefixtures("shoot")
def test_json_document(capsys: Capture) -> None:
    assert call("rank", ".", "-f", "json") == 3
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["schema", "photos", "summary"]
    assert document["schema"] == 1
    assert [" ".join(photo) for photo in document["photos"]] == [RANKED] * 4 + [FAILED]
    assert " ".join(document["summary"]) == SUMMARY
    assert document["summary"]["interrupted"] is False
    assert document["summary"]["seconds"] >= 0


@pytest.mark.usefixtures("shoot")
def test_csv(capsys: Capture) -> None:
    assert call("rank", ".", "-f", "csv") == 3
    out = capsys.readouterr().out
    assert out.splitlines()[0] == HEADER == ",".join(COLUMNS)
    rows = read_rows(out.encode())
    assert [row["rank"] for row in rows] == ["1", "2", "3", "4", ""]
    assert [row["label"] for row in rows] == [*(to_label(score) for score in (90, 65, 40, 10)), ""]
    assert rows[-1]["error"] == "corrupt: the picture is damaged"


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_outputs_of_one_pass_hold_the_same(command: str, capsys: Capture) -> None:
    files = ["-o", "a.csv", "-o", "b.ndjson", "-o", "c.jsonl", "--csv", "d.txt", "--json", "e.txt"]
    assert call(command, ".", "--min-score", "20", "-f", "ndjson", *files) == 3
    lines = capsys.readouterr().out
    assert Path("b.ndjson").read_text() == Path("c.jsonl").read_text() == lines
    records = read_lines(lines)
    assert len(records) == 4
    assert json.loads(Path("e.txt").read_text())["photos"] == records
    rows = read_rows(Path("a.csv").read_bytes())
    assert [(row["path"], row["status"]) for row in rows] == [(r["path"], r["status"]) for r in records]
    assert [row["score"] for row in rows] == [str(record.get("score", "")) for record in records]
    assert Path("d.txt").read_text() == Path("a.csv").read_text()


@pytest.mark.usefixtures("shoot")
def test_what_is_on_standard_output_beside_files(capsys: Capture) -> None:
    assert call("rank", ".", "-o", "a.csv") == 3
    assert capsys.readouterr().out.startswith("#  Photo")
    assert call("score", ".", "-o", "a.csv") == 3
    assert capsys.readouterr().out == ""


def test_photos_are_tried_again_in_each_run_and_old_results_replaced(shoot: Path) -> None:
    assert call("score", "a-40.jpg", "b-90.jpg", "-q", "-o", "a.csv") == 0
    assert call("score", "b-90.jpg", "-q", "-o", "a.csv") == 0
    assert [row["path"] for row in read_rows((shoot / "a.csv").read_bytes())] == ["b-90.jpg"]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_no_photo_leaves_whole_files(command: str, capsys: Capture) -> None:
    assert call(command, ".", "-o", "a.json", "-o", "b.csv", "-o", "c.ndjson") == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "no photo found" in err
    assert json.loads(Path("a.json").read_text())["photos"] == []
    assert Path("b.csv").read_text() == HEADER + "\n"
    assert Path("c.ndjson").read_text() == ""


class Never:
    """Stands for a run that cannot start."""

    def __init__(self, device: str, models: Sequence[str] = (), **_: object) -> None:
        raise ModelError("models/x.onnx: cannot be loaded")


OLD = HEADER + "\nold.jpg,ok\n"


@pytest.mark.parametrize("command", ["rank", "score"])
@pytest.mark.parametrize(
    ("arguments", "status"),
    [(("a-40.jpg",), 2), (("a-40.jpg", "-o", "missing/b.csv"), 2), (("empty",), 4), (("--files-from", "-"), 2)],
)
def test_old_results_outlive_a_run_that_comes_to_nothing(
    command: str, arguments: tuple[str, ...], status: int, shoot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shoot / "empty").mkdir()
    (shoot / "kept.csv").write_text(OLD)
    if status == 2:
        monkeypatch.setattr("iqscore.run.open_scorer", Never)
    assert call(command, *arguments, "--csv", "kept.csv") == status
    assert (shoot / "kept.csv").read_text() == OLD


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_filters_that_nothing_passes_replace_old_results(command: str) -> None:
    Path("a.csv").write_text(OLD)
    assert call(command, "a-40.jpg", "--min-score", "99", "--csv", "a.csv") == 0
    assert Path("a.csv").read_text() == HEADER + "\n"


PICTURE = to_bytes(make_pixels(9, 9), "JPEG")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("command", ["rank", "score"])
@pytest.mark.parametrize(
    ("output", "inputs"),
    [
        ("shot", ("--files-from", "names")),
        ("shot", ("shot",)),
        ("hard.csv", ("photo.jpg",)),
        ("hard.csv", (".",)),
        ("soft.csv", (".",)),
        ("photo.xmp", (".",)),
        ("names", ("--files-from", "names")),
    ],
)
def test_no_photo_is_written_over(command: str, output: str, inputs: tuple[str, ...], capsys: Capture) -> None:
    for name in ("shot", "photo.jpg"):
        Path(name).write_bytes(PICTURE)
    Path("photo.xmp").write_text("<x/>")
    Path("names").write_text("shot\n")
    Path("hard.csv").hardlink_to("photo.jpg")
    Path("soft.csv").symlink_to("photo.jpg")
    before = {path.name: path.read_bytes() for path in Path().iterdir()}
    assert call(command, *inputs, "--csv", output) == 2
    assert capsys.readouterr().err.startswith(f"iqscore: {output}: ")
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == before


def test_an_output_among_the_photos_is_a_failure(desk: Path) -> None:
    """As it is one, an older result of ours may be named in a list, or linked to by a photo's name."""
    touch("a-40.jpg")
    (desk / "old.csv").write_text(OLD)
    (desk / "z-50.jpg").hardlink_to("old.csv")
    (desk / "names").write_text("a-40.jpg\nold.csv\n")
    for arguments in (("--files-from", "names"), (".",)):
        assert call("score", *arguments, "--csv", "old.csv", "-q") == 3
        ok, failed = read_rows((desk / "old.csv").read_bytes())
        assert (ok["path"], failed["status"]) == ("a-40.jpg", "failed")
        assert failed["error"].startswith("unreadable: results are written to this file")


def check_cut_short(*paths: str) -> None:
    """Check that the three files of a run that broke off hold these photos and are whole."""
    document = json.loads(Path("a.json").read_bytes())
    assert [photo["path"] for photo in document["photos"]] == list(paths)
    assert document["summary"]["interrupted"] is True
    assert [row["path"] for row in read_rows(Path("b.csv").read_bytes())] == list(paths)
    assert [record["path"] for record in read_lines(Path("c.ndjson").read_bytes())] == list(paths)


FILES = ("-o", "a.json", "-o", "b.csv", "-o", "c.ndjson")


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(("command", "kept"), [("score", ["1-40.jpg", "2-90.jpg"]), ("rank", ["2-90.jpg", "1-40.jpg"])])
def test_an_interrupt_keeps_what_is_done(command: str, kept: list[str], capsys: Capture) -> None:
    touch("1-40.jpg", "2-90.jpg", "stop.jpg", "z-50.jpg")
    assert call(command, ".", "--jobs", "1", *FILES) == 130
    out, err = capsys.readouterr()
    check_cut_short(*kept)
    assert "2 photos: 1 accepted, 1 pending, 0 rejected" in err
    assert "interrupted" in err
    assert "Traceback" not in out + err


@pytest.mark.usefixtures("shoot")
def test_an_interrupt_while_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(writer: NdjsonWriter, outcome: Outcome) -> None:
        if outcome.path == "b-90.jpg":
            raise KeyboardInterrupt
        write(writer, outcome)

    write = NdjsonWriter.write
    monkeypatch.setattr(NdjsonWriter, "write", stop)
    assert call("score", ".", "-o", "c.ndjson", "-o", "a.json", "-o", "b.csv") == 130
    check_cut_short("a-40.jpg")


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_an_interrupt_while_models_are_loaded(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(device: str, **_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("iqscore.run.open_scorer", stop)
    assert call(command, ".", *FILES) == 130
    check_cut_short()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("command", ["rank", "score"])
def test_a_disk_that_fills_up_ends_the_run(command: str, shoot: Path, capsys: Capture) -> None:
    (shoot / "full.ndjson").symlink_to("/dev/full")
    assert call(command, "b-90.jpg", "a-40.jpg", *FILES, "-o", "full.ndjson") == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("iqscore: full.ndjson: cannot be written (the disk is full")
    check_cut_short("b-90.jpg")


@pytest.mark.usefixtures("shoot")
def test_a_model_that_cannot_be_loaded(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def refuse(device: str, **_: object) -> None:
        raise ModelError("models/x.onnx: cannot be loaded (it is damaged)")

    monkeypatch.setattr("iqscore.run.open_scorer", refuse)
    assert call("rank", ".") == 2
    assert capsys.readouterr() == ("", "iqscore: models/x.onnx: cannot be loaded (it is damaged)\n")
