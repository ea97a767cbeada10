"""Baselines rise and fall with the faults that they are meant for."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

pytest.importorskip("scipy")
from tests.training.scenes import make_scene
from training.baselines import NAMES, Baselines, measure_as_cleanvision, to_brisque_features, to_colourfulness


def make_image(seed: int = 0) -> Image.Image:
    return Image.fromarray(make_scene(seed))


@pytest.fixture(scope="module")
def baselines() -> Baselines:
    return Baselines(make_scene(seed) for seed in range(8))


def test_every_baseline_is_a_number(baselines: Baselines) -> None:
    measured = baselines.measure(make_scene(0))
    assert sorted(measured) == sorted(NAMES)
    assert all(np.isfinite(value) for value in measured.values())


def test_a_blurred_photo_has_less_sharpness(baselines: Baselines) -> None:
    sharp, soft = make_image(), make_image().filter(ImageFilter.GaussianBlur(3))
    assert measure_as_cleanvision(soft)["blurry"] <= measure_as_cleanvision(sharp)["blurry"]
    assert baselines.measure(np.asarray(soft))["sharpness"] < baselines.measure(np.asarray(sharp))["sharpness"]


def test_dark_and_light_photos_score_low() -> None:
    plain, dark = make_image(), ImageEnhance.Brightness(make_image()).enhance(0.2)
    light = Image.blend(plain, Image.new("RGB", plain.size, (255, 255, 255)), 0.8)
    assert measure_as_cleanvision(dark)["dark"] < measure_as_cleanvision(plain)["dark"]
    assert measure_as_cleanvision(light)["light"] < measure_as_cleanvision(plain)["light"]


def test_grey_has_no_colour() -> None:
    assert to_colourfulness(np.full((20, 30, 3), 90, np.uint8)) == 0
    assert to_colourfulness(make_scene(0)) > 5


def test_noise_is_unnatural(baselines: Baselines) -> None:
    scene = make_scene(20)
    noise = np.random.default_rng(0).normal(0, 40, scene.shape)
    noisy = np.clip(scene + noise, 0, 255).astype(np.uint8)
    assert baselines.measure(noisy)["unnatural"] > baselines.measure(scene)["unnatural"]
    assert to_brisque_features(scene).shape == (36,)


def test_the_formulas_are_those_of_cleanvision() -> None:
    theirs_at = pytest.importorskip("cleanvision.issue_managers.image_property")
    pandas = pytest.importorskip("pandas")
    image = make_image(3)
    theirs = {}
    for name, prop, options in (
        ("dark", theirs_at.BrightnessProperty("dark"), {}),
        ("light", theirs_at.BrightnessProperty("light"), {}),
        ("blurry", theirs_at.BlurrinessProperty(), {"normalizing_factor": 0.01, "color_threshold": 0.18}),
    ):
        raw = pandas.DataFrame([prop.calculate(image)])
        theirs[name] = float(prop.get_scores(raw, name, **options).iloc[0, 0])
    assert measure_as_cleanvision(image) == pytest.approx(theirs)
