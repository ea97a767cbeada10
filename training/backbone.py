"""Read a quantised TensorFlow Lite MobileNet, V1 or V2, into torch, as the starting point of training.

The files are Google Coral's `mobilenet_v1_1.0_224_quant_embedding_extractor.tflite`, which training starts from, and
`mobilenet_v2_1.0_224_quant.tflite`, for teachers (ImageNet, Apache-2.0): uint8 per tensor, batch norm folded into
weights and biases, input x / 127.5 - 1, ReLU6 after every convolution but the linear bottlenecks of V2.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tflite
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

OPTIONS = {
    tflite.BuiltinOperator.CONV_2D: tflite.Conv2DOptions,
    tflite.BuiltinOperator.DEPTHWISE_CONV_2D: tflite.DepthwiseConv2DOptions,
}


class SameConv(nn.Module):
    """A convolution with TensorFlow's SAME padding and, unless it is a linear bottleneck, ReLU6.

    With stride 2 and an even input, SAME pads one pixel right and bottom only; torch's symmetric padding would
    shift every feature by half a pixel.
    """

    def __init__(self, conv: nn.Conv2d, linear: bool = False) -> None:
        super().__init__()
        self.conv = conv
        self.linear = linear

    def forward(self, x: Tensor) -> Tensor:
        if self.conv.stride[0] == 2:
            x = functional.pad(x, (0, 1, 0, 1))
        x = self.conv(x)
        return x if self.linear else functional.relu6(x)


class Residual(nn.Module):
    """An inverted residual block of MobileNet V2 that keeps its size."""

    def __init__(self, layers: list[SameConv]) -> None:
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        kept: Tensor = x + self.layers(x)
        return kept


def read_mobilenet(path: Path) -> nn.Sequential:
    """Return the convolutions of the file up to its pooling, dequantised to float.

    Of V1 they are 27 (1 full, 13 depthwise + pointwise pairs); of V2 those of a residual block stand together as one.
    """
    done: list[nn.Module] = []
    block: list[SameConv] = []
    for kind, layer in _read_layers(tflite.Model.GetRootAsModel(path.read_bytes(), 0)):
        if kind == tflite.BuiltinOperator.ADD:
            done, block = [*done, Residual(block)], []
        elif layer:
            if block and block[-1].linear:
                done, block = [*done, *block], []
            block.append(layer)
    return nn.Sequential(*done, *block)


def _read_layers(model: tflite.Model) -> Iterator[tuple[int, SameConv | None]]:
    graph = model.Subgraphs(0)
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind == tflite.BuiltinOperator.AVERAGE_POOL_2D:
            return
        yield kind, _to_conv(model, graph, operator, OPTIONS[kind]) if kind in OPTIONS else None


def _to_conv(model: tflite.Model, graph: tflite.SubGraph, operator: tflite.Operator, to_options: type) -> SameConv:
    data, kernel, bias = (graph.Tensors(int(i)) for i in operator.InputsAsNumpy())
    options = to_options()
    options.Init(operator.BuiltinOptions().Bytes, operator.BuiltinOptions().Pos)
    depthwise = to_options is tflite.DepthwiseConv2DOptions
    weights = _dequantise(model, kernel, np.uint8)  # (out, h, w, in), depthwise (1, h, w, channels)
    weights = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
    stride, channels_in = options.StrideW(), data.Shape(3)
    conv = nn.Conv2d(
        channels_in,
        weights.shape[0],
        weights.shape[2],
        stride=stride,
        padding=0 if stride == 2 else weights.shape[2] // 2,
        groups=channels_in if depthwise else 1,
    )
    with torch.no_grad():
        conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
        assert conv.bias is not None
        conv.bias.copy_(torch.from_numpy(_dequantise(model, bias, np.int32)))
    return SameConv(conv, options.FusedActivationFunction() == tflite.ActivationFunctionType.NONE)


def _dequantise(model: tflite.Model, tensor: tflite.Tensor, dtype: type[np.generic]) -> NDArray[np.float32]:
    values = np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes(), dtype)
    scale = tensor.Quantization().ScaleAsNumpy()[0]
    zero = tensor.Quantization().ZeroPointAsNumpy()[0]
    return ((values.astype(np.float32) - zero) * scale).reshape(tensor.ShapeAsNumpy())
