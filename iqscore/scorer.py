"""From a photo to its PhotoScore: the two networks and the opinion made of what they say."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from iqscore.cards import Card, choose_cards, find_models_folder
from iqscore.curve import load_curve
from iqscore.decode import Photo, decode_photo
from iqscore.errors import PhotoError
from iqscore.explanation import Explanation, explain
from iqscore.fingerprint import to_model_print, to_pipeline_print
from iqscore.kind import is_graphic, load_weights
from iqscore.memory import Memory
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
from iqscore.preprocess import Pixels, is_monochrome, to_views_of_all
from iqscore.records import DEFECTS, Failure, Kind, Outcome, PhotoScore, Technical
from iqscore.session import Device, OpenSession, Session, open_session
from iqscore.sight import Numbers, Sight

if TYPE_CHECKING:
    from iqscore.cache import Store


class Scorer:
    """Scores photos; one instance serves any number of threads."""

    def __init__(
        self,
        cards: Mapping[str, Card],
        sessions: Mapping[str, Session],
        calibration: Calibration,
        memory: Memory | None = None,
    ) -> None:
        self._cards = cards
        self._sessions = sessions
        self._calibration = calibration
        self._curve = load_curve(cards["aesthetic"])
        self._memory = memory
        self.models = {role: card.identity for role, card in cards.items()}
        self.device = next(iter(sessions.values())).device
        self.has_fallen_back = any(getattr(session, "has_fallen_back", False) for session in sessions.values())
        """Whether CUDA was tried in vain."""

    @property
    def remembered(self) -> int:
        """How many photos were not decoded, as what was seen in them was known."""
        return self._memory.hits if self._memory else 0

    def score(self, path: str) -> Outcome:
        """Return what iqscore says about the photo at `path`, or why it cannot say anything."""
        return self._score(path, self._see)

    def score_afresh(self, path: str) -> Outcome:
        """Return the same, with nothing remembered: of a file that will not be there again."""
        return self._score(path, lambda path: self._look(decode_photo(path)))

    def _score(self, path: str, see: Callable[[str], Sight]) -> Outcome:
        try:
            return self._judge(path, see(path))
        except PhotoError as error:
            return Failure(path=path, code=error.code, message=error.message)

    def recall(self, path: str) -> PhotoScore | None:
        """Return what `score` would say where an earlier run saw all there is to see; else None, within microseconds.

        Threads that decode are not worth waking for that.
        """
        known = self._memory.find(path, quickly=True) if self._memory else None
        if self._memory is None or known is None or known.sight is None or not self._is_whole(known.sight):
            return None
        self._memory.count_hit()
        return self._judge(path, known.sight)

    def score_photo(self, photo: Photo) -> PhotoScore:
        """Return what iqscore says about a decoded photo."""
        return self._judge(photo.path, self._look(photo))

    def _see(self, path: str) -> Sight:
        """Return what there is to see in the photo at `path`, from memory where that has it all."""
        if self._memory is None:
            return self._look(decode_photo(path))
        known = self._memory.find(path)
        if known.sight and self._is_whole(known.sight):
            self._memory.count_hit()
            return known.sight
        sight = self._look(decode_photo(path), known.sight)
        self._memory.keep(known, sight)
        return sight

    def _is_whole(self, sight: Sight) -> bool:
        return sight.outputs.keys() == self._cards.keys() and (sight.is_motion_sought or not self._is_moved(sight))

    def _is_moved(self, sight: Sight) -> bool:
        return sight.outputs["defects"][0][_MOTION_BLUR] >= self._calibration.told_severity["motion_blur"]

    def _look(self, photo: Photo, known: Sight | None = None) -> Sight:
        """Return what there is to see in a photo; of what is known already, only the rest is looked for."""
        outputs = dict(known.outputs) if known else {}
        roles = [role for role in self._cards if role not in outputs]
        seen = to_views_of_all(photo.pixels, [self._cards[role].views for role in roles])
        views = dict(zip(roles, seen, strict=True))
        outputs |= {role: self._run(role, view) for role, view in views.items()}
        sight = Sight(
            facts=to_facts(photo),
            outputs=outputs,
            is_monochrome=known.is_monochrome if known else is_monochrome(views["defects"][0]),
            is_graphic=known.is_graphic if known else is_graphic(photo.pixels),
            is_motion_sought=known.is_motion_sought if known else False,
            motion=known.motion if known else None,
        )
        if sight.is_motion_sought or not self._is_moved(sight):
            return sight
        return replace(sight, is_motion_sought=True, motion=find_motion_angle(photo.pixels))

    def _run(self, role: str, views: Pixels) -> tuple[Numbers, ...]:
        return tuple(tuple(output.ravel().tolist()) for output in self._sessions[role].run(views[None]))

    def _judge(self, path: str, sight: Sight) -> PhotoScore:
        (histogram,) = sight.outputs["aesthetic"]
        severities, (technical,) = sight.outputs["defects"]
        aesthetic = to_aesthetic(histogram)
        defects = _to_defects(severities, is_monochrome=sight.is_monochrome)
        worst = find_worst(defects, self._calibration.costing)
        comparable = self._curve.to_shipped(aesthetic.mean) if self._curve else aesthetic.mean
        score = to_score(to_quality(comparable, technical, worst, self._calibration), self._calibration)
        kind = _to_kind(sight)
        label = to_label(score, technical, defects, self._calibration, kind)
        return PhotoScore(
            path=path,
            score=score,
            label=label,
            stars=to_stars(score, label, self._calibration),
            aesthetic=aesthetic,
            technical=Technical(mean=technical),
            defects=defects,
            reasons=to_reasons(score, defects, self._calibration, sight.motion)
            if kind == "photo"
            else (NOT_A_PHOTOGRAPH,),
            models=self.models,
            kind=kind,
            **sight.facts,
        )

    def explain(self, photo: PhotoScore) -> Explanation:
        """Return what would change the score of a photo that this scorer judged."""
        return explain(photo, self._calibration, self._curve.to_shipped if self._curve else float)


def to_facts(photo: Photo) -> dict[str, object]:
    """Return what a photo's file says about it: the fields, by name, that a record has too."""
    return {name: getattr(photo, name) for name in _FACTS}


