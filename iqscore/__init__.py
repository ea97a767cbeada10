"""Score photos offline: which are best, which are faulty, and why.

>>> from iqscore import open_scorer, score_paths, score_photo
>>> scorer = open_scorer("cpu")
>>> score_photo("beach.jpg", scorer=scorer).label in ("accepted", "pending", "rejected")
True
>>> [outcome.path for outcome in score_paths("shoot", scorer=scorer)]
['shoot/dog.png']

Names are loaded on first use, so that importing the package, and `iqscore --version`, cost nothing.
"""

from __future__ import annotations

from importlib import import_module

from iqscore._version import __version__

# typing has a constant of this name, but takes long to import while Ctrl-C is not caught yet
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from iqscore.api import score_paths, score_photo
    from iqscore.errors import IqscoreError, ModelError, OutputError, PhotoError, UsageError
    from iqscore.records import Failure, Outcome, PhotoScore
    from iqscore.scorer import Scorer, open_scorer

_HOMES = {
    "open_scorer": "iqscore.scorer",
    "Scorer": "iqscore.scorer",
    "score_paths": "iqscore.api",
    "score_photo": "iqscore.api",
    "PhotoScore": "iqscore.records",
    "Failure": "iqscore.records",
    "Outcome": "iqscore.records",
    "IqscoreError": "iqscore.errors",
    "ModelError": "iqscore.errors",
    "OutputError": "iqscore.errors",
    "PhotoError": "iqscore.errors",
    "UsageError": "iqscore.errors",
}

__all__ = [
    "Failure",
    "IqscoreError",
    "ModelError",
    "Outcome",
    "OutputError",
    "PhotoError",
    "PhotoScore",
    "Scorer",
    "UsageError",
    "__version__",
    "open_scorer",
    "score_paths",
    "score_photo",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'iqscore' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
