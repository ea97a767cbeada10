"""What `models` and `doctor` say about this installation."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from iqscore._version import __version__
from iqscore.cards import Card, choose_cards, find_card, find_damage, find_models_folder, load_cards
from iqscore.curve import load_curve
from iqscore.decode import describe, list_formats
from iqscore.errors import IqscoreError, ModelError, UsageError
from iqscore.kind import read_weights
from iqscore.opinion import load_calibration
from iqscore.pipeline import get_default_jobs
from iqscore.readers import READERS, get_version, is_installed
from iqscore.session import list_providers, open_session

PACKAGES = ("onnxruntime", "onnxruntime-gpu", "numpy", "pillow", "typer", "rich", "h5py", "onnx")


def print_models() -> None:
    """One line a model: role, identity, size in MB, folder."""
    for card in load_cards():
        size = card.file.stat().st_size / 1e6
        print(f"{card.role:10} {card.identity:36} {card.version:8} {size:5.1f} MB  {card.file}")


def print_card(name: str) -> None:
    """Print the card of a role, a model's name or a model file as JSON; UsageError where there is none."""
    card = find_card(name) if Path(name).suffix in (".onnx", ".json") else _find_shipped(name)
    print(json.dumps(dict(card.facts), indent=2, ensure_ascii=False))


def _find_shipped(name: str) -> Card:
    cards = load_cards()
    for card in cards:
        if name in (card.role, card.name, card.identity):
            return card
    known = ", ".join(name for card in cards for name in (card.role, card.name))
    raise UsageError(f"no model {name!r}; choose from {known}, or name a model file (.onnx)")


def verify(models: Sequence[str] = ()) -> int:
    """Check named models, or else every shipped one, and print a line each; return 0, or 1 where one is damaged.

    What goes with the shipped ones is checked too, and told where it is damaged.
    """
    cards = [find_card(model) for model in models] or load_cards()
    are_damaged = [*map(_check, cards), *([] if models else [_has_damaged_parts(find_models_folder())])]
    return int(any(are_damaged))


def _has_damaged_parts(folder: Path) -> bool:
    """Tell whether something that goes with the models cannot be used, and print what."""
    troubles = list(_find_damaged_parts(folder))
    for trouble in troubles:
        print(f"models       {trouble}")
    return bool(troubles)


def _find_damaged_parts(folder: Path) -> Iterator[str]:
    loaders: tuple[Callable[[Path], object], ...] = (load_calibration, read_weights)
    for load in loaders:
        try:
            load(folder)
        except ModelError as error:
            yield str(error)


def _check(card: Card) -> bool:
    trouble = find_damage(card) or _try_to_run(card)
    print(f"{card.role:10} {card.identity:36} {trouble or 'ok'}")
    return trouble is not None


def _try_to_run(card: Card) -> str | None:
    views = card.views
    grey = np.full((1, 1 + views.tiles, views.size, views.size, 3), 128, np.uint8)
    try:
        load_curve(card)
        outputs = open_session(card, "cpu").run(grey)
    except ModelError as error:
        return str(error)
    return None if all(np.isfinite(output).all() for output in outputs) else "gives no finite numbers"


def diagnose(models: Sequence[str] = ()) -> int:
    """Print what there is, named models in place of shipped ones; return 0, or 1 where something needed is missing
    or damaged.
    """
    print(f"iqscore      {__version__}")
    print(f"Python       {platform.python_version()} ({sys.executable})")
    print(f"system       {platform.platform()}, {get_default_jobs()} cores")
    for package in PACKAGES:
        found = get_version(package)
        if found:
            print(f"{package:12} {found}")
    print(f"devices      {', '.join(list_providers())}")
    _print_readers()
    try:
        folder = find_models_folder()
        print(f"models       {folder}")
        are_damaged = [*map(_check, choose_cards(models, folder)), _has_damaged_parts(folder)]
        return int(any(are_damaged))
    except IqscoreError as error:
        print(f"models       {error}")
        return 1


def _print_readers() -> None:
    """One line a library that reads photos: what it reads and its version, or how to get it."""
    print(f"reads        {', '.join(list_formats())}: Pillow {get_version('pillow')}")
    for reader in READERS.values():
        if is_installed(reader.kind):
            print(
                f"reads        {reader.kind}: {reader.package} {get_version(reader.package)} ({describe(reader.kind)})"
            )
        else:
            print(f"reads not    {reader.kind}: {reader.advice}")
