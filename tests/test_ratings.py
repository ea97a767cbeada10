"""Ratings of a run: what was begun is told, however the run ends."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest

from iqscore.errors import OutputError
from iqscore.rater import Rater
from iqscore.ratings import RatingLines, Ratings, _quote
from iqscore.records import PhotoScore, Rated, RatedOutcome
from iqscore.tally import Tally
from tests.samples import make_photo


class Lines:
    """Keeps the paths of lines, of which the first may not be written."""

    def __init__(self, *, fails: bool = False) -> None:
        self.paths: list[str] = []
        self._fails = fails

    def write(self, outcome: RatedOutcome) -> None:
        self.paths.append(outcome.path)
        if self._fails and len(self.paths) == 1:
            raise OutputError("standard output: cannot be written")


def open_all(rate: object, lines: Lines) -> tuple[Ratings, Tally]:
    rater, tally = SimpleNamespace(rate=rate, sync=lambda: None), Tally()
    return Ratings(cast(Rater, rater), tally, cast(RatingLines, lines)), tally


def expect_error(message: str, ratings: Ratings, photos: Sequence[PhotoScore]) -> None:
    """Rate all as a run does, which ends with an error."""

    def rate_all() -> None:
        for photo in photos:
            ratings.add(photo)
        ratings.finish()

    with pytest.raises(OutputError, match=message):
        rate_all()
    ratings.stop()


def test_after_an_error_what_the_other_thread_wrote_is_told() -> None:
    done = Event()

    def rate(photo: PhotoScore) -> RatedOutcome:
        if photo.path == "a":
            done.wait(60)
            raise OutputError("journal: cannot be written")
        done.set()
        return Rated(photo.path, "written", None, 4, (photo.path,), "")

    lines = Lines()
    ratings, tally = open_all(rate, lines)
    expect_error("journal", ratings, [make_photo("a"), make_photo("b")])
    assert lines.paths == ["b"]
    assert tally.ratings == {"written": 1}


def test_a_photo_whose_line_cannot_be_written_is_counted_once() -> None:
    lines = Lines(fails=True)
    ratings, tally = open_all(lambda photo: Rated(photo.path, "written", None, 4, (), ""), lines)
    expect_error("standard output", ratings, [make_photo("a")])
    assert tally.ratings == {"written": 1}
    assert lines.paths == ["a"]


def test_a_photo_that_is_waited_for_when_an_interrupt_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(entries: object) -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    lines = Lines()
    ratings, tally = open_all(lambda photo: Rated(photo.path, "written", None, 4, (), ""), lines)
    monkeypatch.setattr("iqscore.ratings.wait", interrupt)
    ratings._pending.append(ratings._pool.submit(ratings._rater.rate, make_photo("a")))
    with pytest.raises(KeyboardInterrupt):
        ratings.finish()
    ratings.stop()
    assert lines.paths == ["a"]
    assert tally.ratings == {"written": 1}


@pytest.mark.parametrize(
    ("platform", "word"), [("win32", '"C:\\My Photos\\j.ndjson"'), ("linux", "'C:\\My Photos\\j.ndjson'")]
)
def test_a_path_is_quoted_as_the_shell_there_takes_it(
    platform: str, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    assert _quote("C:\\My Photos\\j.ndjson") == word
