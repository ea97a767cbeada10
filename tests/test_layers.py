"""Layers: a module imports only from lower levels, and each foreign package has its door."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import iqscore

ROOT = Path(iqscore.__file__).parent

LEVELS = {
    # what everything is told in
    "_version": 0,
    "attributes": 0,
    "errors": 0,
    "words": 0.5,
    "knots": 0,
    "formats": 0,
    "interrupts": 0,
    "records": 0,
    "limits": 0,
    "readers": 0,
    # what level 1 is built on
    "taken": 0.3,
    "pairs": 0.5,
    "batches": 0.5,
    "cards": 0.5,
    "query": 0.5,
    "schemas": 0.5,
    "tempfiles": 0.5,
    "disk": 0.5,
    "safewrite": 0.5,
    "colour": 0.5,
    # what decode is made of
    "codepoints": 0.2,
    "nclx": 0.3,
    "webp": 0.3,
    "exif": 0.3,
    "picture": 0.6,
    "decode_errors": 0.7,
    "photo": 0.7,
    "heif": 0.7,
    "jxl": 0.7,
    "raw": 0.7,
    "decode_raw": 0.8,
    "tiff": 0.7,
    "decode_tiff": 0.8,
    # files of people and beside them, on a disk that may fail
    "exchange": 0.7,
    "sidefiles": 0.7,
    # one thing each, none of which knows another
    "curve": 1,
    "cache": 1,
    "decode": 1,
    "metadata": 1,
    "opinion": 1,
    "kind": 1,
    "motion": 1,
    "preprocess": 1,
    "session": 1,
    "sight": 1,
    "walk": 1,
    # what the places that hold a rating say, and what is to be written there
    "fingerprint": 1.5,
    "journal": 1.5,
    "memory": 1.5,
    "places": 1.5,
    "programs": 1.5,
    "rating": 1.5,
    "config_files": 1,
    "settings": 2,
    "setting_values": 1.5,
    "explanation": 1.5,
    "in_memory": 1.5,
    "console": 2,
    "rating_plan": 2,
    "scorer": 2,
    "writers": 2,
    "undo": 2,
    "workers": 2.5,
    # limits for photos, and what is said of them
    "gate": 2.5,
    "verdicts": 2.7,
    "exits": 1,
    "sorting": 1,
    "targets": 1.5,
    "pipeline": 3,
    "plan": 3,
    "rater": 3,
    "importing": 3,
    "tally": 3,
    # what a run is made of
    "check_plan": 3.5,
    "names": 3.5,
    "outputs": 3.5,
    "ratings": 3.5,
    "stdin_photo": 3.7,
    "showing": 4,
    "about": 4,
    "api": 4,
    "run": 4,
    "bench": 4,
    "cli_bench": 5.5,
    "cli_cache": 5.5,
    "checking": 4.5,
    "explaining": 4.5,
    "watching": 4.5,
    "cli_settings": 4.9,
    "cli_group": 4.9,
    "cli_models": 5,
    "complaints": 5,
    "cli_options": 5,
    "cli_check": 5.5,
    "cli_config": 5.5,
    "cli_explain": 5.5,
    "cli_rate": 5.5,
    "cli_schema": 5.5,
    "cli_watch": 5.5,
    "cli_words": 4.9,
    "__init__": 5,
    "cli": 6,
    "__main__": 7,
}
"""Every module, and package of modules, of iqscore."""

DOORS = {
    "PIL": {
        *("api", "bench", "colour", "decode", "decode_errors", "decode_raw", "decode_tiff", "exif"),
        *("fingerprint", "heif", "jxl", "tiff"),
        *("motion", "nclx", "photo", "picture", "in_memory", "preprocess"),
    },
    "numpy": {
        *(
            "about",
            "api",
            "batches",
            "bench",
            "colour",
            "decode_raw",
            "importing",
            "kind",
            "motion",
            "nclx",
            "photo",
            "picture",
        ),
        *("in_memory", "preprocess", "raw", "session", "tiff"),
    },
    "h5py": {"importing"},
    "onnx": {"importing"},
    "onnxruntime": {"session"},
    "piexif": {"metadata"},
    "pillow_heif": {"heif"},
    "pillow_jxl": {"jxl"},
    "rawpy": {"raw"},
    "rich": {"console"},
    "tifffile": {"tiff"},
    "typer": {
        *(
            "cli",
            "cli_bench",
            "cli_cache",
            "cli_check",
            "cli_config",
            "cli_explain",
            "cli_group",
            "cli_models",
            "cli_options",
        ),
        *("cli_rate", "cli_schema", "cli_settings", "cli_watch"),
    },
    "watchfiles": {"watching"},
}
"""Who may import what is not in the standard library; nobody may import torch, training, tests or benchmarks."""


def find_files() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def to_unit(path: Path) -> str:
    """Return the module, or the package directly under iqscore, that a file belongs to."""
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py")


def find_imports(source: str, package: str) -> Iterator[str]:
    """Yield the dotted name of all that a source imports, however deep, also for type checks alone."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def find_imports_of(path: Path) -> list[str]:
    package = ".".join(path.relative_to(ROOT.parent).parts[:-1])
    return list(find_imports(path.read_text(encoding="utf-8"), package))


