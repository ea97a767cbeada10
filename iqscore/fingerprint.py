"""By what it is told whether something seen by an earlier run would be seen the same today."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, fields

import PIL

from iqscore.cards import Card
from iqscore.kind import get_print
from iqscore.readers import READERS, get_version
from iqscore.records import PhotoScore
from iqscore.session import Session, get_runtime
from iqscore.sight import Sight

PIPELINE = 4
"""Raise this whenever decoding, views, facts or what is looked for besides the models change: all is seen anew then."""


def to_pipeline_print(cards: Mapping[str, Card]) -> str:
    """Return what stands for all that a sight depends on beside the models; opinions of it are no part of it.

    The views of the defect model belong to it, as whether a photo is monochrome is told from them.
    """
    names = sorted({field.name for kind in (PhotoScore, Sight) for field in fields(kind)})
    readers = {reader.package: get_version(reader.package) for reader in READERS.values()}
    return _digest([PIPELINE, PIL.__version__, readers, names, asdict(cards["defects"].views), get_print()])


def to_model_print(card: Card, session: Session) -> str:
    """Return what stands for all that a model's outputs depend on beside the pixels; not what its card tells of it."""
    return _digest([card.role, card.sha256, asdict(card.views), session.device, get_runtime()])


def _digest(facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]
