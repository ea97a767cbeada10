"""The plan: what may be typed together, where results go, what is kept, and how a run ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iqscore.errors import UsageError
from iqscore.exits import get_exit_status
from iqscore.formats import PHOTO_SUFFIXES
from iqscore.gate import build_gate
from iqscore.plan import FORMATS, Output, Plan, Typed, build_plan
from iqscore.records import LABELS
from iqscore.sorting import SORT_KEYS
from iqscore.writers.fields import to_record
from tests.samples import make_photo, make_summary


def build(**typed: Any) -> Plan:
    return build_plan(Typed(**({"inputs": ["photos"]} | typed)))


def outputs(**typed: Any) -> list[tuple[str, str | None]]:
    return [(output.format, output.target) for output in build(**typed).outputs]


def test_a_plan_holds_what_was_typed() -> None:
    typed: dict[str, Any] = {
        "files_from": "names",
        "null_separated": True,
        "device": "cuda",
        "jobs": 3,
        "sort": "blur",
        "reverse": True,
        "top": 5,
        "min_score": 60.5,
        "verbose": True,
    }
    models = ["nima.onnx", "flaws.json"]
    plan = build(inputs=["a.jpg", "b"], default_format="ndjson", labels=["pending", "accepted"], models=models, **typed)
    assert plan == Plan(
        inputs=("a.jpg", "b"),
        outputs=(Output("ndjson", None),),
        labels=frozenset(["accepted", "pending"]),
        models=("nima.onnx", "flaws.json"),
        quiet=False,
        **typed,
    )


def test_what_was_not_typed_is_none() -> None:
    plan = build()
    assert (plan.jobs, plan.sort, plan.top, plan.min_score, plan.files_from) == (None,) * 5
    assert (plan.labels, plan.models, plan.device) == (frozenset(), (), "auto")
    assert (plan.quiet, plan.verbose, plan.null_separated) == (False, False, False)


@pytest.mark.parametrize("key", SORT_KEYS)
def test_every_key_may_be_typed(key: str) -> None:
    assert build(sort=key).sort == key


def test_names_may_come_from_a_file_alone() -> None:
    plan = build(inputs=[], files_from="-")
    assert (plan.inputs, plan.files_from) == ((), "-")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"inputs": []}, "no photos given; name files or folders, or use --files-from"),
        ({"null_separated": True}, "give --files-from too"),
        ({"quiet": True, "verbose": True}, "-q and -v contradict"),
        ({"sort": "beauty"}, "cannot sort by 'beauty'; choose from score, aesthetic"),
        ({"sort": ""}, "cannot sort by ''"),
        ({"labels": ["accepted", "good"]}, "no such label: 'good'; choose from accepted, pending, rejected"),
        ({"device": "tpu"}, "no such device: 'tpu'; choose from auto, cpu, cuda"),
        ({"format": "xml"}, "no such format: 'xml'; choose from table, csv, json, ndjson"),
        ({"files": ["out.txt"]}, "out.txt: the suffix must say the format; end it in .csv, .json, .ndjson, .jsonl"),
        ({"files": ["out"]}, "out: the suffix must say"),
        ({"files": [".csv"]}, ".csv: the suffix must say"),
        ({"files": [""]}, "the suffix must say"),
        ({"files": ["a.csv", "a.csv"]}, "two outputs go to the same file"),
        ({"files": ["a.csv"], "csv": ["a.csv"]}, "two outputs go to the same file"),
        ({"files": ["a.json"], "json": ["sub/../a.json"]}, "two outputs go to the same file"),
        ({"csv": ["a"], "json": ["./a"]}, "two outputs go to the same file"),
        ({"csv": ["a.jpg"]}, "a.jpg: results are never written over a photo"),
        ({"json": ["sub/B.NEF"]}, "sub/B.NEF: results are never written over a photo"),
        ({"files": ["a.jpg"]}, "a.jpg: "),
        (
            {"files": ["a.json"], "models": ["a.onnx"]},
            "a.json: results are never written over a photo, a sidecar, a list or a model",
        ),
        ({"csv": ["a.onnx"], "models": ["./a.json"]}, "a.onnx: results are never written over"),
        ({"csv": ["IMG.xmp"]}, "IMG.xmp: results are never written over a photo, a sidecar"),
        ({"json": ["IMG.CR2.XMP"]}, "a sidecar"),
        ({"csv": ["a.csv", "b.csv", "./a.csv"]}, "two outputs go to the same file"),
        *(({option: ["-"]}, "-: standard output is no file") for option in ("files", "csv", "json")),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_told(typed: dict[str, Any], reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        build(**typed)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", sorted(PHOTO_SUFFIXES))
def test_no_photo_name_is_written_to(suffix: str) -> None:
    for name in (f"a.{suffix}", f"a.{suffix.upper()}"):
        with pytest.raises(UsageError, match="over a photo"):
            build(csv=[name])


def test_a_photo_behind_a_link_is_not_written_to(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").touch()
    (tmp_path / "latest.csv").symlink_to("photo.jpg")
    with pytest.raises(UsageError, match="over a photo"):
        build(files=[str(tmp_path / "latest.csv")])


@pytest.mark.parametrize("shorthand", ["csv", "json"])
def test_a_photo_that_was_named_is_not_written_to_whatever_its_name(tmp_path: Path, shorthand: str) -> None:
    scan = tmp_path / "scan"
    scan.touch()
    with pytest.raises(UsageError, match="over a photo"):
        build(inputs=[str(scan)], **{shorthand: [f"{tmp_path}/./scan"]})


def test_the_list_of_names_is_not_written_to(tmp_path: Path) -> None:
    names = tmp_path / "names.csv"
    names.touch()
    with pytest.raises(UsageError, match=r"names\.csv"):
        build(files_from=str(names), files=[str(names)])


def test_two_links_to_one_file_are_one_file(tmp_path: Path) -> None:
    (tmp_path / "b.csv").symlink_to("a.csv")
    with pytest.raises(UsageError, match="same file"):
        build(files=[str(tmp_path / "a.csv"), str(tmp_path / "b.csv")])


@pytest.mark.parametrize("default", FORMATS)
def test_standard_output_gets_the_default_or_what_was_asked_for(default: str) -> None:
    assert outputs(default_format=default) == [(default, None)]
    for format in FORMATS:
        assert outputs(default_format=default, format=format) == [(format, None)]


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("a.csv", "csv"),
        ("a.CSV", "csv"),
        ("sub.json/a.csv", "csv"),
        ("a.json", "json"),
        ("a.b.json", "json"),
        ("a.ndjson", "ndjson"),
        ("a.jsonl", "ndjson"),
        ("a.jpg.csv", "csv"),
    ],
)
def test_the_suffix_of_a_file_says_its_format(name: str, format: str) -> None:
    assert outputs(files=[name]) == [("table", None), (format, name)]


def test_shorthands_take_any_name() -> None:
    assert outputs(csv=["results.txt"], json=["x"]) == [("table", None), ("csv", "results.txt"), ("json", "x")]
    assert outputs(csv=["a.json"], json=["a.csv"]) == [("table", None), ("csv", "a.json"), ("json", "a.csv")]


def test_all_outputs_of_one_run() -> None:
    typed: dict[str, Any] = {"files": ["a.ndjson", "b.csv"], "csv": ["c.csv"], "json": ["d.json"]}
    files = [("ndjson", "a.ndjson"), ("csv", "b.csv"), ("csv", "c.csv"), ("json", "d.json")]
    assert outputs(**typed) == [("table", None), *files]
    assert outputs(**typed, default_format="ndjson") == files
    assert outputs(**typed, default_format="ndjson", format="ndjson") == [("ndjson", None), *files]
    assert outputs(**typed, format="json") == [("json", None), *files]


@pytest.mark.parametrize("typed", [{"files": ["a.csv"]}, {"csv": ["a.csv"]}, {"json": ["a.json"]}])
def test_a_stream_falls_silent_where_files_are_written_and_a_table_stays(typed: dict[str, Any]) -> None:
    assert None not in [target for _, target in outputs(**typed, default_format="ndjson")]
    assert outputs(**typed, default_format="table")[0] == ("table", None)


def test_a_table_is_wanted_where_it_is_an_output() -> None:
    assert build().wants_table
    assert build(csv=["a.csv"]).wants_table
    assert build(default_format="ndjson", format="table").wants_table
    assert not build(format="json").wants_table
    assert not build(default_format="ndjson").wants_table


def test_all_photos_are_kept_without_filters() -> None:
    assert all(build().keeps(make_photo(score=0.0, label=label)) for label in LABELS)


def test_filters_hold_together() -> None:
    plan = build(min_score=60, labels=["accepted", "pending"])
    assert plan.keeps(make_photo(score=60.0, label="accepted"))
    assert plan.keeps(make_photo(score=99.0, label="pending"))
    assert not plan.keeps(make_photo(score=59.94, label="accepted"))
    assert not plan.keeps(make_photo(score=99.0, label="rejected"))


@pytest.mark.parametrize(("score", "passes"), [(44.94, False), (44.96, True), (45.0, True), (45.04, True)])
def test_every_limit_sees_scores_as_they_are_printed(score: float, passes: bool) -> None:
    photo = make_photo(score=score)
    assert (to_record(photo)["score"] == 45.0) is passes
    assert build(min_score=45).keeps(photo) is passes
    assert build(where=["score >= 45"]).keeps(photo) is passes
    assert build_gate(floors={"score": 45}).judge(photo).passed is passes


def test_labels_may_come_one_by_one() -> None:
    assert build(labels=iter(["rejected"])).labels == {"rejected"}


@pytest.mark.parametrize(
    ("scored", "failed", "interrupted", "status"),
    [
        (3, 0, False, 0),
        (3, 1, False, 3),
        (0, 1, False, 3),
        (0, 0, False, 4),
        (3, 0, True, 130),
        (3, 1, True, 130),
        (0, 0, True, 130),
    ],
)
def test_exit_status(scored: int, failed: int, interrupted: bool, status: int) -> None:
    summary = make_summary(photos=scored + failed, scored=scored, failed=failed, interrupted=interrupted)
    assert get_exit_status(summary) == status


def test_filters_are_told_in_words() -> None:
    assert build().filters == ()
    assert build(min_score=60.5).filters == ("--min-score 60.5",)
    assert build(labels=["Rejected", "pending"], min_score=9).filters == (
        "--min-score 9",
        "--label pending or rejected",
    )
