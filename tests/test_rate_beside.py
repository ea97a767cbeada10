"""Ratings of camera RAW and HEIC, from the pixels to the sidecar: the photos themselves stay as they are."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from tests.encodings import ENCODINGS
from tests.pictures import make_scene, to_bytes
from tests.program import ODD_VARIABLES, call
from tests.tiffs import make_dng

assert ENCODINGS  # registers HEIC with Pillow

Capture = pytest.CaptureFixture[str]
PERSON = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="2"/></rdf:RDF></x:xmpmeta>"""


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Return the bytes, by name, of the photos in the current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ODD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    scene = make_scene(1, 320, 240)
    contents = {
        "raw.dng": make_dng(np.asarray(scene)),
        "phone.heic": to_bytes(scene, "HEIF", quality=80),
        "new.jxl": to_bytes(scene, "JXL", effort=1),
        "rated.heic": to_bytes(scene, "HEIF", quality=80, xmp=PERSON),
    }
    for name, data in contents.items():
        Path(name).write_bytes(data)
    return contents


def get_stars(sidecar: str) -> int:
    match = re.search(r'xmp:Rating(?:="|>)(-?\d)', Path(sidecar).read_text())
    assert match
    return int(match[1])


def test_stars_go_into_sidecars_and_are_taken_back(photos: dict[str, bytes], capsys: Capture) -> None:
    assert call("rate", ".", "--journal", "journal.ndjson", "-f", "ndjson") == 0
    lines = {line["path"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    sidecars = {"raw.dng": "raw.xmp", "phone.heic": "phone.heic.xmp", "new.jxl": "new.jxl.xmp"}
    assert {name: tuple(line["files"]) for name, line in lines.items()} == {
        **{name: (sidecar,) for name, sidecar in sidecars.items()},
        "rated.heic": (),
    }
    # a person's rating within a HEIC photo is found, and nothing is put beside it
    assert (lines["rated.heic"]["status"], lines["rated.heic"]["old"]) == ("kept", 2)
    assert {name: get_stars(sidecar) for name, sidecar in sidecars.items()} == {
        name: lines[name]["new"] for name in sidecars
    }
    assert {name: Path(name).read_bytes() for name in photos} == photos
    assert call("rate", ".", "-f", "ndjson") == 0
    again = [json.loads(line)["status"] for line in capsys.readouterr().out.splitlines()]
    assert sorted(again) == ["kept", "unchanged", "unchanged", "unchanged"]
    assert call("rate", "--undo", "journal.ndjson") == 0
    assert not list(Path().glob("*.xmp"))
    assert {name: Path(name).read_bytes() for name in photos} == photos


@pytest.mark.usefixtures("photos")
def test_develop_settings_and_what_people_said_stay() -> None:
    settings = PERSON.replace(
        b'xmp:Rating="2"', b'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Exposure2012="+0.50"'
    )
    Path("raw.xmp").write_bytes(settings)
    Path("phone.heic.xmp").write_bytes(PERSON)
    assert call("rate", "raw.dng", "phone.heic", "-q") == 0
    assert b'crs:Exposure2012="+0.50"' in Path("raw.xmp").read_bytes()
    assert 1 <= get_stars("raw.xmp") <= 5
    assert Path("phone.heic.xmp").read_bytes() == PERSON


@pytest.mark.usefixtures("photos")
def test_shown(capsys: Capture) -> None:
    assert call("rate", "raw.dng", "-q") == 0
    capsys.readouterr()
    assert call("rate", "raw.dng", "rated.heic", "--show") == 0
    out = capsys.readouterr().out
    assert "raw.xmp: XMP " in out
    assert "in the photo: XMP 2" in out
