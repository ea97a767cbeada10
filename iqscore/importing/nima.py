"""NIMA MobileNet as Keras trains it, with batch norm folded into the convolutions.

MobileNet V1 of full width (Howard et al., arXiv 1704.04861) without its top, average pooling, and a dense layer to the
ten bins of NIMA (arXiv 1709.05424). Input is x / 127.5 - 1; ReLU6 follows every convolution.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

SIZE = 224
"""Side of the square that the network looks at, in pixels."""
MARKS = 10
CEILING = 6.0
"""Where ReLU6 ends."""
EPSILON = 1e-3
"""What Keras's MobileNet adds to the variance in batch norm."""
FIRST = 32
"""Channels after the first convolution, which has stride 2."""
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
"""Channels after each depthwise and pointwise pair, and the stride of its depthwise convolution."""


@dataclass(frozen=True, slots=True)
class BatchNorm:
    """What batch norm has learned, each (channels,)."""

    gamma: Array
    beta: Array
    mean: Array
    variance: Array


@dataclass(frozen=True, slots=True)
class Conv:
    """A convolution, batch norm and ReLU6 in one."""

    weights: Array
    """(out, in / groups, height, width)."""
    bias: Array
    """(out,)."""
    stride: int
    groups: int
    centre: Array
    """Mean of each channel before ReLU6 on the photos of training, as batch norm tells it."""
    deviation: Array
    """Deviation of the same."""

    @property
    def expected(self) -> NDArray[np.float64]:
        """Mean of each channel after ReLU6, were the values before it normally distributed.

        E[min(max(x, 0), 6)] of x ~ N(centre, deviation²), a clipped normal (Nagel et al., arXiv 1906.04721, C).
        """
        mean, deviation = self.centre.astype(np.float64), np.maximum(self.deviation.astype(np.float64), 1e-6)
        low, high = -mean / deviation, (CEILING - mean) / deviation
        inside = mean * (_to_share(high) - _to_share(low)) + deviation * (_to_density(low) - _to_density(high))
        return inside + CEILING * (1 - _to_share(high))

    @property
    def pads(self) -> tuple[int, int, int, int]:
        """Zeros above, left, below and right: TensorFlow pads stride 2 on an even side only below and right."""
        margin = self.weights.shape[-1] // 2
        return (0, 0, margin, margin) if self.stride == 2 else (margin,) * 4


@dataclass(frozen=True, slots=True)
class Nima:
    """The whole network."""

    convs: tuple[Conv, ...]
    """27 of them, in the order in which they are run."""
    weights: Array
    """Of the dense layer, (1024, 10)."""
    bias: Array
    """Of the dense layer, (10,)."""


def _to_share(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of a standard normal distribution below z."""
    return np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in z])


def _to_density(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the density of a standard normal distribution at z."""
    return np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)


def fold(kernel: Array, norm: BatchNorm, stride: int) -> Conv:
    """Return the convolution of a Keras kernel (height, width, in, out), or (height, width, channels, 1) depthwise.

    The gain of a channel is gamma / sqrt(variance + epsilon); it multiplies the weights, and the mean for the bias.
    """
    depthwise = kernel.shape[-1] == 1
    order = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
    gain = norm.gamma.astype(np.float64) / np.sqrt(norm.variance.astype(np.float64) + EPSILON)
    weights = kernel.transpose(order) * gain[:, None, None, None]
    return Conv(
        weights=weights.astype(np.float32),
        bias=(norm.beta - norm.mean * gain).astype(np.float32),
        stride=stride,
        groups=len(gain) if depthwise else 1,
        centre=norm.beta,
        deviation=np.abs(norm.gamma),
    )


def list_kernels() -> list[tuple[tuple[int, int, int, int], int]]:
    """Return shape, as Keras has it, and stride of the kernel of every convolution in the order they are run."""
    kernels = [((3, 3, 3, FIRST), 2)]
    channels = FIRST
    for out, stride in BLOCKS:
        kernels += [((3, 3, channels, 1), stride), ((1, 1, channels, out), 1)]
        channels = out
    return kernels
