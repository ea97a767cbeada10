"""The exceptions of iqscore.

    IqscoreError            anything a caller can catch
    ├── UsageError          the words typed, or arguments given, make no sense together
    ├── ModelError          a model or its card is missing, damaged or unusable on this device
    ├── OutputError         a result file cannot be written
    └── PhotoError          one photo cannot be scored; the batch goes on

Each message is one line fit for a person, and names the path it is about.
"""

from __future__ import annotations


class IqscoreError(Exception):
    """Base of everything iqscore raises on purpose."""


class UsageError(IqscoreError):
    """The request makes no sense as given."""


class ModelError(IqscoreError):
    """A model cannot be loaded or run."""


class OutputError(IqscoreError):
    """A result cannot be written where it was asked to go."""


class PhotoError(IqscoreError):
    """One photo cannot be scored.

    `code` is stable, for programs: not_found, unreadable, not_a_file, empty, unrecognised, unsupported,
    truncated, corrupt, too_large, internal. `path` is the photo as it was given.
    """

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.code = code
        self.message = message
