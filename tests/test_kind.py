"""Photographs and what is none: told from pixels, labelled, left out on request."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
from PIL import Image, ImageDraw

from iqscore.kind import FEATURES, is_graphic, load_weights, to_features
from iqscore.records import PhotoScore
from iqscore.scorer import open_scorer
from tests.pictures import make_pixels, make_scene
from tests.program import FakeScorer, call, read_lines, touch
from tests.samples import make_photo

Capture = pytest.CaptureFixture[str]


def draw_screen(width: int = 1280, height: int = 800, *, ink: str = "black", paper: str = "white") -> Image.Image:
    """Return a window with lines of words and a few boxes."""
    image = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width, 40), "#3367d6")
    for line in range(60, height - 20, 18):
        draw.text((30, line), "the quick brown fox jumps over the lazy dog, twice and again " * 3, ink)
    draw.rectangle((width - 200, 100, width - 20, 300), "#eeeeee", "#888888")
    return image


def to_pixels(image: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("colours", [("black", "white"), ("#d4d4d4", "#1e1e1e"), ("#333333", "#f8f4ec")])
def test_a_screen_is_a_graphic(colours: tuple[str, str]) -> None:
    ink, paper = colours
    assert is_graphic(to_pixels(draw_screen(ink=ink, paper=paper)))


@pytest.mark.parametrize("seed", range(6))
def test_a_scene_is_a_photo(seed: int) -> None:
    assert not is_graphic(to_pixels(make_scene(seed, 900, 600)))
    assert not is_graphic(to_pixels(make_scene(seed, 900, 600).convert("L")))


def test_icons_are_graphics_whatever_they_show() -> None:
    assert is_graphic(to_pixels(make_scene(1, 32, 24)))


@pytest.mark.parametrize("size", [(1, 1), (3, 700), (700, 3), (9, 9), (50, 33), (3000, 60)])
def test_any_size_has_features(size: tuple[int, int]) -> None:
    features = to_features(make_pixels(*size))
    assert features.shape == (len(FEATURES),)
    assert np.isfinite(features).all()


def test_features_say_what_their_names_say() -> None:
    plain = dict(zip(FEATURES, to_features(np.full((80, 80, 3), 255, np.uint8)), strict=True))
    assert (plain["flat"], plain["one_colour"], plain["tones"], plain["grey"], plain["paper"]) == (1, 1, 0, 1, 1)
    stripes = np.zeros((80, 80, 3), np.uint8)
    stripes[:, ::4] = 255
    striped = dict(zip(FEATURES, to_features(stripes), strict=True))
    assert (striped["flat"], striped["strong"], striped["two_valued"], striped["straight"]) == (0, 1, 1, 1)
    noise = np.random.default_rng(1).integers(0, 256, (80, 80, 3), np.uint8)
    noisy = dict(zip(FEATURES, to_features(noise), strict=True))
    assert noisy["straight"] == 0
    assert noisy["tones"] > 10


def test_the_shipped_weights_fit_the_features() -> None:
    weights = load_weights()
    assert weights.mean.shape == weights.scale.shape == (len(FEATURES),)
    assert weights.hidden.shape == (len(FEATURES), len(weights.output))


def test_a_graphic_is_pending_and_says_why(tmp_path: Path) -> None:
    draw_screen().save(tmp_path / "screen.png")
    outcome = open_scorer("cpu").score(str(tmp_path / "screen.png"))
    assert isinstance(outcome, PhotoScore)
    assert (outcome.kind, outcome.label) == ("graphic", "pending")
    assert [(reason.code, reason.text) for reason in outcome.reasons] == [("not_a_photograph", "not a photograph")]


class KindScorer(FakeScorer):
    """Takes for a graphic what is named so."""

    def score(self, path: str) -> PhotoScore:
        return make_photo(path, score=50.0, kind="graphic" if "screen" in path else "photo")


@pytest.fixture
def kinds(desk: Path) -> Path:
    touch("a.jpg", "b.jpg", "screen.png")
    return desk


@pytest.mark.usefixtures("kinds")
def test_only_photos_on_request(capsys: Capture) -> None:
    with patch("iqscore.run.open_scorer", lambda device, **_: KindScorer()):
        assert call("rank", ".", "-f", "ndjson") == 0
        assert len(read_lines(capsys.readouterr().out)) == 3
        assert call("rank", ".", "-f", "ndjson", "--photos-only") == 0
        out, err = capsys.readouterr()
        assert [(record["path"], record["rank"]) for record in read_lines(out)] == [("a.jpg", 1), ("b.jpg", 2)]
        assert "left out 1 file that is no photograph" in err
        assert "2 photos: " in err
        assert call("score", "screen.png", "--photos-only") == 4
        assert "no photo found" not in capsys.readouterr().err


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize("words", ["check . -f ndjson", "watch . --existing --idle 0 --settle 0 --poll 1"])
def test_so_it_is_with_a_gate_and_a_watch(words: str, capsys: Capture) -> None:
    with patch("iqscore.run.open_scorer", lambda device, **_: KindScorer()):
        assert call(*words.split(), "--photos-only") == 0
    out, err = capsys.readouterr()
    assert sorted(str(record["path"]) for record in read_lines(out)) == ["a.jpg", "b.jpg"]
    assert "left out 1 file that is no photograph" in err
    assert "2 photos: " in err
