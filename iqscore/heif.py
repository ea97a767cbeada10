"""HEIC through pillow-heif (libheif and libde265), the only file that knows it.

libheif turns and mirrors pictures itself, as the file's own properties say; the EXIF orientation beside them, which
says the same again, is taken out by pillow-heif.
"""

from __future__ import annotations

from typing import Any

import pillow_heif
from PIL import Image

from iqscore.codepoints import Nclx

FORMAT = "HEIF"
"""Pillow's name of the format."""

# one thread a photo, as photos are decoded side by side; of what is beside the picture nothing is looked at
pillow_heif.register_heif_opener(decode_threads=1, thumbnails=False, depth_images=False, aux_images=False)


def get_nclx(image: Image.Image) -> Nclx | None:
    """Return the colours of a HEIC photo by their code points, None where they are told by an ICC profile or not."""
    profile: dict[str, Any] = image.info.get("nclx_profile") or {}
    try:
        return Nclx(int(profile["color_primaries"]), int(profile["transfer_characteristics"]))
    except (KeyError, TypeError, ValueError):
        return None


def get_library() -> str:
    """Return what decodes, with its version."""
    return f"libheif {pillow_heif.libheif_version()}"
