"""From RGB that no ICC profile explains to 8-bit sRGB: wide gamuts, and high dynamic range made fit for a screen."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PQ, HLG = 16, 18
"""The transfer functions of high dynamic range, by code point."""
ADOBE = 1000
"""In place of code points, which know none for it: Adobe RGB (1998), as cameras mean it."""

Floats = NDArray[np.float64]

# linear light to that of sRGB (BT.709), both white at D65; BT.2087 for BT.2020
_TO_SRGB = {
    9: np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]),
    ADOBE: np.array([[1.3984, -0.3984, 0.0], [0.0, 1.0, 0.0], [0.0, -0.0429, 1.0429]]),
    12: np.array([[1.2249, -0.2247, 0.0], [-0.0420, 1.0419, 0.0], [-0.0197, -0.0786, 1.0979]]),
}
_SDR_LIKE_SRGB = {1, 2, 6, 13, 14, 15, ADOBE}
"""Transfers that a screen shows much like that of sRGB, among them 2, unspecified."""
_PAPER_WHITE = 203.0
"""Candela per square metre of white paper in HDR (BT.2408)."""
_PEAK = 1000.0 / _PAPER_WHITE
_KNEE = 0.6
"""Linear light from which on HDR is compressed."""


def is_hdr(transfer: int) -> bool:
    """Tell whether code values stand for high dynamic range."""
    return transfer in {PQ, HLG}


def to_srgb(image: Image.Image, primaries: int, transfer: int) -> Image.Image:
    """Return an RGB image in sRGB; as it is where its code points say so, or are of no known kind."""
    matrix = _TO_SRGB.get(primaries)
    if not is_hdr(transfer) and (matrix is None or transfer not in _SDR_LIKE_SRGB):
        return image
    levels = np.arange(256) / 255.0
    light = _to_light(levels, transfer)[np.asarray(image)]
    if matrix is not None:
        light = light @ matrix.T
    if is_hdr(transfer):
        light = _compress(light)
    return Image.fromarray(np.rint(_from_light(np.clip(light, 0.0, 1.0)) * 255.0).astype(np.uint8))


def _to_light(values: Floats, transfer: int) -> Floats:
    """Return linear light, 1 for white paper."""
    if transfer == PQ:
        # SMPTE ST 2084
        root = values ** (1 / 78.84375)
        share = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
        return 10000.0 / _PAPER_WHITE * share ** (1 / 0.1593017578125)
    if transfer == HLG:
        # BT.2100, shown at 1,000 candela with a system gamma of 1.2, here of each channel
        low, high = values**2 / 3, (np.exp((values - 0.55991073) / 0.17883277) + 0.28466892) / 12
        return _PEAK * np.where(values <= 0.5, low, high) ** 1.2
    if transfer == ADOBE:
        return values ** (563 / 256)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _compress(light: Floats) -> Floats:
    """Bring light brighter than white below it, by its brightest channel, so that hues stay; shadows stay too."""
    peak = np.maximum(light.max(axis=-1, keepdims=True), 1e-6)
    rest = 1.0 - _KNEE
    shown = np.where(peak <= _KNEE, peak, _KNEE + rest * (1 - np.exp(-(peak - _KNEE) / rest)))
    compressed: Floats = light * (shown / peak)
    return compressed


def _from_light(light: Floats) -> Floats:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
