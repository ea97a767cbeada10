"""What was seen in a photo, before any opinion of it: all that takes time, and therefore what is kept between runs."""

from __future__ import annotations

import binascii
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from iqscore.records import PhotoScore

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Sight:
    """The facts of a photo's file and what the models said of its pixels."""

    facts: Mapping[str, Any]
    """Fields of PhotoScore that the file tells: its size, its format, when it was taken, …"""
    outputs: Mapping[str, tuple[Numbers, ...]]
    """Of each role, the outputs of its model for this photo, each flat, in single precision."""
    is_monochrome: bool
    is_graphic: bool
    """Whether the pixels look like a screenshot, a document, a chart or an icon."""
    is_motion_sought: bool
    """Whether a direction of motion was looked for, which is done for blurred photos only."""
    motion: int | None
    """The direction in degrees, None where none was found."""


def to_bytes(sight: Sight, names: Mapping[str, str], more: Mapping[str, Any] | None = None) -> bytes:
    """Return a sight as JSON, the outputs of each role under another name; `more` are outputs that stand there already.

    Numbers come back exactly as they are.
    """
    outputs = {name: value for name, value in (more or {}).items() if name not in names.values()}
    outputs |= {names[role]: [_pack(numbers) for numbers in said] for role, said in sight.outputs.items()}
    record = {name: getattr(sight, name) for name in _PLAIN} | {"outputs": outputs}
    return json.dumps(record, separators=(",", ":"), default=_to_plain).encode("ascii")


def from_bytes(data: bytes, names: Mapping[str, str]) -> tuple[Sight, dict[str, Any]]:
    """Return a sight with the outputs that are there of the roles in `names`, and all outputs, packed.

    Raises ValueError, KeyError, TypeError, AttributeError or RecursionError for what `to_bytes` did not write.
    """
    record = json.loads(data)
    packed: dict[str, Any] = record.pop("outputs")
    outputs = {role: tuple(map(_unpack, packed[name])) for role, name in names.items() if name in packed}
    hints, facts = _get_hints(PhotoScore), record["facts"]
    if not facts.keys() <= hints.keys():
        raise KeyError("facts of something else than a photo")
    return Sight(**{**record, "facts": _restore_all(hints, facts)}, outputs=outputs), packed


_PLAIN = tuple(field.name for field in fields(Sight) if field.name != "outputs")


def _pack(numbers: Numbers) -> str:
    return binascii.b2a_base64(struct.pack(f"<{len(numbers)}f", *numbers), newline=False).decode("ascii")


def _unpack(text: str) -> Numbers:
    data = binascii.a2b_base64(text, strict_mode=True)
    if len(data) % 4:
        raise ValueError("not whole numbers")
    return struct.unpack(f"<{len(data) // 4}f", data)


def _to_plain(value: object) -> object:
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be kept")


@cache
def _get_hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _restore_all(hints: Mapping[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return values of JSON, by the names of their fields, as the types that these have; most are so already."""
    return {
        name: _restore(hints[name], value) if isinstance(value, list | dict) else value
        for name, value in values.items()
    }


def _restore(hint: Any, value: Any) -> Any:
    """Return a list or an object of JSON as the type that its field has, a tuple or a record."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    if isinstance(value, dict) and isinstance(hint, type) and is_dataclass(hint):
        hints = _get_hints(hint)
        if value.keys() != hints.keys():
            raise KeyError(f"not the fields of {hint.__name__}")
        return hint(**_restore_all(hints, value))
    if get_origin(hint) is tuple:
        part = get_args(hint)[0]
        return tuple(_restore(part, item) if isinstance(item, list | dict) else item for item in value)
    return value
