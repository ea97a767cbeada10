"""From a photo to its PhotoScore: the two networks and the opinion made of what they say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from iqscore.cards import Card, choose_cards, find_models_folder
from iqscore.curve import load_curve
from iqscore.decode import Photo, decode_photo
from iqscore.errors import PhotoError
from iqscore.explanation import Explanation, explain
from iqscore.kind import get_kind, load_weights
from iqscore.motion import find_motion_angle
from iqscore.opinion import (
    NOT_A_PHOTOGRAPH,
    Calibration,
    find_worst,
    load_calibration,
    to_aesthetic,
    to_label,
    to_quality,
    to_reasons,
    to_score,
    to_stars,
    without_colour_faults,
)
from iqscore.preprocess import Pixels, is_monochrome, to_views
from iqscore.records import DEFECTS, Failure, Outcome, PhotoScore, Reason, Technical
from iqscore.session import Device, OpenSession, Session, open_session


class Scorer:
    """Scores photos; one instance serves any number of threads."""

    def __init__(self, cards: Mapping[str, Card], sessions: Mapping[str, Session], calibration: Calibration) -> None:
        self._cards = cards
        self._sessions = sessions
        self._calibration = calibration
        self._curve = load_curve(cards["aesthetic"])
        self.models = {role: card.identity for role, card in cards.items()}
        self.device = next(iter(sessions.values())).device

    def score(self, path: str) -> Outcome:
        """Return what iqscore says about the photo at `path`, or why it cannot say anything."""
        try:
            return self.score_photo(decode_photo(path))
        except PhotoError as error:
            return Failure(path=path, code=error.code, message=error.message)

    def score_photo(self, photo: Photo) -> PhotoScore:
        """Return what iqscore says about a decoded photo."""
        views = {role: to_views(photo.pixels, card.views)[None] for role, card in self._cards.items()}
        (histogram,) = self._sessions["aesthetic"].run(views["aesthetic"])
        severities, marks = self._sessions["defects"].run(views["defects"])
        aesthetic = to_aesthetic([float(share) for share in histogram[0]])
        technical = float(marks[0])
        defects = _to_defects(views["defects"][0, 0], [float(severity) for severity in severities[0]])
        worst = find_worst(defects, self._calibration.costing)
        comparable = self._curve.to_shipped(aesthetic.mean) if self._curve else aesthetic.mean
        score = to_score(to_quality(comparable, technical, worst, self._calibration), self._calibration)
        kind = get_kind(photo.pixels)
        label = to_label(score, technical, defects, self._calibration) if kind == "photo" else "pending"
        return PhotoScore(
            path=photo.path,
            score=score,
            label=label,
            stars=to_stars(score, label, self._calibration),
            aesthetic=aesthetic,
            technical=Technical(mean=technical),
            defects=defects,
            reasons=self._tell(photo, score, defects) if kind == "photo" else (NOT_A_PHOTOGRAPH,),
            width=photo.width,
            height=photo.height,
            format=photo.format,
            models=self.models,
            taken=photo.taken,
            kind=kind,
        )

    def _tell(self, photo: Photo, score: float, defects: Mapping[str, float]) -> tuple[Reason, ...]:
        moved = defects["motion_blur"] >= self._calibration.told_severity["motion_blur"]
        angle = find_motion_angle(photo.pixels) if moved else None
        return to_reasons(score, defects, self._calibration, angle)

    def explain(self, photo: PhotoScore) -> Explanation:
        """Return what would change the score of a photo that this scorer judged."""
        return explain(photo, self._calibration, self._curve.to_shipped if self._curve else float)


def _to_defects(whole: Pixels, severities: Sequence[float]) -> dict[str, float]:
    defects = dict(zip(DEFECTS, severities, strict=True))
    return without_colour_faults(defects) if is_monochrome(whole) else defects


def open_scorer(
    device: Device = "auto",
    *,
    models: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
    open_session: OpenSession = open_session,
) -> Scorer:
    """Return a Scorer with the shipped models loaded on `device`.

    `models` is a folder with a model of each role and a calibration, in place of the shipped one; or model files (.onnx
    with the card beside it), one or many, each in place of the shipped model with its role. Raises ModelError where a
    model is missing or damaged, or where CUDA was asked for and is not to be had.
    """
    named = () if models is None else (models,) if isinstance(models, str | os.PathLike) else tuple(models)
    folder = find_models_folder()
    if len(named) == 1 and Path(named[0]).is_dir():
        folder, named = Path(named[0]), ()
    cards = {card.role: card for card in choose_cards(named, folder)}
    load_weights()
    sessions = {role: open_session(card, device) for role, card in cards.items()}
    return Scorer(cards, sessions, load_calibration(folder))
