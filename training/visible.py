"""How much of a defect shows on a photo: the severity that a spoilt photo is labelled with."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import laplace

from training.light import LUMA, Pixels, to_image

See = Callable[[float, Pixels, Pixels], float]


def to_seen(kind: str, severity: float, before: Pixels, after: Pixels) -> float:
    """Return how severe a defect looks that was applied with `severity`: half as much light ruins a dark photo only.

    `kind` is a defect, or "tilt" or "bad crop" for the two of composition. What cannot be seen on a photo cannot be
    learned from it either, so labels follow what the pixels show.
    """
    return SEEN[kind](severity, before, after) if kind in SEEN else severity


def _see_tilt(severity: float, before: Pixels, after: Pixels) -> float:
    return severity * to_uprightness(before)


def _see_cut(severity: float, before: Pixels, after: Pixels) -> float:
    """What is cut away is not known from what is left: little of it does not show."""
    return 0.7 * severity


def _see_dark(severity: float, before: Pixels, after: Pixels) -> float:
    return severity * float(np.clip((0.5 - _to_luma(after).mean()) / 0.22, 0.15, 1))


def _see_bright(severity: float, before: Pixels, after: Pixels) -> float:
    """Half what was meant, as far as the photo is bright, half how much of it is white or nearly so."""
    luma = _to_luma(after)
    white = float((luma > 0.985).mean())
    meant = severity * float(np.clip(max((luma.mean() - 0.42) / 0.22, 2.5 * white), 0.15, 1))
    return 0.5 * meant + 0.5 * float(np.clip(0.25 + 0.26 * (luma.mean() - 0.42) + 0.67 * white, 0, 1)) * min(
        1, 5 * meant
    )


def _see_soft(severity: float, before: Pixels, after: Pixels) -> float:
    """Where what was crisp still is, nothing tells that the rest should have been."""
    kept = _to_crispness(after) / (_to_crispness(before) + 1e-6)
    return severity * float(np.clip((1 - kept) / 0.5, 0.2, 1))


def _see_faded(severity: float, before: Pixels, after: Pixels) -> float:
    had, has = _to_colour(before), _to_colour(after)
    return severity * float(np.clip(had / 0.06, 0.05, 1) * np.clip((0.16 - has) / 0.1, 0.15, 1))


def _see_garish(severity: float, before: Pixels, after: Pixels) -> float:
    return severity * float(np.clip((_to_colour(after) - 0.15) / 0.25, 0.1, 1))


def _see_cast(severity: float, before: Pixels, after: Pixels) -> float:
    """A cast that outweighs an opposite one is hardly seen, and on a photo without colour it is a toning."""
    was, now = _to_light(before), _to_light(after)
    moved = float(np.hypot(*(now - was))) + 1e-6
    away = 1 + (float(np.hypot(*now)) - float(np.hypot(*was))) / moved
    return severity * float(np.clip(away, 0.2, 1) * np.clip(_to_colour(before) / 0.03, 0.2, 1))


def _see_haze(severity: float, before: Pixels, after: Pixels) -> float:
    """Half what was meant, half what contrast was lost, on the same scale as `training.degrade.add_haze`."""
    kept = _to_contrast(after) / (_to_contrast(before) + 1e-6)
    lost = (-np.log(np.clip(kept, 0.05, 1)) - 0.22) / 1.5
    return 0.5 * severity + 0.5 * float(np.clip(lost, 0, 1))


def _see_flare(severity: float, before: Pixels, after: Pixels) -> float:
    return severity * float(np.clip(np.abs(after - before).mean() / 0.08, 0.3, 1))


SEEN: dict[str, See] = {
    "underexposure": _see_dark,
    "overexposure": _see_bright,
    "undersaturation": _see_faded,
    "oversaturation": _see_garish,
    "white_balance": _see_cast,
    "haze": _see_haze,
    "defocus_blur": _see_soft,
    "lens_flare": _see_flare,
    "tilt": _see_tilt,
    "bad crop": _see_cut,
}


def _to_luma(photo: Pixels) -> Pixels:
    return photo @ LUMA


def _to_colour(photo: Pixels) -> float:
    """Return the mean range of channels."""
    return float(np.ptp(photo, axis=2).mean())


def _to_contrast(photo: Pixels) -> float:
    low, high = np.percentile(_to_luma(photo[::4, ::4]), [5, 95])
    return float(high - low)


def _to_crispness(photo: Pixels) -> float:
    """Return the 90th percentile of the deviation of the Laplacian in blocks of 32 px."""
    edges = laplace(_to_luma(photo))
    side = min(32, *edges.shape)
    rows, columns = edges.shape[0] // side, edges.shape[1] // side
    blocks = edges[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return float(np.percentile(blocks.std(axis=(1, 3)), 90))


def _to_light(photo: Pixels) -> Pixels:
    """Return the colour of the light, log2 of red and blue over green, by shades of grey (Finlayson, Trezzi 2004)."""
    mean = np.mean(photo[::4, ::4] ** 4, axis=(0, 1)) ** 0.25 + 1e-3
    return np.log2(mean[[0, 2]] / mean[1])


def to_uprightness(photo: Pixels) -> float:
    """Return how plainly a photo would show a tilt, 0.25 to 1: by its share of edges within 5 degrees of the axes.

    Edges of no direction have a share of 0.11; half of all photos have 0.17 or more, turned by 8 degrees 0.13.
    """
    luma = np.asarray(to_image(photo).convert("L").resize((160, 160)), np.float32)
    down, across = np.gradient(luma)
    strength = np.hypot(down, across)
    strength = np.where(strength > 12, strength, 0)
    angle = np.degrees(np.arctan2(down, across)) % 90
    share = strength[np.minimum(angle, 90 - angle) < 5].sum() / (strength.sum() + 1e-6)
    return float(np.clip((share - 0.11) / 0.09, 0.25, 1))
