"""A convolution in whole numbers: int8 weights with a scale for each channel, int32 biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from iqscore.importing.nima import Array, Conv

STRONGEST = 64
"""Largest weight: 7 bits, as CPUs without VNNI saturate on sums of two products of 8."""
LARGEST = 2**30
"""Largest bias, half of what 32 bits hold."""


@dataclass(frozen=True, slots=True)
class IntConv:
    """Weights and biases to be multiplied by their scales."""

    weights: NDArray[np.int8]
    """(out, in / groups, height, width)."""
    scales: Array
    """(out,)."""
    bias: NDArray[np.int32]
    """(out,)."""
    bias_scales: Array
    """(out,)."""


def to_int8(conv: Conv, step: float, average: NDArray[np.float64]) -> IntConv:
    """Return a convolution whose input comes in whole steps of `step` and is `average`, (in,), on average.

    What rounding the weights adds to a channel on average is taken from its bias (Nagel et al., arXiv 1906.04721, 4.2).
    """
    scales = _choose_scales(conv, step)
    whole = np.clip(np.rint(conv.weights / scales[:, None, None, None]), -STRONGEST, STRONGEST)
    lost = (conv.weights - whole * scales[:, None, None, None]).sum((2, 3), dtype=np.float64)
    bias = conv.bias + (lost[:, 0] * average if conv.groups > 1 else lost @ average)
    bias_scales = (scales * np.float32(step)).astype(np.float32)
    return IntConv(
        weights=whole.astype(np.int8),
        scales=scales,
        bias=np.clip(np.rint(bias / bias_scales), -LARGEST, LARGEST).astype(np.int32),
        bias_scales=bias_scales,
    )


def _choose_scales(conv: Conv, step: float) -> Array:
    strongest = np.abs(conv.weights).max((1, 2, 3)) / STRONGEST
    # a channel that batch norm has all but switched off must still find its bias in 32 bits
    least = np.abs(conv.bias) / (LARGEST * step)
    scales: Array = np.maximum(np.maximum(strongest, least), 1e-12).astype(np.float32)
    return scales
