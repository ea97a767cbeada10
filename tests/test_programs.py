"""Which stars programs show: each case as the program's source, documentation or run has it."""

from __future__ import annotations

from typing import Any

import pytest

from iqscore.metadata import Found
from iqscore.programs import PROGRAMS, Places, to_programs

ADOBE = ("Lightroom", "Bridge", "Capture One")
TOLD = "digiKam told to read sidecars"
RAW: dict[str, Any] = {"kind": "TIFF", "is_raw": True}


def show(photo: Found, *, kind: str | None = "JPEG", **options: Any) -> dict[str, int | None]:
    return to_programs(Places(photo=photo, kind=kind, **options))


def test_what_iqscore_writes_is_shown_by_all_but_photoprism() -> None:
    programs = show(Found(xmp=4, exif=4, exif_percent=75, microsoft=75, own=4))
    assert programs.pop("PhotoPrism") is None
    assert set(programs.values()) == {4}
    assert len(programs) == len(PROGRAMS) - 1


@pytest.mark.parametrize(
    ("photo", "expected"),
    [
        (Found(), {}),
        (Found(xmp=4), dict.fromkeys([*ADOBE, "darktable", "digiKam", TOLD, "Windows", "Immich"], 4)),
        (Found(exif=2), dict.fromkeys(["darktable", "digiKam", TOLD, "Windows", "Immich"], 2)),
        (Found(exif_percent=75), {"darktable": 3, "digiKam": 4, TOLD: 4, "Windows": 4}),
        (Found(exif_percent=40), {"darktable": 2, "digiKam": 2, TOLD: 2, "Windows": 3}),
        (Found(exif_percent=100), {"darktable": 5, "Windows": 5}),
        (Found(microsoft=99), {"digiKam": 5, TOLD: 5, "Windows": 5}),
        (
            Found(xmp=1, exif=2, exif_percent=50, microsoft=75),
            {**dict.fromkeys([*ADOBE, "darktable", "digiKam", TOLD, "Immich"], 1), "Windows": 3},
        ),
        (Found(exif=2, microsoft=75), {"darktable": 2, "digiKam": 4, TOLD: 4, "Windows": 4, "Immich": 2}),
        (
            Found(xmp=-1),
            {"Lightroom": 0, "Bridge": -1, "Capture One": 0, "darktable": -1, "Windows": 0, "Immich": -1},
        ),
        (Found(xmp=-1, exif=0), {"digiKam": 0, TOLD: 0, "Bridge": -1, "Windows": 0}),
    ],
)
def test_places_within_a_jpeg_are_believed_in_each_programs_order(
    photo: Found, expected: dict[str, int | None]
) -> None:
    shown = show(photo)
    found = {program: stars for program, stars in shown.items() if stars is not None}
    assert {**found, **expected} == found
    if photo != Found(xmp=-1, exif=0):
        assert found == expected


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", None])
def test_windows_looks_at_jpeg_and_tiff_alone(kind: str | None) -> None:
    photo = Found(xmp=4, exif=4, exif_percent=75, microsoft=75)
    assert show(photo, kind=kind)["Windows"] is None
    assert show(photo, kind="TIFF")["Windows"] == 4
    assert show(photo, **RAW)["Windows"] is None


def test_sidecars_of_a_jpeg() -> None:
    photo, full, stem = Found(xmp=4, exif=2), Found(xmp=3), Found(xmp=5)
    both = show(photo, full=full, stem=stem)
    assert [both[name] for name in (*ADOBE, "digiKam", "Windows")] == [4, 4, 4, 4, 2]
    assert [both[name] for name in ("darktable", TOLD, "Immich")] == [3, 3, 3]
    alone = show(photo, stem=stem)
    assert [alone[name] for name in ("darktable", TOLD, "Immich", "Lightroom")] == [5, 4, 5, 4]


def test_a_sidecar_without_a_rating() -> None:
    photo, none = Found(xmp=4, exif=2), Found()
    full, stem = show(photo, full=none), show(photo, stem=none)
    assert [full[name] for name in ("darktable", "Immich", TOLD)] == [None, 4, 2]
    assert [stem[name] for name in ("darktable", "Immich", "Bridge")] == [4, 4, 4]


def test_sidecars_of_raw_photos() -> None:
    photo, stem = Found(xmp=0), Found(xmp=5)
    raw = show(photo, stem=stem, **RAW)
    assert [raw[name] for name in (*ADOBE, "darktable", "Immich", "digiKam")] == [5, 5, 5, 5, 5, 0]
    dng = show(photo, stem=stem, is_dng=True, **RAW)
    assert [dng[name] for name in (*ADOBE, "darktable", "Immich")] == [0, 0, 0, 5, 5]
    assert [show(photo, full=stem, **RAW)[name] for name in (*ADOBE, "darktable", TOLD)] == [0, 0, 0, 5, 5]
