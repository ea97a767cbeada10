"""What the camera says about a photo, read from EXIF of whatever quality: nothing in it is trusted."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, BinaryIO, TypeVar

from PIL import ExifTags, Image

from iqscore.records import Exif

_DATE = re.compile(r"(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_LONGEST = 100
"""Characters of a name; those of cameras and lenses have up to sixty."""
_ORDERS = {b"II": b"II*\0", b"MM": b"MM\0*"}
_OWN_NUMBERS = {b"RO", b"RS", b"OR", b"U\0"}
_BEGINNING = 1 << 20
"""Bytes of a RAW file that hold its EXIF."""
_Tags = Mapping[int, Any]
_T = TypeVar("_T")


def get_orientation(exif: Image.Exif) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where it is missing or makes no sense."""
    value = _try(lambda: exif.get(ExifTags.Base.Orientation))
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def read_taken(exif: Image.Exif) -> str | None:
    """Return when the camera says the photo was taken, "YYYY-MM-DDTHH:MM:SS", or None."""
    original = _read_inner(exif).get(ExifTags.Base.DateTimeOriginal)
    return _to_iso(original) or _to_iso(_try(lambda: exif.get(ExifTags.Base.DateTime)))


def read_exif(exif: Image.Exif) -> Exif:
    """Return what else the camera says; None for what is missing or makes no sense."""
    first, inner = _try(lambda: dict(exif)) or {}, _read_inner(exif)
    base = ExifTags.Base
    return Exif(
        camera=_to_camera(_to_text(first.get(base.Make)), _to_text(first.get(base.Model))),
        lens=_to_text(inner.get(base.LensModel)),
        iso=_to_whole(_to_number(inner.get(base.ISOSpeedRatings, first.get(base.ISOSpeedRatings)))),
        shutter=_pick(inner, first, base.ExposureTime) or _from_apex(inner.get(base.ShutterSpeedValue), -1.0),
        aperture=_pick(inner, first, base.FNumber) or _from_apex(inner.get(base.ApertureValue), 0.5),
        focal=_pick(inner, first, base.FocalLength),
    )


def read_tiff_header(file: BinaryIO) -> Image.Exif:
    """Return the EXIF of a file that is a TIFF inside, as most camera RAW is; empty where it is none."""
    exif = Image.Exif()
    with suppress(Exception):
        magic = file.read(4)
        # Olympus and Panasonic have numbers of their own in place of 42
        standard = _ORDERS.get(magic[:2]) if magic[2:] in _OWN_NUMBERS else None
        file.seek(0)
        exif.load_from_fp(io.BytesIO(standard + file.read(_BEGINNING)[4:]) if standard else file)
        exif.get_ifd(ExifTags.IFD.Exif)
    return exif


def fill(exif: Exif, more: Exif) -> Exif:
    """Return `exif` with what it lacks from `more`."""
    lacking = [field.name for field in fields(Exif) if getattr(exif, field.name) is None]
    return replace(exif, **{name: getattr(more, name) for name in lacking})


def to_exif(*, lens: str, iso: float, shutter: float, aperture: float, focal: float) -> Exif:
    """Return what another reader than ours says; 0 and "" are its words for what it does not know."""
    return Exif(
        lens=_to_text(lens),
        iso=_to_whole(_to_number(iso)),
        shutter=_to_number(shutter),
        aperture=_to_number(aperture),
        focal=_to_number(focal),
    )


def _try(read: Callable[[], _T]) -> _T | None:
    try:
        return read()
    except Exception:  # noqa: BLE001 - broken metadata is no reason to refuse a photo
        return None


def _read_inner(exif: Image.Exif) -> _Tags:
    return _try(lambda: exif.get_ifd(ExifTags.IFD.Exif)) or {}


def _pick(inner: _Tags, first: _Tags, tag: int) -> float | None:
    # TIFF/EP, and so DNG, has them in the first directory
    return _to_number(inner.get(tag)) or _to_number(first.get(tag))


def _from_apex(value: object, factor: float) -> float | None:
    """Return 2 to the power of an APEX value times `factor` (EXIF 2.3, annex C)."""
    apex = _to_number(value, signed=True)
    return None if apex is None or abs(apex) > 40 else _to_number(2.0 ** (apex * factor))


def _to_number(value: object, *, signed: bool = False) -> float | None:
    if isinstance(value, tuple) and value:
        value = value[0]
    number = _try(lambda: float(value))  # type: ignore[arg-type]
    if number is None or not math.isfinite(number) or (number <= 0 and not signed):
        return None
    return float(f"{number:.6g}")


def _to_whole(number: float | None) -> int | None:
    return None if number is None or number < 1 else round(number)


def _to_text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    text = "".join(filter(str.isprintable, value.partition("\0")[0]))[:_LONGEST]
    return " ".join(text.split()) or None


def _to_camera(make: str | None, model: str | None) -> str | None:
    if not make or not model:
        return model or make
    # "NIKON CORPORATION", "NIKON D850"
    return model if model.lower().startswith(make.split()[0].lower()) else f"{make} {model}"


def _to_iso(text: object) -> str | None:
    match = _DATE.match(text.strip()) if isinstance(text, str) else None
    try:
        return datetime(*map(int, match.groups())).isoformat() if match else None  # type: ignore[arg-type]
    except ValueError:
        return None
