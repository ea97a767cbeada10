"""What would change a photo's score: the same maths again, with other numbers.

Defects and marks are told apart by the networks but are not independent: a photo without its blur would have a better
technical mark too, so that gains told here are the least to be expected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from iqscore.opinion import Calibration, find_worst, to_label, to_quality, to_score, to_stars
from iqscore.records import DEFECTS, Label, PhotoScore

_NEXT_LABELS: dict[Label, Label | None] = {"accepted": None, "pending": "accepted", "rejected": "pending"}
_HALVINGS = 40
_BEST_MARK = 10.0
_LEAST_GAIN = 0.05


@dataclass(frozen=True, slots=True)
class Without:
    """What the photo would be without some of its defects, all else the same."""

    defects: tuple[str, ...]
    score: float
    gain: float
    """How much more that is."""
    label: Label
    stars: int


@dataclass(frozen=True, slots=True)
class NextStars:
    """Where the next star begins."""

    stars: int
    score: float
    aesthetic: float | None
    """The aesthetic mark that would be enough, all else the same; None where none is."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps the photo from a better label."""

    field: str
    """score, technical or a defect."""
    value: float
    limit: float
    at_least: bool
    """Whether the value must rise to `limit`, or else fall below it."""
    limit_suffices: bool
    """Whether the limit itself is enough."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What would change a photo's score, stars and label."""

    without: tuple[Without, ...]
    """Each defect that lowers the score, and where there are several, all of them."""
    next_stars: NextStars | None
    """None for five stars, and for a rejected photo, which has one star whatever its score."""
    next_label: Label | None
    """None for an accepted photo, and for what is no photograph, which is pending in any case."""
    obstacles: tuple[Obstacle, ...]
    """Of a pending photo all must go, of a rejected one that of the score, or of the technical mark, or all defects."""

    @property
    def ways(self) -> tuple[tuple[Obstacle, ...], ...]:
        """Groups of obstacles; the photo gets the next label when all of any one group go."""
        if self.next_label != "pending":
            return (self.obstacles,)
        marks = [(obstacle,) for obstacle in self.obstacles if obstacle.field not in DEFECTS]
        return (*marks, tuple(obstacle for obstacle in self.obstacles if obstacle.field in DEFECTS))


def explain(photo: PhotoScore, calibration: Calibration, to_comparable: Callable[[float], float]) -> Explanation:
    """Return what would change a photo; `to_comparable` brings aesthetic marks to the scale of the calibration."""
    maths = _Maths(photo, calibration, to_comparable)
    return Explanation(
        without=tuple(maths.find_without()),
        next_stars=maths.find_next_stars(),
        next_label=_NEXT_LABELS[photo.label] if photo.kind == "photo" else None,
        obstacles=tuple(maths.find_obstacles()),
    )


class _Maths:
    """The score of one photo, as a function of what is changed about it."""

    def __init__(self, photo: PhotoScore, calibration: Calibration, to_comparable: Callable[[float], float]) -> None:
        self._photo = photo
        self._calibration = calibration
        self._to_comparable = to_comparable

    def _score(self, *, aesthetic: float | None = None, without: Iterable[str] = ()) -> float:
        mean = self._photo.aesthetic.mean if aesthetic is None else aesthetic
        left = {name: 0.0 if name in without else severity for name, severity in self._photo.defects.items()}
        worst = find_worst(left, self._calibration.costing)
        quality = to_quality(self._to_comparable(mean), self._photo.technical.mean, worst, self._calibration)
        return to_score(quality, self._calibration)

    def find_without(self) -> Iterator[Without]:
        """Yield what fewer defects would give; of defects that hide behind a worse one, only all together."""
        free = self._calibration.fault_severity
        costly = [name for name in self._calibration.costing if self._photo.defects[name] > free]
        costly.sort(key=lambda name: -self._photo.defects[name])
        groups = [(name,) for name in costly] + ([tuple(costly)] if len(costly) > 1 else [])
        for defects in groups:
            without = self._judge_without(defects)
            if without.gain >= _LEAST_GAIN:
                yield without

    def _judge_without(self, defects: tuple[str, ...]) -> Without:
        score = self._score(without=defects)
        left = {name: 0.0 if name in defects else severity for name, severity in self._photo.defects.items()}
        label = to_label(score, self._photo.technical.mean, left, self._calibration, self._photo.kind)
        return Without(defects, score, score - self._photo.score, label, to_stars(score, label, self._calibration))

    def find_next_stars(self) -> NextStars | None:
        """Return where the next star begins."""
        if self._photo.label == "rejected" or self._photo.stars > len(self._calibration.stars):
            return None
        begins = self._calibration.stars[self._photo.stars - 1]
        return NextStars(self._photo.stars + 1, begins, self._find_aesthetic(begins))

    def _find_aesthetic(self, score: float) -> float | None:
        low, high = self._photo.aesthetic.mean, _BEST_MARK
        if self._score(aesthetic=high) < score:
            return None
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._score(aesthetic=middle) >= score else (middle, high)
        return high

    def find_obstacles(self) -> Iterator[Obstacle]:
        """Yield what keeps the photo from the next label."""
        photo, calibration = self._photo, self._calibration
        rejected = photo.label == "rejected"
        if photo.label == "accepted" or photo.kind == "graphic":
            return
        wanted = calibration.rejected_score if rejected else calibration.accepted_score
        if photo.score < wanted:
            yield Obstacle("score", photo.score, wanted, at_least=True, limit_suffices=True)
        if rejected:
            enough = calibration.rejected_technical
            yield Obstacle("technical", photo.technical.mean, enough, at_least=True, limit_suffices=False)
        limit = calibration.rejected_severity if rejected else calibration.accepted_severity
        for name in calibration.rejecting:
            if photo.defects[name] >= limit:
                yield Obstacle(name, photo.defects[name], limit, at_least=False, limit_suffices=False)
