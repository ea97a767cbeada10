"""The flat row of an outcome: every field of every output has a name there, and its kind is known before."""

from __future__ import annotations

from iqscore.query import parse_query
from iqscore.records import DEFECTS, Exif
from iqscore.writers import COLUMNS, to_record
from iqscore.writers.csv_writer import EXIF_COLUMNS
from iqscore.writers.flat import FIELDS, is_about_failures, to_flat
from tests.samples import make_failure, make_photo, make_reasons


def test_every_column_of_csv_is_a_field() -> None:
    assert set(COLUMNS) <= set(FIELDS)


def test_every_plain_field_of_the_record_is_one() -> None:
    record = to_record(make_photo(rank=1, percentile=100.0)) | to_record(make_failure())
    plain = {name for name, value in record.items() if isinstance(value, str | int | float)}
    nested = {f"{name}.{inner}" for name, value in record.items() if isinstance(value, dict) for inner in value}
    assert plain | nested - set(FIELDS) - {"aesthetic.histogram"} <= set(FIELDS) | {"schema"}


def test_values_are_of_their_kind_and_rounded() -> None:
    exif = Exif("Canon", "EF 50", 100, 0.004, 1.8, 50.0)
    photo = make_photo(rank=3, percentile=50.049, taken="2024-05-01T12:00:00", exif=exif, decoded_from="raw")
    flat = to_flat(photo)
    assert {name for name in FIELDS if name not in flat} == {"error", "error.code", "error.message"}
    for name, kind in FIELDS.items():
        assert name not in flat or isinstance(flat[name], str if kind == "text" else int | float), name
    assert (flat["score"], flat["percentile"], flat["rank"]) == (71.3, 50.0, 3)
    assert (flat["aesthetic"], flat["aesthetic_spread"], flat["technical"]) == (6.12, 1.4, 7.4)
    assert flat["aesthetic.mean"] == 6.12
    assert flat["models.aesthetic"] == "nima@0123abcd"
    assert flat["taken"] == "2024-05-01T12:00:00"


def test_what_the_camera_says_goes_by_its_own_name() -> None:
    flat = to_flat(make_photo(exif=Exif(camera="Canon EOS R5", iso=100, shutter=0.004), hdr=True))
    assert (flat["camera"], flat["iso"], flat["shutter"], flat["hdr"]) == ("Canon EOS R5", 100, 0.004, True)
    assert flat["exif.camera"] == "Canon EOS R5"
    assert flat.get("lens") is flat.get("taken") is None
    assert set(EXIF_COLUMNS) <= set(FIELDS)
    assert parse_query('camera ~ "canon" and iso < 400 and hdr = 1 and lens is null', FIELDS).matches(flat)


def test_groups_are_the_worse_of_two() -> None:
    flat = to_flat(make_photo(defects=dict.fromkeys(DEFECTS, 0.1) | {"motion_blur": 0.70049, "noise": 0.8}))
    assert (flat["blur"], flat["exposure"], flat["any"]) == (0.7, 0.1, 0.8)
    assert flat["defects.motion_blur"] == flat["motion_blur"] == 0.7


def test_what_is_not_known_is_not_there() -> None:
    flat = to_flat(make_photo())
    assert flat.get("rank") is flat.get("percentile") is flat.get("taken") is flat.get("error") is None
    assert to_flat(make_photo(reasons=make_reasons("hazy", "soft")))["reasons"] == "hazy; soft"


def test_a_failure_has_little() -> None:
    flat = to_flat(make_failure("a.jpg", "corrupt", "it is damaged"))
    assert flat == {
        "schema": 1, "path": "a.jpg", "status": "failed", "error": "corrupt: it is damaged",
        "error.code": "corrupt", "error.message": "it is damaged",
    }  # fmt: skip


def test_fields_about_failures() -> None:
    assert is_about_failures(frozenset(["score", "status"]))
    assert is_about_failures(frozenset(["error.code"]))
    assert not is_about_failures(frozenset(["score", "path"]))
