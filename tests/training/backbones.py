"""A MobileNet V1 with random weights, in the shape that training reads from its file."""

from __future__ import annotations

from torch import manual_seed, nn

from training.backbone import SameConv

# output channels and stride of the 13 pairs of a depthwise and a pointwise convolution
PAIRS = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]


def make_backbone() -> nn.Sequential:
    """Return 27 convolutions."""
    manual_seed(0)
    layers = [SameConv(nn.Conv2d(3, 32, 3, stride=2))]
    channels = 32
    for out, stride in PAIRS:
        padding = 0 if stride == 2 else 1
        layers.append(SameConv(nn.Conv2d(channels, channels, 3, stride=stride, padding=padding, groups=channels)))
        layers.append(SameConv(nn.Conv2d(channels, out, 1)))
        channels = out
    for layer in layers:
        nn.init.kaiming_normal_(layer.conv.weight, nonlinearity="relu")
    return nn.Sequential(*layers)
