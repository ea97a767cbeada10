"""The only file that knows onnx: the graph of a NIMA MobileNet, in float32 or in int8.

It takes `views`, uint8 (photos, 1, 224, 224, 3), and gives `histogram`, (photos, 10), as the shipped models do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iqscore._version import __version__
from iqscore.errors import ModelError
from iqscore.importing.nima import CEILING, MARKS, SIZE, Conv, Nima
from iqscore.importing.rounding import IntConv, to_int8

OPSET, IR_VERSION = 17, 8
HALF = 127.5
"""Pixels are x / HALF - 1 to the network."""
MIDDLE = 128
"""The pixel that stands for 0 in int8, where there is no half."""
STEP = CEILING / 255
"""Between two outputs of an int8 convolution."""


class _Graph:
    """Nodes and constants as they are added; each value has the name of what made it."""

    def __init__(self) -> None:
        self._onnx = _import_onnx()
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any] | np.generic) -> str:
        """Add a constant and return its name."""
        self._constants.append(self._onnx.numpy_helper.from_array(np.asarray(values), name))
        return name

    def node(self, operator: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:
        """Add a node and return the name of its output."""
        self._nodes.append(self._onnx.helper.make_node(operator, list(inputs), [name], name, **attributes))
        return name

    def finish(self) -> bytes:
        """Return the model file."""
        helper, kinds = self._onnx.helper, self._onnx.TensorProto
        views = helper.make_tensor_value_info("views", kinds.UINT8, ["photos", 1, SIZE, SIZE, 3])
        histogram = helper.make_tensor_value_info("histogram", kinds.FLOAT, ["photos", MARKS])
        model = helper.make_model(
            helper.make_graph(self._nodes, "nima", [views], [histogram], self._constants),
            opset_imports=[helper.make_opsetid("", OPSET)],
            ir_version=IR_VERSION,
            producer_name="iqscore",
            producer_version=__version__,
        )
        self._onnx.checker.check_model(model)
        data: bytes = model.SerializeToString(deterministic=True)
        return data


def _import_onnx() -> Any:
    try:
        import onnx
    except ImportError as error:
        raise ModelError("importing a model needs onnx; install it with: pip install 'iqscore[import]'") from error
    return onnx


def build_float(nima: Nima) -> bytes:
    """Return the network in float32, as an ONNX file."""
    graph = _Graph()
    numbers = graph.node("Cast", [_add_photos(graph)], "numbers", to=1)
    small = graph.node("Div", [numbers, graph.constant("half", np.float32(HALF))], "small")
    value = graph.node("Sub", [small, graph.constant("one", np.float32(1))], "pixels")
    limits = [graph.constant("floor", np.float32(0)), graph.constant("ceiling", np.float32(CEILING))]
    for place, conv in enumerate(nima.convs):
        parts = [graph.constant(f"weights_{place}", conv.weights), graph.constant(f"bias_{place}", conv.bias)]
        value = graph.node("Clip", [_add_conv(graph, place, conv, [value, *parts]), *limits], f"relu_{place}")
    _add_head(graph, nima, value)
    return graph.finish()


def build_int8(nima: Nima) -> bytes:
    """Return the network with int8 convolutions, as an ONNX file; no photo is needed to make it.

    QDQ: unsigned outputs in 256 steps from 0 to 6, whose saturation is ReLU6 itself (on photos nearly every layer
    reaches 6), and signed weights with a scale for each channel. Views are taken as they are, 128 for 0; the half
    that this is off goes into the first bias. The head stays in float32, else the ten bins come in steps.
    """
    graph = _Graph()
    value = _add_scale(graph, _add_photos(graph), "pixels", np.float32(1 / HALF), np.uint8(MIDDLE))
    half = (MIDDLE - HALF) / HALF
    first = nima.convs[0]
    shifted = replace(first, bias=(first.bias + half * first.weights.sum((1, 2, 3))).astype(np.float32))
    average, step = np.full(3, -half), 1 / HALF
    for place, conv in enumerate((shifted, *nima.convs[1:])):
        parts = _add_parts(graph, place, to_int8(conv, step, average))
        value = _add_steps(graph, place, _add_conv(graph, place, conv, [value, *parts]))
        average, step = conv.expected, STEP
    _add_head(graph, nima, value)
    return graph.finish()


def _add_photos(graph: _Graph) -> str:
    """Add what makes (photos, 3, 224, 224) of the views."""
    shape = graph.constant("shape", np.array([-1, SIZE, SIZE, 3], np.int64))
    return graph.node("Transpose", [graph.node("Reshape", ["views", shape], "photos")], "channels", perm=[0, 3, 1, 2])


def _add_conv(graph: _Graph, place: int, conv: Conv, inputs: Sequence[str]) -> str:
    return graph.node(
        "Conv", inputs, f"conv_{place}", strides=[conv.stride] * 2, pads=list(conv.pads), group=conv.groups
    )


def _add_parts(graph: _Graph, place: int, conv: IntConv) -> list[str]:
    """Add weights and biases, and what scales them; return the names of both."""
    weights = graph.constant(f"whole_weights_{place}", conv.weights)
    bias = graph.constant(f"whole_bias_{place}", conv.bias)
    none = np.zeros_like(conv.bias)
    return [
        _add_scale(graph, weights, f"weights_{place}", conv.scales, none.astype(np.int8), axis=0),
        _add_scale(graph, bias, f"bias_{place}", conv.bias_scales, none, axis=0),
    ]


def _add_scale(
    graph: _Graph, value: str, name: str, scale: NDArray[Any] | np.generic, zero: NDArray[Any] | np.generic, **how: int
) -> str:
    inputs = [value, graph.constant(f"{name}_scale", scale), graph.constant(f"{name}_zero", zero)]
    return graph.node("DequantizeLinear", inputs, name, **how)


def _add_steps(graph: _Graph, place: int, value: str) -> str:
    """Add the rounding of a convolution's output to whole steps from 0 to 6."""
    how = [graph.constant(f"step_{place}", np.float32(STEP)), graph.constant(f"none_{place}", np.uint8(0))]
    steps = graph.node("QuantizeLinear", [value, *how], f"steps_{place}")
    return graph.node("DequantizeLinear", [steps, *how], f"relu_{place}")


def _add_head(graph: _Graph, nima: Nima, value: str) -> None:
    features = graph.node("Flatten", [graph.node("GlobalAveragePool", [value], "pooled")], "features")
    weights, bias = graph.constant("head_weights", nima.weights), graph.constant("head_bias", nima.bias)
    marks = graph.node("Gemm", [features, weights, bias], "marks")
    graph.node("Softmax", [marks], "histogram", axis=1)
