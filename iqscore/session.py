"""The only file that knows ONNX Runtime: opens models on a device and runs them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from iqscore.batches import MicroBatches
from iqscore.cards import Card, find_damage
from iqscore.errors import ModelError
from iqscore.records import DEFECTS

Device = Literal["auto", "cpu", "cuda"]
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"

OUTPUTS: Mapping[str, tuple[tuple[int, ...], ...]] = {"aesthetic": ((10,),), "defects": ((len(DEFECTS),), ())}
"""Of each role, the shapes of its outputs for one photo: a histogram; severities, and a technical mark."""


class Session(Protocol):
    """A loaded model. A plain class with `device` and `run` serves as well, which is how most tests work."""

    device: str
    """Where it really runs: "cpu" or "cuda"."""

    def run(self, views: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Return the model's outputs for views (photos, 1 + tiles, height, width, 3); may run in many threads."""
        ...


OpenSession = Callable[[Card, Device], Session]


class OnnxSession:
    """A model in ONNX Runtime, one thread a call: callers bring their own threads."""

    def __init__(self, file: Path, device: Device) -> None:
        self._file = file
        self._session = _open_onnx(file, device)
        self._input = self._session.get_inputs()[0].name
        self.device = "cuda" if CUDA in self._session.get_providers() else "cpu"
        self.has_fallen_back = device != "cpu" and self.device == "cpu" and CUDA in list_providers()
        """Whether CUDA is built in and was not to be had: ONNX Runtime says nothing of that."""

    @property
    def shapes(self) -> tuple[tuple[object, ...], tuple[tuple[object, ...], ...]]:
        """The shape of the input, and those of the outputs; a dimension without a fixed size is no int."""
        outputs = (tuple(output.shape) for output in self._session.get_outputs())
        return tuple(self._session.get_inputs()[0].shape), tuple(outputs)

    def run(self, views: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        try:
            outputs: list[NDArray[np.float32]] = self._session.run(None, {self._input: views})
        except Exception as error:  # as in _open_onnx
            raise ModelError(f"{self._file}: cannot be run ({_to_reason(error)})") from error
        return outputs


def open_session(card: Card, device: Device) -> Session:
    """Return the card's model on `device`; "auto" takes CUDA where it works, "cuda" raises ModelError if not.

    Raises ModelError too where the file is not the one that the card names, or does not do what its role asks.
    """
    damage = find_damage(card)
    if damage:
        raise ModelError(f"{card.file}: cannot be loaded ({damage})")
    session = OnnxSession(card.file, device)
    _check_shapes(card, session)
    if device == "cuda" and session.device != "cuda":
        raise ModelError(
            "CUDA was asked for but ONNX Runtime fell back to the CPU; check that the CUDA and cuDNN libraries "
            "fit the installed onnxruntime-gpu, or use --device cpu"
        )
    # on the CPU a thread a photo is as fast, and its numbers never depend on what else is in a batch
    return MicroBatches(session.run, session.device) if session.device == "cuda" else session


def get_runtime() -> str:
    """Return what runs the models, with its version: another one may round in another way."""
    return f"onnxruntime {_load_runtime().__version__}"


def list_providers() -> list[str]:
    """Return the execution providers that are used here and that this ONNX Runtime was built with."""
    return [name for name in _load_runtime().get_available_providers() if name in {CUDA, CPU}]


def _load_runtime() -> Any:
    # official builds report their use; outside Windows only this, set before they are loaded, stops all of it
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    return onnxruntime


def _check_shapes(card: Card, session: OnnxSession) -> None:
    views = card.views
    side = None if views.keep_aspect else views.size
    wanted = ((1 + views.tiles, side, side, 3), *OUTPUTS[card.role])
    shown, told = session.shapes
    found = tuple(shape[1:] for shape in (shown, *told))
    fits = len(found) == len(wanted) and all(map(_is_like, found, wanted))
    if not fits:
        raise ModelError(
            f"{card.file}: not the {card.role} model that its card describes (shapes {found}, not {wanted})"
        )


def _is_like(found: tuple[object, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(found) == len(wanted) and all(
        not isinstance(f, int) or f == w for f, w in zip(found, wanted, strict=True)
    )


def _open_onnx(file: Path, device: Device) -> Any:
    onnxruntime = _load_runtime()
    available = onnxruntime.get_available_providers()
    if device == "cuda" and CUDA not in available:
        raise ModelError(
            "this ONNX Runtime has no CUDA support; install onnxruntime-gpu in place of onnxruntime, "
            "or use --device cpu"
        )
    providers = [CPU] if device == "cpu" or CUDA not in available else [CUDA, CPU]
    try:
        return onnxruntime.InferenceSession(os.fspath(file), _to_options(onnxruntime), providers=providers)
    except Exception as error:  # the runtime's own exceptions share no base class
        raise ModelError(f"{file}: cannot be loaded ({_to_reason(error)})") from error


def _to_reason(error: Exception) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def _to_options(onnxruntime: Any) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
