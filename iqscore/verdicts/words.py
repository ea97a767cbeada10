"""Verdicts in words, and what a check came to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import quote

from iqscore.console import to_printable
from iqscore.gate import Verdict
from iqscore.records import Failure

UNREADABLE = "unreadable"
"""The check that a photo breaches which cannot be read."""
_REASONS = 2


@dataclass(frozen=True, slots=True)
class CheckSummary:
    """What a check came to."""

    photos: int
    """Photos tried; passed + failed + unreadable."""
    passed: int
    failed: int
    unreadable: int
    seconds: float
    interrupted: bool = False
    """Whether a signal, or trouble, ended it before all photos were tried."""
    stopped: bool = False
    """Whether --fail-fast did."""

    @property
    def is_result(self) -> bool:
        """Whether this is worth more than the result of an earlier run."""
        return self.photos > 0 and not self.interrupted


def to_words(verdict: Verdict) -> str:
    """Return why a photo does not pass, every value against its limit, then what is said of the photo."""
    if isinstance(verdict.outcome, Failure):
        return f"cannot be read ({verdict.outcome.code}): {verdict.outcome.message}"
    reasons = to_reasons(verdict)
    return ", ".join(breach.text for breach in verdict.breaches) + (f" ({reasons})" if reasons else "")


def to_reasons(verdict: Verdict) -> str:
    """Return the gravest defects of a photo in words; "little appeal" and its like only where the score is too low."""
    if isinstance(verdict.outcome, Failure):
        return ""
    is_low = any(breach.field in ("score", "aesthetic") for breach in verdict.breaches)
    reasons = [reason.text for reason in verdict.outcome.reasons if is_low or reason.severity > 0]
    return ", ".join(reasons[:_REASONS])


def to_summary_line(summary: CheckSummary) -> str:
    """Return what a check came to, in one line."""
    photos = "photo" if summary.photos == 1 else "photos"
    parts = [f"{summary.passed:,} passed"]
    parts += [f"{summary.failed:,} failed"] if summary.failed else []
    parts += [f"{summary.unreadable:,} unreadable"] if summary.unreadable else []
    ends = ["stopped at the first failure"] if summary.stopped else []
    ends += ["interrupted"] if summary.interrupted else []
    return " · ".join([f"{summary.photos:,} {photos}: {', '.join(parts)}", f"{summary.seconds:.1f} s", *ends])


def to_repository_path(path: str) -> str:
    """Return a path as CI systems know it: from the root of the checkout where it is in there, with slashes."""
    if path == "-":
        return path
    root = os.path.realpath(os.environ.get("GITHUB_WORKSPACE") or os.curdir)
    # the folder alone: a photo that is a link is known by its own name
    folder, name = os.path.split(os.path.abspath(path))  # noqa: PTH100
    full = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
    try:
        relative = os.path.relpath(full, root)
    except ValueError:  # another drive
        relative = os.pardir
    inside = relative != os.pardir and not relative.startswith(os.pardir + os.sep)
    return (relative if inside else full).replace(os.sep, "/")


def to_uri(path: str) -> str:
    """Return a path as a URI reference: relative where `to_repository_path` is."""
    name = to_repository_path(path)
    encoded = quote(os.fsencode(name), safe="/")
    if name.startswith("/"):
        return f"file://{encoded}"
    # a drive of Windows would be taken for a scheme; a name with a colon is encoded by then
    return f"file:///{encoded.replace('%3A', ':', 1)}" if os.path.splitdrive(path)[0] and name[1:2] == ":" else encoded


def to_safe(text: str) -> str:
    """Return text without what steers terminals or is no character in XML."""
    return to_printable(text).replace("\ufffe", "\\ufffe").replace("\uffff", "\\uffff")
