"""Verdicts as workflow commands of GitHub, which makes annotations of them.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions; how to escape is told in
@actions/core: `%`, CR and LF everywhere, `:` and `,` in properties.
"""

from __future__ import annotations

from iqscore.gate import Verdict
from iqscore.verdicts.words import CheckSummary, to_repository_path, to_safe, to_words
from iqscore.writers import Sink


class GithubWriter:
    """Writes an annotation for each photo that does not pass or cannot be read."""

    def __init__(self, sink: Sink, *, tolerant: bool) -> None:
        self._sink = sink
        self._tolerant = tolerant

    def write(self, verdict: Verdict) -> None:
        """Append an annotation where there is something to tell."""
        if verdict.passed:
            return
        level = "warning" if verdict.passed is None and self._tolerant else "error"
        title = "Photo cannot be read" if verdict.passed is None else "Photo does not pass"
        self._sink.write(to_command(level, verdict.outcome.path, title, to_words(verdict)))

    def close(self, summary: CheckSummary) -> None:
        """Close."""
        self._sink.finish(b"", replaces=summary.is_result)


def to_command(level: str, path: str, title: str, message: str) -> bytes:
    """Return a workflow command that nothing in a file's name can end or change."""
    # the path stands in the message too: logs show no more than that
    text = escape_data(to_safe(f"{path}: {message}"))
    file = escape_property(to_safe(to_repository_path(path)))
    return f"::{level} file={file},title={escape_property(title)}::{text}\n".encode()


def escape_data(text: str) -> str:
    """Return text fit to stand after the second `::`."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Return text fit to be a property's value."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")
