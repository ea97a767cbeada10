"""Photos of many threads run together: each gets its own outputs, whoever else is in the batch."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from iqscore.batches import MicroBatches
from iqscore.cards import Card, load_cards
from iqscore.errors import ModelError
from iqscore.preprocess import to_views
from iqscore.session import open_session
from tests.pictures import make_scene

Views = NDArray[np.uint8]


class Slow:
    """Adds up each photo's pixels, and holds the first batch back until it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.shapes: set[tuple[int, ...]] = set()
        self.begun, self.go = threading.Event(), threading.Event()

    def run(self, views: Views) -> list[NDArray[np.float32]]:
        self.sizes.append(len(views))
        self.shapes.add(views.shape[1:])
        self.begun.set()
        assert self.go.wait(10)
        if views.max() == 255:
            raise ModelError("out of memory")
        return [views.reshape(len(views), -1).sum(axis=1, keepdims=True).astype(np.float32), views[:, 0, 0, 0, 0] * 1.0]


def make_views(value: int, side: int = 4) -> Views:
    return np.full((1, 1, side, side, 3), value, np.uint8)


def run_behind_a_first(session: Slow, batches: MicroBatches, more: list[Views]) -> list[object]:
    """Run one photo, and while it is held back others; return what each of the others got, or its error."""

    def ask(views: Views) -> object:
        try:
            return [float(output.squeeze()) for output in batches.run(views)]
        except ModelError as error:
            return str(error)

    with ThreadPoolExecutor(1 + len(more)) as threads:
        first = threads.submit(ask, make_views(1))
        assert session.begun.wait(10)
        others = [threads.submit(ask, views) for views in more]
        while len(batches._waiting) < len(more):
            threading.Event().wait(0.001)
        session.go.set()
        assert first.result(10) == [48.0, 1.0]
        return [other.result(10) for other in others]


def test_who_comes_while_it_is_busy_goes_together() -> None:
    session = Slow()
    said = run_behind_a_first(session, MicroBatches(session.run, "cuda"), [make_views(value) for value in range(2, 9)])
    assert said == [[48.0 * value, float(value)] for value in range(2, 9)]
    assert session.sizes == [1, 7]


def test_a_batch_has_one_shape_and_a_most() -> None:
    session = Slow()
    more = [make_views(value, 4 + 2 * (value % 2)) for value in range(2, 12)]
    said = run_behind_a_first(session, MicroBatches(session.run, "cuda", most=3), more)
    assert said == [[float(views.sum()), float(views.max())] for views in more]
    assert max(session.sizes) == 3
    assert sorted(session.sizes) == [1, 2, 2, 3, 3]
    assert session.shapes == {(1, 4, 4, 3), (1, 6, 6, 3)}


def test_an_error_is_that_of_its_batch_alone() -> None:
    session = Slow()
    said = run_behind_a_first(
        session, MicroBatches(session.run, "cuda"), [make_views(255), make_views(3), make_views(5, 6)]
    )
    assert said == ["out of memory", "out of memory", [540.0, 5.0]]
    assert MicroBatches(session.run, "cuda").run(make_views(2))[0].item() == 96.0


@pytest.mark.parametrize("card", load_cards(), ids=lambda card: card.role)
def test_the_shipped_models_say_the_same_of_a_photo_in_any_batch(card: Card) -> None:
    session = open_session(card, "cpu")
    views = [to_views(np.asarray(make_scene(seed, 320, 240)), card.views)[None] for seed in range(6)]
    alone = [session.run(view) for view in views]
    for count in (2, 5):
        together = session.run(np.concatenate(views[:count]))
        for number in range(count):
            for one, all_of_them in zip(alone[number], together, strict=True):
                np.testing.assert_allclose(one[0], all_of_them[number], atol=1e-5)


def test_many_threads_get_their_own() -> None:
    session = Slow()
    session.go.set()
    batches = MicroBatches(session.run, "cuda")
    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(lambda value: batches.run(make_views(value))[0].item(), list(range(200))))
    assert said == [48.0 * value for value in range(200)]
    assert sum(session.sizes) == 200
