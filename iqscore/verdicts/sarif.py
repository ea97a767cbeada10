"""Verdicts as SARIF 2.1.0, the format of code scanning: a rule for each limit, a result for each breach.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from iqscore._version import __version__
from iqscore.gate import CEILINGS, Breach, Verdict
from iqscore.verdicts.words import UNREADABLE, CheckSummary, to_reasons, to_safe, to_uri, to_words
from iqscore.writers import Sink, to_json

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = {
    **{f"min-{name}": f"The photo's {name} is too low." for name in ("score", "aesthetic", "technical")},
    **{f"max-{name}": f"The severity of {name.replace('_', ' ')} is too high." for name in CEILINGS},
    "max-any": "The severity of a defect is too high.",
    "label": "The photo's label is not one of those asked for.",
    "require": "The photo does not meet a condition.",
    UNREADABLE: "The photo cannot be read.",
}


class SarifWriter:
    """Writes one run, its results as they come."""

    def __init__(self, sink: Sink, *, tolerant: bool) -> None:
        self._sink = sink
        self._tolerant = tolerant
        self._separator = b"\n"
        rules = [{"id": name, "shortDescription": {"text": text}} for name, text in _RULES.items()]
        driver = {"name": "iqscore", "version": __version__, "rules": rules}
        head = b'{"$schema":"%s","version":"2.1.0","runs":[{"tool":{"driver":' % _SCHEMA.encode()
        sink.start(head + to_json(driver) + b'},"results":[')

    def write(self, verdict: Verdict) -> None:
        """Append a result for each breach."""
        for result in self._find_results(verdict):
            self._sink.write(self._separator + to_json(result))
            self._separator = b",\n"

    def _find_results(self, verdict: Verdict) -> Iterator[dict[str, Any]]:
        path = verdict.outcome.path
        if verdict.passed is None:
            yield _to_result(path, UNREADABLE, to_words(verdict), "warning" if self._tolerant else "error")
            return
        reasons = to_reasons(verdict)
        for breach in verdict.breaches:
            text = f"{breach.text} ({reasons})" if reasons else breach.text
            yield {**_to_result(path, breach.check, text, "error"), "properties": _to_properties(breach)}

    def close(self, summary: CheckSummary) -> None:
        """Say whether the run ended well, and close."""
        done = {"executionSuccessful": not summary.interrupted}
        self._sink.finish(b'\n],"invocations":[' + to_json(done) + b"]}]}\n", replaces=summary.is_result)


def _to_properties(breach: Breach) -> dict[str, Any]:
    return {"field": breach.field, "value": breach.value, "limit": breach.limit}


def _to_result(path: str, rule: str, text: str, level: str) -> dict[str, Any]:
    uri = to_uri(path)
    # a photo has no lines, but those who show results ask for one
    place = {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}
    return {
        "ruleId": rule,
        "ruleIndex": list(_RULES).index(rule),
        "level": level,
        "message": {"text": to_safe(f"{path}: {text}")},
        "locations": [{"physicalLocation": place}],
        # the same photo and limit are the same result in the next run
        "partialFingerprints": {"primaryLocationLineHash": hashlib.sha256(f"{rule} {uri}".encode()).hexdigest()[:32]},
    }
