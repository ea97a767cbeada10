"""darktable shows the stars that are written, from the photo and from sidecars of both names."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from iqscore.metadata import Rating, embed, read
from iqscore.metadata.sidecar import merge_sidecar
from tests.pictures import make_scene

pytestmark = pytest.mark.skipif(not shutil.which("darktable-cli"), reason="needs darktable-cli")


@pytest.mark.parametrize("place", ["embedded", "photo.jpg.xmp", "photo.xmp"])
def test_darktable_shows_the_stars(tmp_path: Path, place: str) -> None:
    photo, shown = tmp_path / "photo.jpg", tmp_path / "shown.jpg"
    make_scene(1, 320, 240).save(photo)
    if place == "embedded":
        photo.write_bytes(embed(photo.read_bytes(), Rating(stars=4)))
    else:
        (tmp_path / place).write_bytes(merge_sidecar(None, Rating(stars=4)))
    names = [str(photo), str(shown), "--core", "--library", ":memory:", "--configdir", str(tmp_path / "config")]
    subprocess.run(["darktable-cli", *names], check=True, capture_output=True, timeout=120)
    assert read(shown.read_bytes()).stars == 4
