"""Score photos offline: which are best, which are faulty, and why.

    from iqscore import open_scorer, score_paths

    for outcome in score_paths(["~/Photos"], scorer=open_scorer()):
        print(outcome.path, outcome)

Names are loaded on first use, so that importing the package, and `iqscore --version`, cost nothing.
"""

from __future__ import annotations

from importlib import import_module

from iqscore._version import __version__

# typing has a constant of this name, but takes long to import while Ctrl-C is not caught yet
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from iqscore.api import score_paths
    from iqscore.errors import IqscoreError, ModelError, OutputError, PhotoError, UsageError
    from iqscore.records import Failure, Outcome, PhotoScore
    from iqscore.scorer import Scorer, open_scorer

_HOMES = {
    "open_scorer": "iqscore.scorer",
    "Scorer": "iqscore.scorer",
    "score_paths": "iqscore.api",
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
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'iqscore' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