def find_units_of(path: Path) -> set[str]:
    """Return the units of iqscore that a file imports from; what is no module is a name of `__init__`."""
    names = [name.split(".")[1:] for name in find_imports_of(path) if name.split(".")[0] == "iqscore"]
    return {name[0] if name and name[0] in LEVELS else "__init__" for name in names}


def name_file(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_imports_are_found_wherever_they_stand() -> None:
    source = """
import os.path, json
from iqscore import records
from .text import shorten
from . import table
from ..walk import find_photos
if TYPE_CHECKING:
    from rich.console import Console
def late():
    import numpy as np
"""
    assert set(find_imports(source, "iqscore.console")) == {
        "os.path",
        "json",
        "iqscore.records",
        "iqscore.console.text.shorten",
        "iqscore.console.table",
        "iqscore.walk.find_photos",
        "rich.console.Console",
        "numpy",
    }


def test_every_module_has_its_level() -> None:
    assert {to_unit(path) for path in find_files()} == set(LEVELS), "give each module a level in LEVELS"


@pytest.mark.parametrize("path", find_files(), ids=name_file)
def test_a_module_imports_only_from_lower_levels(path: Path) -> None:
    unit = to_unit(path)
    too_high = {other for other in find_units_of(path) - {unit} if LEVELS[other] >= LEVELS[unit]}
    assert not too_high, f"{name_file(path)} is of level {LEVELS[unit]}"


@pytest.mark.parametrize("path", find_files(), ids=name_file)
def test_foreign_packages_come_in_by_their_doors(path: Path) -> None:
    packages = {name.split(".")[0] for name in find_imports_of(path)} - sys.stdlib_module_names - {"iqscore"}
    uninvited = {package for package in packages if to_unit(path) not in DOORS.get(package, ())}
    assert not uninvited, f"{name_file(path)} is no door for them"


def test_every_door_is_used() -> None:
    used: dict[str, set[str]] = {package: set() for package in DOORS}
    for path in find_files():
        for package in {name.split(".")[0] for name in find_imports_of(path)} & set(DOORS):
            used[package].add(to_unit(path))
    assert used == DOORS


def test_only_the_front_door_imports_by_name() -> None:
    assert {to_unit(path) for path in find_files() if "importlib.import_module" in find_imports_of(path)} == {
        "__init__"
    }
    assert not [name_file(path) for path in find_files() if "__import__" in path.read_text(encoding="utf-8")]


def test_only_decode_opens_images() -> None:
    opening = {
        to_unit(path)
        for path in find_files()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "Image.open"
    }
    assert opening == {"decode", "decode_raw"}
