"""darktable shows the stars that are written, and of all else what iqscore says that it shows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from iqscore.metadata import Rating, embed, read
from iqscore.metadata.places import NAMESPACES
from iqscore.metadata.sidecar import merge_sidecar, read_sidecar
from iqscore.programs import Places, to_programs
from tests.metadata.builders import make_packet
from tests.pictures import make_scene, to_exif

pytestmark = pytest.mark.skipif(not shutil.which("darktable-cli"), reason="needs darktable-cli")

INITIAL = 1
"""The stars that darktable gives a photo without a rating."""


def run_darktable(photo: Path) -> int | None:
    """Return the stars that darktable has for a photo."""
    shown = photo.parent / "shown.jpg"
    names = [str(photo), str(shown), "--core", "--library", ":memory:", "--configdir", str(photo.parent / "config")]
    subprocess.run(["darktable-cli", *names], check=True, capture_output=True, timeout=300)
    return read(shown.read_bytes()).stars


def rated(stars: int) -> bytes:
    """Return a packet with stars and nothing else."""
    return make_packet(f'<rdf:Description rdf:about="" xmlns:xmp="{NAMESPACES["xmp"]}" xmp:Rating="{stars}"/>')


PERCENT_ALONE = make_packet(f'<rdf:Description rdf:about="" xmlns:m="{NAMESPACES["MicrosoftPhoto"]}/" m:Rating="50"/>')


@pytest.mark.parametrize("place", ["embedded", "photo.jpg.xmp", "photo.xmp"])
def test_darktable_shows_the_stars(tmp_path: Path, place: str) -> None:
    photo = tmp_path / "photo.jpg"
    make_scene(1, 320, 240).save(photo)
    if place == "embedded":
        photo.write_bytes(embed(photo.read_bytes(), Rating(stars=4)))
    else:
        (tmp_path / place).write_bytes(merge_sidecar(None, Rating(stars=4)))
    assert run_darktable(photo) == 4


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_darktable_shows_the_stars_of_other_kinds(tmp_path: Path, kind: str) -> None:
    photo = tmp_path / f"photo.{kind.lower()}"
    make_scene(1, 320, 240).save(photo, kind)
    photo.write_bytes(embed(photo.read_bytes(), Rating(stars=4)))
    assert run_darktable(photo) == 4


@pytest.mark.parametrize(
    ("photo", "full", "stem"),
    [
        ({}, None, None),
        ({"exif": to_exif({0x4746: 2})}, None, None),
        ({"exif": to_exif({0x4749: 99})}, None, None),
        ({"exif": to_exif({0x4746: 2, 0x4749: 75}), "xmp": rated(4)}, None, None),
        ({"xmp": PERCENT_ALONE}, None, None),
        ({"xmp": rated(-1)}, None, None),
        ({"xmp": rated(4)}, rated(3), None),
        ({"xmp": rated(4)}, None, rated(3)),
        ({}, rated(3), rated(5)),
        ({"xmp": rated(4)}, PERCENT_ALONE, None),
        ({"xmp": rated(4)}, None, PERCENT_ALONE),
    ],
)
def test_what_is_said_of_darktable_is_so(
    tmp_path: Path, photo: dict[str, Any], full: bytes | None, stem: bytes | None
) -> None:
    path = tmp_path / "photo.jpg"
    make_scene(1, 320, 240).save(path, **photo)
    for name, packet in (("photo.jpg.xmp", full), ("photo.xmp", stem)):
        if packet:
            (tmp_path / name).write_bytes(packet)
    places = Places(
        photo=read(path.read_bytes()),
        kind="JPEG",
        full=read_sidecar(full) if full else None,
        stem=read_sidecar(stem) if stem else None,
    )
    said = to_programs(places)["darktable"]
    assert run_darktable(path) == (INITIAL if said is None else said)
