"""Which library reads which kind of photo, whether it is there, and how to get it; none of them is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec


@dataclass(frozen=True, slots=True)
class Reader:
    """What reads one kind of photo."""

    kind: str
    package: str
    """Its name in the package index."""
    module: str
    """Its name in an import."""
    advice: str
    """What to type where it is missing."""


READERS = {
    reader.kind: reader
    for reader in (
        Reader("HEIC", "pillow-heif", "pillow_heif", "pip install pillow-heif"),
        Reader("camera RAW", "rawpy", "rawpy", "pip install rawpy"),
        Reader("JPEG XL", "pillow-jxl-plugin", "pillow_jxl", "pip install 'iqscore[jxl]'"),
        Reader("TIFF of 32 bits", "tifffile", "tifffile", "pip install 'iqscore[tiff]'"),
    )
}
"""By the kind of photo, as formats.to_plugin_kind names it, or decode_tiff; all other kinds are Pillow's own."""


@cache
def is_installed(kind: str) -> bool:
    """Tell whether there is a library for photos of a kind."""
    return find_spec(READERS[kind].module) is not None


def get_version(package: str) -> str | None:
    """Return the version of an installed package, None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
