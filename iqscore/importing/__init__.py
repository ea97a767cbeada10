"""Imports models that were trained elsewhere: a Keras NIMA MobileNet becomes an int8 ONNX file and its card.

Nothing of Keras or TensorFlow is needed; the weights are read with h5py and the graph is written with onnx, which the
extra `import` installs.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from iqscore._version import __version__
from iqscore.cards import Card, Views, find_models_folder, load_card, load_cards
from iqscore.curve import Curve
from iqscore.errors import UsageError
from iqscore.importing.curves import FEWEST, PUBLISHED, match, stretch
from iqscore.importing.graph import build_float, build_int8
from iqscore.importing.keras import read_nima
from iqscore.importing.nima import SIZE
from iqscore.importing.photos import Comparison, compare
from iqscore.safewrite import check_target, replace_files

VIEWS = Views(size=SIZE, tiles=0, long_side=1500)


def run_import(file: str, target: str | None, *, photos: str | None, name: str | None, force: bool) -> int:
    """Import a model and print a line on it, and one on what the photos told; return 0."""
    card = import_model(
        Path(file),
        None if target is None else Path(target),
        photos=None if photos is None else Path(photos),
        name=name,
        force=force,
    )
    print(f"{card.role:10} {card.identity:36} {card.file.stat().st_size / 1e6:5.1f} MB  {card.file}")
    for fact, value in card.facts["results"].items():
        print(f"{fact}: {value}")
    return 0


def import_model(
    file: Path, target: Path | None = None, *, photos: Path | None = None, name: str | None = None, force: bool = False
) -> Card:
    """Write the NIMA MobileNet of a Keras weight file as an ONNX file and a card beside it; return the card.

    `target` ends in .onnx; by default it is the weight file's name in the current folder. `photos` is a folder on
    which the model's marks are compared with the shipped model's. Raises ModelError for weights of another kind,
    UsageError for a target that is there already (unless `force`) or a name that is none, OutputError where nothing
    can be written.
    """
    target = target or Path(f"{file.stem}.onnx")
    if target.suffix != ".onnx":
        raise UsageError(f"{target}: a model's name must end in .onnx")
    name = _to_name(target.stem) if name is None else name
    if name != _to_name(name):
        raise UsageError(f"no such name for a model: {name!r}; use letters, digits and . _ - only")
    if photos is not None and not photos.is_dir():
        raise UsageError(f"{photos}: no such folder of photos")
    for path in (target, target.with_suffix(".json")):
        check_target(path, force=force)
    model, facts = _convert(file, photos)
    card = {
        "role": "aesthetic",
        "name": name,
        "version": "imported",
        "file": target.name,
        "sha256": hashlib.sha256(model).hexdigest(),
        "views": {key: getattr(VIEWS, key) for key in ("size", "tiles", "long_side")},
        **facts,
    }
    text = json.dumps(card, indent=1) + "\n"
    replace_files({target: model, target.with_suffix(".json"): text.encode("utf-8")}, force=force)
    return load_card(target.with_suffix(".json"))


def _to_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text) or "imported"


def _convert(file: Path, photos: Path | None) -> tuple[bytes, dict[str, Any]]:
    """Return the int8 model of a weight file, and what its card tells beside what every card tells."""
    nima = read_nima(file)
    model = build_int8(nima)
    compared = None
    if photos is not None:
        (shipped,) = (card for card in load_cards() if card.role == "aesthetic")
        compared = compare(photos, model, build_float(nima), VIEWS, shipped)
    return model, {
        "title": "NIMA MobileNet, imported from Keras",
        "licence": "that of the imported weights",
        "started_from": f"{file.name}, SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}",
        "trained_on": "what the imported weights were trained on",
        "output": {"histogram": "ten shares that sum to 1, of the marks 1 to 10"},
        "limits": "the whole photo is squeezed into a square",
        "made_by": f"iqscore {__version__}, models import",
        "aesthetic_curve": _to_curve(compared),
        "results": _to_results(compared),
    }


def _to_curve(compared: Comparison | None) -> dict[str, Any]:
    if compared is not None and len(compared.own) >= FEWEST:
        curve = match(compared.own, compared.shipped)
        made_from = f"quantiles of both models' means on {len(compared.own)} photos"
    else:
        curve = stretch(find_models_folder())
        mean, deviation = PUBLISHED
        made_from = (
            f"a straight line: marks of {mean} ± {deviation}, as the published NIMA MobileNet gives, onto those of the "
            "shipped model on its reference pool; import again with --photos for a model that marks otherwise"
        )
    return {**_to_rows(curve), "made_from": made_from}


def _to_rows(curve: Curve) -> dict[str, Any]:
    return {"mean": list(curve.mean), "shipped": list(curve.shipped)}


def _to_results(compared: Comparison | None) -> dict[str, Any]:
    if compared is None:
        return {}
    return {
        "photos compared": len(compared.own),
        "mean mark, int8 against float32, mean absolute difference": round(compared.difference, 4),
    }
