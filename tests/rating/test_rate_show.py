"""`iqscore rate --show`: what is known of a photo's stars, and what each program shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from iqscore.metadata import Rating
from iqscore.metadata.sidecar import merge_sidecar
from tests.program import call, read_lines
from tests.rating.shoot import take_picture

Capture = pytest.CaptureFixture[str]


def test_what_is_known_is_shown(shoot: Path, capsys: Capture) -> None:
    call("rate", "rose-95.jpg", "-q")
    call("rate", "rose-50.jpg", "-q", "--sidecar")
    (shoot / "c.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(64))
    before = take_picture(shoot)
    capsys.readouterr()
    assert call("rate", ".", "--show") == 0
    out, err = capsys.readouterr()
    assert err == ""
    everywhere = "Lightroom, Bridge, Capture One, darktable, digiKam, digiKam told to read sidecars, Windows, Immich"
    assert out.split("rose-95.jpg\n")[1].splitlines() == [
        "  in the photo: XMP 4; EXIF 4; EXIF percent 75; Microsoft percent 75; rated by iqscore; "
        "iqscore 95.0 (defects: haze 0.61)",
        f"  4 stars in {everywhere}",
        "  no stars in PhotoPrism",
    ]
    assert out.split("rose-71.jpg\n")[1].splitlines()[:2] == [
        "  in the photo: nothing",
        f"  no stars in {everywhere}, PhotoPrism",
    ]
    beside = out.split("rose-50.jpg\n")[1].splitlines()[:4]
    assert beside[1].startswith("  rose-50.jpg.xmp: XMP 4; ")
    assert beside[2:] == [
        "  no stars in Lightroom, Bridge, Capture One, digiKam, Windows, PhotoPrism",
        "  4 stars in darktable, digiKam told to read sidecars, Immich",
    ]
    assert "c.cr2\n  in the photo: nothing\n" in out
    assert take_picture(shoot) == before


def test_what_is_known_as_json(shoot: Path, capsys: Capture) -> None:
    call("rate", "rose-95.jpg", "-q")
    capsys.readouterr()
    assert call("rate", "rose-95.jpg", "gone.jpg", "--show", "-f", "ndjson") == 3
    shown, failed = read_lines(capsys.readouterr().out)
    assert shown["places"]["rose-95.jpg"]["xmp"] == 4
    assert shown["programs"]["Windows"] == 4
    assert shown["programs"]["PhotoPrism"] is None
    assert (failed["path"], failed["status"]) == ("gone.jpg", "failed")


def test_a_sidecar_that_is_another_photos_too_is_shown_with_both(shoot: Path, capsys: Capture) -> None:
    (shoot / "rose-95.cr2").write_bytes(b"II*\0\x10\0\0\0CR\2\0" + bytes(64))
    (shoot / "rose-95.xmp").write_bytes(merge_sidecar(None, Rating(stars=3)))
    assert call("rate", "rose-95.jpg", "rose-95.cr2", "--show", "-f", "ndjson") == 0
    jpeg, raw = (record["programs"] for record in read_lines(capsys.readouterr().out))
    assert (jpeg["Immich"], jpeg["darktable"], jpeg["Lightroom"]) == (3, 3, None)
    assert (raw["Immich"], raw["darktable"], raw["Lightroom"]) == (3, 3, 3)


@pytest.mark.usefixtures("desk")
def test_nothing_to_show(capsys: Capture) -> None:
    assert call("rate", ".", "--show") == 4
    assert "no photo found" in capsys.readouterr().err
