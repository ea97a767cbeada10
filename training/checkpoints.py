"""Training that was cut off goes on after its last whole epoch, with the same numbers as if it had not been."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch


class Stateful(Protocol):
    """What torch's modules, optimizers and schedules have in common."""

    def state_dict(self) -> Any: ...

    def load_state_dict(self, state_dict: Any) -> Any: ...


class Checkpoint:
    """The state of one training in one file; it belongs to a recipe, and another recipe starts anew."""

    def __init__(self, file: Path, recipe: dict[str, float], rng: np.random.Generator, **parts: Stateful) -> None:
        self._file = file
        self._recipe = recipe
        self._rng = rng
        self._parts = parts

    def load(self) -> int:
        """Restore what was saved and return how many epochs are done, 0 where there is nothing of this recipe."""
        if not self._file.exists():
            return 0
        saved = torch.load(self._file, weights_only=False)
        if saved["recipe"] != self._recipe:
            return 0
        for name, part in self._parts.items():
            part.load_state_dict(saved[name])
        self._rng.bit_generator.state = saved["rng"]
        torch.set_rng_state(saved["torch_rng"])
        print(f"  goes on after {saved['epochs']} epochs of {self._file}", flush=True)
        return int(saved["epochs"])

    def save(self, epochs: int) -> None:
        """Write the state after so many epochs; a cut in the middle of it leaves the last one whole."""
        state = {name: part.state_dict() for name, part in self._parts.items()}
        state |= {"recipe": self._recipe, "epochs": epochs, "rng": self._rng.bit_generator.state}
        state["torch_rng"] = torch.get_rng_state()
        part = self._file.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._file)

    def remove(self) -> None:
        self._file.unlink(missing_ok=True)
