"""Read a quantised TensorFlow Lite MobileNet V1 into torch, as the starting point of training.

The file is Google Coral's `mobilenet_v1_1.0_224_quant_embedding_extractor.tflite` (ImageNet, Apache-2.0): uint8 per
tensor, batch norm folded into weights and biases, input x / 127.5 - 1, ReLU6 after every convolution.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tflite
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

CONVOLUTIONS = (tflite.BuiltinOperator.CONV_2D, tflite.BuiltinOperator.DEPTHWISE_CONV_2D)


class SameConv(nn.Module):
    """A convolution with TensorFlow's SAME padding and ReLU6.

    With stride 2 and an even input, SAME pads one pixel right and bottom only; torch's symmetric padding would
    shift every feature by half a pixel.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        if self.conv.stride[0] == 2:
            x = functional.pad(x, (0, 1, 0, 1))
        return functional.relu6(self.conv(x))


def read_mobilenet_v1(path: Path) -> nn.Sequential:
    """Return the 27 convolutions (1 full, 13 depthwise + pointwise pairs) of the file, dequantised to float."""
    model = tflite.Model.GetRootAsModel(path.read_bytes(), 0)
    graph = model.Subgraphs(0)
    layers: list[nn.Module] = []
    for index in range(graph.OperatorsLength()):
        operator = graph.Operators(index)
        code = model.OperatorCodes(operator.OpcodeIndex())
        kind = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        if kind in CONVOLUTIONS:
            layers.append(_to_conv(model, graph, operator, kind == CONVOLUTIONS[1]))
    return nn.Sequential(*layers)


def _to_conv(model: tflite.Model, graph: tflite.SubGraph, operator: tflite.Operator, depthwise: bool) -> SameConv:
    data, kernel, bias = (graph.Tensors(int(i)) for i in operator.InputsAsNumpy())
    output = graph.Tensors(int(operator.OutputsAsNumpy()[0]))
    weights = _dequantise(model, kernel, np.uint8)  # (out, h, w, in), depthwise (1, h, w, channels)
    weights = weights.transpose(3, 0, 1, 2) if depthwise else weights.transpose(0, 3, 1, 2)
    stride = data.Shape(1) // output.Shape(1)
    channels_in = data.Shape(3)
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
    return SameConv(conv)


def _dequantise(model: tflite.Model, tensor: tflite.Tensor, dtype: type[np.generic]) -> NDArray[np.float32]:
    values = np.frombuffer(model.Buffers(tensor.Buffer()).DataAsNumpy().tobytes(), dtype)
    scale = tensor.Quantization().ScaleAsNumpy()[0]
    zero = tensor.Quantization().ZeroPointAsNumpy()[0]
    return ((values.astype(np.float32) - zero) * scale).reshape(tensor.ShapeAsNumpy())
