"""Read the weights of a shipped aesthetic model back, as the starting point of further training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from training.networks import AestheticNet

PREFIX = "net."
"""What `AestheticServing` puts before the names of the network."""


def load_shipped(net: AestheticNet, file: Path) -> None:
    """Set the weights of a network to those of an int8 file that `training.export` wrote, as near as int8 kept them."""
    stored = {w.name: numpy_helper.to_array(w) for w in onnx.load(str(file)).graph.initializer}
    weights = {name: torch.from_numpy(_find(stored, PREFIX + name, value)) for name, value in net.state_dict().items()}
    net.load_state_dict(weights)


def _find(stored: dict[str, NDArray[Any]], name: str, value: torch.Tensor) -> NDArray[np.float32]:
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
