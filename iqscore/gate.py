"""What photos must be to pass, and what each falls short of.

Numbers are compared as they are printed, so that nobody reads "45 < 45".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from iqscore.errors import UsageError
from iqscore.query import Query, Value, parse_query
from iqscore.records import DEFECT_GROUPS, DEFECTS, LABELS, Failure, Label, Outcome, PhotoScore
from iqscore.writers.flat import FIELDS, to_flat

CEILINGS: tuple[str, ...] = (*DEFECTS, *DEFECT_GROUPS, "any")
"""What may have a largest severity."""

_DECIMALS = {"score": 1, "aesthetic": 2, "technical": 2}
"""How many are printed: those that are compared."""


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing in which a photo does not pass."""

    check: str
    """Which limit: min-score, min-aesthetic, min-technical, max-NAME, label or require."""
    field: str | None
    """What was measured; of a group the defect that is the worst; None where a condition speaks of several."""
    value: Value | Mapping[str, Value]
    """What it is; of a condition, by field."""
    limit: float | tuple[str, ...] | str
    """What it may be at most or must be at least; labels; a condition."""
    found: str
    """What it is, in words: "score 38.2", …"""
    wanted: str
    """… and against what: "< 45"."""

    @property
    def text(self) -> str:
        """Both: "score 38.2 < 45"."""
        return f"{self.found} {self.wanted}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says about an outcome."""

    outcome: Outcome
    breaches: tuple[Breach, ...] = ()

    @property
    def passed(self) -> bool | None:
        """Whether the photo passed; None where it could not be read."""
        return None if isinstance(self.outcome, Failure) else not self.breaches


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Limits, each of which a photo must keep."""

    floors: Mapping[str, float] = field(default_factory=dict)
    """By score, aesthetic, technical."""
    ceilings: Mapping[str, float] = field(default_factory=dict)
    """By one of CEILINGS."""
    labels: frozenset[Label] = frozenset()
    requires: tuple[Query, ...] = ()

    def judge(self, outcome: Outcome) -> Verdict:
        """Return whether a photo passes, and if not, all that it falls short of."""
        if isinstance(outcome, Failure):
            return Verdict(outcome)
        return Verdict(outcome, tuple(self._find_breaches(outcome)))

    def _find_breaches(self, photo: PhotoScore) -> Iterator[Breach]:
        flat = to_flat(photo)
        for name, limit in self.floors.items():
            value = _get_number(flat, name)
            if value < limit:
                found = f"{name} {value:.{_DECIMALS[name]}f}"
                yield Breach(f"min-{name}", name, value, limit, found, f"< {limit:g}")
        for name, limit in self.ceilings.items():
            defect, value = _find_worst(flat, name)
            if value > limit:
                yield Breach(f"max-{name}", defect, value, limit, f"{defect} {value:g}", f"> {limit:g}")
        if self.labels and photo.label not in self.labels:
            wanted = tuple(label for label in LABELS if label in self.labels)
            yield Breach("label", "label", photo.label, wanted, photo.label, f"instead of {' or '.join(wanted)}")
        for query in self.requires:
            if not query.matches(flat):
                yield _to_breach(query, flat)


def _get_number(flat: Mapping[str, Value], name: str) -> float:
    value = flat[name]
    assert isinstance(value, int | float)
    return value


def _find_worst(flat: Mapping[str, Value], name: str) -> tuple[str, float]:
    """Return the defect that makes the severity of a group, and that severity."""
    defects = DEFECTS if name == "any" else DEFECT_GROUPS.get(name, (name,))
    return max(((defect, _get_number(flat, defect)) for defect in defects), key=lambda pair: pair[1])


def _to_breach(query: Query, flat: Mapping[str, Value]) -> Breach:
    values = {name: flat.get(name) for name in sorted(query.names)}
    words = ", ".join(f"{name} {'missing' if value is None else value}" for name, value in values.items())
    return Breach("require", None, values, query.text, words or "it", f"does not meet {query.text}")


def build_gate(
    *,
    floors: Mapping[str, float | None],
    ceilings: Sequence[str] = (),
    labels: frozenset[Label] = frozenset(),
    requires: Sequence[str] = (),
) -> Gate:
    """Return the gate that was typed; without any limit, one that only rejected photos do not pass.

    Raises UsageError where a limit makes no sense.
    """
    limits = {name: limit for name, limit in floors.items() if limit is not None}
    queries = tuple(parse_query(text, FIELDS) for text in requires)
    if not (limits or ceilings or labels or queries):
        labels = frozenset(label for label in LABELS if label != "rejected")
    return Gate(floors=limits, ceilings=dict(map(_to_ceiling, ceilings)), labels=labels, requires=queries)


def _to_ceiling(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    name = name.strip().lower()
    if name not in CEILINGS:
        raise UsageError(f"--max {text}: no such defect: {name!r}; choose from {', '.join(CEILINGS)}")
    try:
        limit = float(number)
    except ValueError:
        limit = -1
    if not 0 <= limit <= 1:
        raise UsageError(f"--max {text}: write a severity from 0 to 1 after it, as in {name}=0.5")
    return name, limit
