"""Which stars programs show of what a photo and its sidecars say, as they are after installation.

None is run; where each is known from:

- darktable: darktable-cli 4.2.1, run on each case (tests/metadata/test_darktable.py), and its src/common/exif.cc. Not
  followed: EXIF counts only where the photo has no XMP at all, and a photo without a rating gets the one star that the
  import settings start with.
- digiKam: core/libs/metadataengine, `DMetadata::getItemRating`, `DMetadataSettingsContainer` (the order of the places),
  `MetaEngine::sidecarFilePathForFile`, `loadSidecarData` (the XMP of a sidecar replaces that of the photo) and
  `useXMPSidecar4Reading`, which is off.
- Immich: server/src/services/metadata.service.ts, `mergeExifTags` and `processSidecar`; exiftool 12.57, run, prefers
  xmp:Rating to EXIF where a photo has both. Rejected photos: immich-app/immich#28886.
- PhotoPrism: keeps no stars, photoprism/photoprism#713.
- Windows: "Photo Metadata Policies" of System.Rating and System.SimpleRating (learn.microsoft.com), for JPEG and TIFF.
- Lightroom, Bridge and Capture One: xmp:Rating, in sidecars of proprietary RAW and within all else, DNG too
  (asktimgrey.com/2018/09/07/purpose-of-xmp); Lightroom takes no rejection from files, as it says there. Capture One
  loads sidecars when its preferences say so. None of the three is open to look into.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from iqscore.metadata import Found
from iqscore.metadata.values import PERCENTS, from_percent


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """What there is of one photo."""

    photo: Found
    kind: str | None
    """The format of its content, as Pillow names it; None for one that is not read."""
    is_raw: bool = False
    is_dng: bool = False
    full: Found | None = None
    """The sidecar IMG.CR2.xmp, None where there is none."""
    stem: Found | None = None
    """The sidecar IMG.xmp, also where it is another photo's too."""


def to_programs(places: Places) -> dict[str, int | None]:
    """Return the rating that each program shows, -1 to 5; None where it finds none."""
    return {program: show(places) for program, show in PROGRAMS.items()}


def _show_bridge(places: Places) -> int | None:
    sidecar = places.stem if places.is_raw and not places.is_dng else None
    return _get_first([sidecar.xmp if sidecar else None, places.photo.xmp])


def _show_lightroom(places: Places) -> int | None:
    stars = _show_bridge(places)
    return None if stars is None else max(stars, 0)


def _show_darktable(places: Places) -> int | None:
    if places.full:
        return places.full.xmp
    photo = places.photo
    percent = None if photo.exif_percent is None else photo.exif_percent * 5 // 100
    return _get_first([places.stem.xmp if places.stem else None, photo.xmp, photo.exif, percent])


def _show_digikam(places: Places, *, told: bool = False) -> int | None:
    """Of a rating out of range, as -1 is, digiKam goes on to the next place; `told` to read sidecars."""
    photo, xmp = places.photo, places.full if told and places.full else places.photo
    percents = [_to_digikam(percent) for percent in (xmp.microsoft, photo.exif_percent)]
    values = [xmp.xmp, percents[0], photo.exif, percents[1]]
    return next((stars for stars in values if stars is not None and 0 <= stars <= 5), None)


def _to_digikam(percent: int | None) -> int | None:
    return bisect_right(PERCENTS, percent) - 1 if percent is not None and percent <= PERCENTS[-1] else None


def _show_windows(places: Places) -> int | None:
    if places.is_raw or places.kind not in {"JPEG", "TIFF"}:
        return None
    photo = places.photo
    percent = _get_first([photo.exif_percent, photo.microsoft])
    if percent is not None:
        return from_percent(percent)
    stars = _get_first([photo.exif, photo.xmp])
    return None if stars is None else max(stars, 0)


def _show_immich(places: Places) -> int | None:
    sidecar = places.full or places.stem
    return _get_first([sidecar.xmp if sidecar else None, places.photo.xmp, places.photo.exif])


def _get_first(values: Iterable[int | None]) -> int | None:
    return next((value for value in values if value is not None), None)


PROGRAMS: Mapping[str, Callable[[Places], int | None]] = {
    "Lightroom": _show_lightroom,
    "Bridge": _show_bridge,
    "Capture One": _show_lightroom,
    "darktable": _show_darktable,
    "digiKam": _show_digikam,
    "digiKam told to read sidecars": lambda places: _show_digikam(places, told=True),
    "Windows": _show_windows,
    "Immich": _show_immich,
    "PhotoPrism": lambda _: None,
}
