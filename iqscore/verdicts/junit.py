"""Verdicts as JUnit's XML, which nearly every CI system shows: a photo is a test case."""

from __future__ import annotations

import tempfile
from xml.sax.saxutils import escape, quoteattr

from iqscore.gate import Verdict
from iqscore.verdicts.words import UNREADABLE, CheckSummary, to_repository_path, to_safe, to_words
from iqscore.writers import Sink

_IN_MEMORY = 1 << 20
_CHUNK = 1 << 16


class JunitWriter:
    """Keeps the test cases, in a file where they are many, as their numbers stand before them."""

    def __init__(self, sink: Sink, *, tolerant: bool) -> None:
        self._sink = sink
        self._tolerant = tolerant
        self._cases = tempfile.SpooledTemporaryFile(_IN_MEMORY, prefix="iqscore-")  # noqa: SIM115 - close() does

    def write(self, verdict: Verdict) -> None:
        """Keep a test case."""
        path = _to_attribute(verdict.outcome.path)
        file = _to_attribute(to_repository_path(verdict.outcome.path))
        inner = self._to_result(verdict)
        start = f'    <testcase classname="iqscore.check" name={path} file={file}'
        self._cases.write(f"{start}>\n{inner}    </testcase>\n".encode() if inner else f"{start}/>\n".encode())

    def _to_result(self, verdict: Verdict) -> str:
        words = to_words(verdict)
        if verdict.passed is None:
            tag = "skipped" if self._tolerant else "error"
            kind = "" if self._tolerant else f' type="{UNREADABLE}"'
            return f"      <{tag} message={_to_attribute(words)}{kind}/>\n"
        if verdict.passed:
            return ""
        limits = _to_attribute(", ".join(breach.text for breach in verdict.breaches))
        kind = verdict.breaches[0].check
        return f'      <failure message={limits} type="{kind}">{escape(to_safe(words))}</failure>\n'

    def close(self, summary: CheckSummary) -> None:
        """Write all and close."""
        numbers = (
            f'tests="{summary.photos}" failures="{summary.failed}" '
            f'errors="{0 if self._tolerant else summary.unreadable}" '
            f'skipped="{summary.unreadable if self._tolerant else 0}" time="{summary.seconds:.3f}"'
        )
        head = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
        self._sink.start(f'{head}  <testsuite name="iqscore check" {numbers}>\n'.encode())
        self._cases.seek(0)
        while chunk := self._cases.read(_CHUNK):
            self._sink.write(chunk)
        self._cases.close()
        self._sink.finish(b"  </testsuite>\n</testsuites>\n", replaces=summary.is_result)


def _to_attribute(text: str) -> str:
    return quoteattr(to_safe(text))
