"""Clean photos are chosen by rule, spoilt in every way, and their truth is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

pytest.importorskip("scipy")
from iqscore.records import DEFECTS
from tests.training.scenes import make_scene
from training.clean import is_clean
from training.synthetic import KINDS, PER_SOURCE, PLAIN, find_cases, find_clean, find_mixed, find_plain

pytestmark = pytest.mark.training


def make_clean(seed: int) -> Image.Image:
    """Return a photo of 640 px with sharp and with smooth parts."""
    return Image.fromarray(make_scene(seed, 640, 480))


@pytest.fixture
def clean(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{number}.jpg" for number in range(2)]
    for number, path in enumerate(paths):
        make_clean(number).save(path, quality=97)
    return paths


def test_every_kind_names_a_defect() -> None:
    assert {defect for defect, _ in KINDS.values()} == set(DEFECTS)
    assert {defect for defect, _ in PLAIN.values()} <= set(DEFECTS)


def test_dark_grey_and_soft_photos_are_not_clean() -> None:
    photo = make_clean(0)
    faulty = [
        photo.point(lambda v: v // 4),
        photo.convert("L").convert("RGB"),
        photo.filter(ImageFilter.GaussianBlur(4)),
    ]
    assert is_clean(np.asarray(photo))
    assert not any(is_clean(np.asarray(image)) for image in faulty)


def test_no_source_gives_more_than_its_share(tmp_path: Path) -> None:
    for source, count in (("many", PER_SOURCE + 3), ("few", 2)):
        (tmp_path / source).mkdir()
        for number in range(count):
            make_clean(0).save(tmp_path / source / f"{number}.jpg", quality=97)
    (tmp_path / "few" / "broken.jpg").write_bytes(b"no photo")
    chosen = find_clean(tmp_path, 100)
    assert len(chosen) == PER_SOURCE + 2
    assert chosen == find_clean(tmp_path, 100)
    assert find_clean(tmp_path, 3) == chosen[:3]


def test_one_defect_each(clean: list[Path]) -> None:
    cases = list(find_cases(clean))
    assert [case.kind for case in cases] == ["clean", *KINDS] * 2
    for case in cases[: 1 + len(KINDS)]:
        pixels = case.make()
        assert pixels.dtype == np.uint8
        assert set(case.truth) == ({KINDS[case.kind][0]} if case.kind != "clean" else set())
        assert all(0 <= severity <= 1 for severity in case.truth.values())


def test_the_same_photos_every_time(clean: list[Path]) -> None:
    first, second = (list(find_cases(clean))[3].make() for _ in range(2))
    assert np.array_equal(first, second)


def test_two_or_three_that_go_together(clean: list[Path]) -> None:
    for case in find_mixed(clean * 6):
        case.make()
        assert 1 <= len(case.truth) <= 3
        assert not {"underexposure", "overexposure"} <= set(case.truth)


def test_plain_ways(clean: list[Path]) -> None:
    cases = list(find_plain(clean[:1]))
    untouched = np.asarray(Image.open(clean[0]))
    assert [case.kind for case in cases] == list(PLAIN)
    assert all(case.make().shape != untouched.shape or not np.array_equal(case.make(), untouched) for case in cases)
