"""Read what a shipped model knows back, as the starting point of further training.

    python -m training.shipped models/defects-mobilenet.onnx features.onnx

writes the features of a defect model, its int8 half that `training.make_defect_pool --features` and `training.export`
take, so that heads can be fitted anew on what stays as it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from training.export import FEATURES, HEADS_PREFIX
from training.networks import AestheticNet, DefectNet

Stored = Mapping[str, NDArray[Any]]
PREFIX = "net."
"""What modules that are exported put before the names of the network."""


def load_shipped(net: AestheticNet | DefectNet, file: Path, but: str | None = None) -> None:
    """Set the weights of a network to those of an int8 file that `training.export` wrote, as near as int8 kept them.

    Those of the part `but` are left as they are; the file may lack them.
    """
    graph = onnx.load(str(file)).graph
    stored = {w.name.removeprefix(HEADS_PREFIX): numpy_helper.to_array(w) for w in graph.initializer}
    stored |= dict(_find_unnamed(graph, stored))
    wanted = {name: value for name, value in net.state_dict().items() if name.split(".")[0] != but}
    weights = {name: torch.from_numpy(_find(stored, PREFIX + name, value)) for name, value in wanted.items()}
    net.load_state_dict(weights, strict=but is None)


def extract_features(file: Path, target: Path) -> None:
    """Write the features of a shipped defect model as a model of their own, exactly as they are served."""
    onnx.utils.extract_model(str(file), str(target), ["views"], FEATURES)


def _find_unnamed(graph: onnx.GraphProto, stored: Stored) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield weights of linear layers that see three dimensions: the exporter keeps only the names of their biases."""
    readers = {name: node for node in graph.node for name in node.input}
    for node in graph.node:
        if node.op_type == "MatMul" and (reader := readers.get(node.output[0])) and reader.op_type == "Add":
            weight = stored.get(f"{node.input[1].removeprefix(HEADS_PREFIX)}_half")
            bias = reader.input[0].removeprefix(HEADS_PREFIX)
            if weight is not None and bias in stored:
                yield bias.removesuffix("bias") + "weight", weight.T


def _find(stored: Stored, name: str, value: torch.Tensor) -> NDArray[np.float32]:
    if name in stored:
        found = stored[name]
    elif f"{name}_half" in stored:
        found = stored[f"{name}_half"]
    elif f"{name}_quantized" in stored:
        # scales are per output channel; zero points are 0
        scale = stored[f"{name}_quantized_scale" if name.endswith("bias") else f"{name}_scale"]
        found = stored[f"{name}_quantized"] * scale.reshape(-1, *[1] * (value.ndim - 1))
    else:
        raise ValueError(f"no {name} among the weights; is the file one that training.export wrote?")
    return np.array(found, np.float32).reshape(tuple(value.shape))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("target", type=Path)
    args = parser.parse_args()
    extract_features(args.model, args.target)


if __name__ == "__main__":
    main()
