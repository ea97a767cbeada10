"""What other programs see of a rating; each is skipped where it is not installed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from iqscore.metadata import Rating, embed
from iqscore.metadata.sidecar import merge_sidecar
from tests.metadata.builders import XMP_HEADER, make_itxt, make_jpeg, make_packet, make_png, make_tiff, make_webp

RATING = Rating(3, "Red", "accepted", ("iqscore:blurry",), 55.5, "net@1234", "haze 0.40")
LEGACY = make_packet(
    '<rdf:Description rdf:about="" xmlns:xap="http://ns.adobe.com/xap/1.0/" xap:CreatorTool="tool"/>', padding=50
)
PHOTOS = {
    "plain.jpg": make_jpeg(),
    "exif.jpg": make_jpeg((0xE1, b"Exif\0\0" + make_tiff()), (0xE1, XMP_HEADER + LEGACY), jfif=False),
    "rated.jpg": make_jpeg((0xE1, b"Exif\0\0" + make_tiff(Rating=1, RatingPercent=1))),
    "plain.png": make_png(),
    "packet.png": make_png(make_itxt(LEGACY)),
    "plain.webp": make_webp(),
    "packet.webp": make_webp(xmp=LEGACY, exif=make_tiff()),
}
KNOWN = "[minor] Non-standard IFD0 tag 0x474"

needs_exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="needs exiftool")
needs_exiv2 = pytest.mark.skipif(not shutil.which("exiv2"), reason="needs exiv2")


def run_exiftool(path: Path, *options: str) -> dict[str, Any]:
    command = ["exiftool", "-j", "-a", "-G1:4", *options, str(path)]
    tags: dict[str, Any] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)[0]
    return tags


def find_tag(tags: dict[str, Any], group: str, name: str) -> list[Any]:
    """Return all values of a tag in a group, copies too."""
    return [value for key, value in tags.items() if key.startswith(f"{group}:") and key.endswith(f":{name}")]


def find_warnings(path: Path) -> set[str]:
    tags = run_exiftool(path, "-validate", "-warning", "-error")
    found = {str(value) for key, value in tags.items() if key.endswith((":Warning", ":Error"))}
    return {text for text in found if not text.startswith(KNOWN)}


@pytest.fixture(params=sorted(PHOTOS))
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Path]:
    """Return a photo before and after."""
    before, after = tmp_path / f"before-{request.param}", tmp_path / request.param
    before.write_bytes(PHOTOS[request.param])
    after.write_bytes(embed(PHOTOS[request.param], RATING))
    return before, after


@needs_exiftool
def test_exiftool_reads_it_and_finds_nothing_new_to_complain_of(pair: tuple[Path, Path]) -> None:
    before, after = pair
    tags = run_exiftool(after)
    assert find_tag(tags, "XMP-xmp", "Rating") == [3]
    assert find_tag(tags, "XMP-xmp", "Label") == ["Red"]
    assert find_tag(tags, "XMP-digiKam", "PickLabel") == [3]
    assert find_tag(tags, "XMP-dc", "Subject") == ["iqscore:blurry"]
    assert find_tag(tags, "XMP-microsoft", "RatingPercent") == [50]
    if after.suffix == ".jpg":
        assert find_tag(tags, "IFD0", "Rating") == [3]
        assert find_tag(tags, "IFD0", "RatingPercent") == [50]
    assert find_warnings(after) <= find_warnings(before)


@needs_exiv2
def test_exiv2_reads_it(pair: tuple[Path, Path]) -> None:
    keys = ["Xmp.xmp.Rating", "Xmp.MicrosoftPhoto.Rating", "Xmp.digiKam.PickLabel", "Xmp.iqscore.Rating"]
    options = [option for key in keys for option in ("-K", key)]
    command = ["exiv2", *options, "-Pkv", str(pair[1])]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    told = dict(line.split() for line in result.stdout.splitlines())
    assert told == dict(zip(keys, ["3", "50", "3", "3"], strict=True)), result.stderr


def test_pillow_reads_it(pair: tuple[Path, Path]) -> None:
    with Image.open(pair[1]) as image:
        image.load()
        packet = image.info.get("xmp", b"")
        assert b'Rating="3"' in packet
        if pair[1].suffix == ".jpg":
            assert image.getexif()[0x4746] == 3
            assert image.getexif()[0x4749] == 50


@needs_exiftool
@needs_exiv2
def test_sidecars_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xmp"
    path.write_bytes(merge_sidecar(None, RATING))
    assert run_exiftool(path)["XMP-xmp:Rating"] == 3
    assert find_warnings(path) == set()
    command = ["exiv2", "-K", "Xmp.xmp.Rating", "-Pv", str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() == "3"


@needs_exiftool
def test_exiftool_changes_what_we_wrote_and_we_change_that(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(embed(PHOTOS["exif.jpg"], RATING))
    subprocess.run(["exiftool", "-q", "-overwrite_original", "-xmp:Label=Blue", "-Artist=A", str(path)], check=True)
    again = embed(path.read_bytes(), Rating(stars=5))
    path.write_bytes(again)
    tags = run_exiftool(path)
    assert find_tag(tags, "XMP-xmp", "Rating") == find_tag(tags, "IFD0", "Rating") == [5]
    assert find_tag(tags, "XMP-xmp", "Label") == ["Blue"]
    assert find_tag(tags, "IFD0", "Artist") == ["A"]
    assert again.count(XMP_HEADER) == 1
