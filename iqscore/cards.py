"""Model cards: what a model is, how it is fed and what its numbers mean, as JSON beside the model."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from iqscore.errors import ModelError, UsageError

ROLES: tuple[str, ...] = ("aesthetic", "defects")


@dataclass(frozen=True, slots=True)
class Views:
    """How a photo is shown to a model."""

    size: int
    """Side of each square view in pixels; where the aspect is kept, the root of the view's area."""
    tiles: int
    """Tiles beside the whole photo."""
    long_side: int
    """Long side of the photo in pixels at which tiles are cut; smaller photos are not enlarged."""
    keep_aspect: bool = False
    """Show the whole photo in its own aspect, sides in steps of 32, not squeezed into a square; no tiles then."""


@dataclass(frozen=True, slots=True)
class Card:
    """One model: its file, identity and input, and everything else the card tells (`facts`)."""

    role: str
    """What it judges, one of ROLES."""
    name: str
    version: str
    file: Path
    sha256: str
    """Of the model file, in hexadecimal."""
    views: Views
    facts: Mapping[str, Any]
    """The card as it was read: training, data, results, cut points, licence."""

    @property
    def identity(self) -> str:
        """NAME@SHA8, as records name the model."""
        return f"{self.name}@{self.sha256[:8]}"


@cache
def find_models_folder() -> Path:
    """Return the folder of the shipped models: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    for folder in (package / "models", package.parent / "models"):
        if any(folder.glob("*.onnx")):
            return folder
    raise ModelError(f"no models in {package / 'models'}; install iqscore again")


def load_cards(folder: Path | None = None) -> list[Card]:
    """Return the cards of every model in `folder` (shipped ones by default), in the order of ROLES.

    Raises ModelError where a card or its model is missing or says nonsense.
    """
    folder = folder or find_models_folder()
    cards = [load_card(path) for path in sorted(folder.glob("*.json")) if path.with_suffix(".onnx").exists()]
    cards.sort(key=lambda card: ROLES.index(card.role))
    missing = set(ROLES) - {card.role for card in cards}
    if missing:
        raise ModelError(f"{folder} has no {' and no '.join(sorted(missing))} model; install iqscore again")
    return cards


def load_card(path: Path) -> Card:
    """Return the card at `path`, without reading the model; ModelError says what is wrong with it."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["role"] not in ROLES:
            raise ModelError(f"{path}: unknown role {facts['role']!r}")
        views = Views(**facts["views"])
        if views.keep_aspect and views.tiles:
            raise ModelError(f"{path}: tiles are square, so keep_aspect goes without them")
        return Card(
            role=facts["role"],
            name=facts["name"],
            version=facts["version"],
            file=path.with_name(facts["file"]),
            sha256=facts["sha256"],
            views=views,
            facts=facts,
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path}: not a usable model card ({error})") from error


def find_damage(card: Card) -> str | None:
    """Return what is wrong with the card's model file, or None where its checksum is right."""
    try:
        status = card.file.stat()
        digest = _hash(card.file, status.st_size, status.st_mtime_ns, status.st_ino)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if digest == card.sha256 else f"checksum is {digest[:8]}, the card says {card.sha256[:8]}"


@cache
def _hash(file: Path, *state: int) -> str:
    """Return the SHA-256 of a file, computed once as long as its state is the same."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def find_card(model: str | os.PathLike[str]) -> Card:
    """Return the card of a model named by a person: an .onnx file with its card beside it, or the card."""
    path = Path(model)
    if path.suffix not in (".onnx", ".json"):
        raise ModelError(f"{path}: not a model; name an .onnx file, or its card, which ends in .json")
    if not path.is_file():
        raise ModelError(f"{path}: no such model")
    card_path = path.with_suffix(".json")
    if not card_path.is_file():
        raise ModelError(f"{path}: its card {card_path.name} is not beside it; `iqscore models import` writes both")
    card = load_card(card_path)
    if path.suffix == ".onnx" and card.file.name != path.name:
        raise ModelError(f"{path}: the card beside it is that of {card.file.name}")
    nonsense = _find_nonsense(card)
    if nonsense:
        raise ModelError(f"{card_path}: not a usable model card (no such {nonsense})")
    return card


def _find_nonsense(card: Card) -> str | None:
    """Return which field of a card that somebody else may have written cannot be what it says."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+", str(card.name)):
        return "name"
    if not re.fullmatch(r"[0-9a-f]{64}", str(card.sha256)):
        return "sha256"
    limits = {"size": (1, 4096), "tiles": (0, 64), "long_side": (1, 65536)}
    for field, (least, most) in limits.items():
        value = getattr(card.views, field)
        if type(value) is not int or not least <= value <= most:
            return field
    return None


def choose_cards(models: Iterable[str | os.PathLike[str]] = (), folder: Path | None = None) -> list[Card]:
    """Return the cards of `load_cards`, those of named models in place of the ones with the same role.

    Raises as `find_card` does, ModelError also where a named model is damaged, UsageError where two have one role.
    """
    chosen: dict[str, Card] = {}
    for card in map(find_card, models):
        if card.role in chosen:
            raise UsageError(f"{chosen[card.role].file} and {card.file} both judge {card.role}; name one of them")
        damage = find_damage(card)
        if damage:
            raise ModelError(f"{card.file}: {damage}")
        chosen[card.role] = card
    return [chosen.get(card.role, card) for card in load_cards(folder)]