_MOTION_BLUR = DEFECTS.index("motion_blur")
_FACTS = tuple(
    field.name
    for field in fields(Photo)
    if field.name != "path" and field.name in {field.name for field in fields(PhotoScore)}
)


def _to_kind(sight: Sight) -> Kind:
    """Return the kind; a file that tells how long the shutter was open is a photograph, whatever it looks like."""
    return "graphic" if sight.is_graphic and sight.facts["exif"].shutter is None else "photo"


def _to_defects(severities: Sequence[float], *, is_monochrome: bool) -> dict[str, float]:
    defects = dict(zip(DEFECTS, severities, strict=True))
    return without_colour_faults(defects) if is_monochrome else defects


def open_scorer(
    device: Device = "auto",
    *,
    models: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
    open_session: OpenSession = open_session,
    store: Store | None = None,
    hashing: bool = False,
) -> Scorer:
    """Return a Scorer with the shipped models loaded on `device`.

    `models` is a folder with a model of each role and a calibration, in place of the shipped one; or model files (.onnx
    with the card beside it), one or many, each in place of the shipped model with its role. What is
    seen in photos is kept in `store`, and found there by path, size and time, with `hashing` also by content. Raises
    ModelError where a model is missing or damaged, or where CUDA was asked for and is not to be had.
    """
    named = () if models is None else (models,) if isinstance(models, str | os.PathLike) else tuple(models)
    folder = find_models_folder()
    if len(named) == 1 and Path(named[0]).is_dir():
        folder, named = Path(named[0]), ()
    cards = {card.role: card for card in choose_cards(named, folder)}
    # what is wrong with them is told before the first photo
    load_weights()
    sessions = {role: open_session(card, device) for role, card in cards.items()}
    return Scorer(cards, sessions, load_calibration(folder), _to_memory(cards, sessions, store, hashing=hashing))


def _to_memory(
    cards: Mapping[str, Card], sessions: Mapping[str, Session], store: Store | None, *, hashing: bool
) -> Memory | None:
    if store is None:
        return None
    models = {role: to_model_print(card, sessions[role]) for role, card in cards.items()}
    return Memory(store, to_pipeline_print(cards), models, hashing=hashing)
