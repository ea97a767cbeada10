"""Distortions reach the PSNR that they are asked for, and votes find their photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from tests.training.scenes import make_scene
from training.tid2013 import (
    DISTORTIONS,
    SIZE,
    Distortion,
    distort_to,
    find_cases,
    find_references,
    open_reference,
    read_votes,
    to_psnr,
    to_severity,
)

VOTES = "5.5 I01_01_1.bmp\n5.1 i01_17_1.bmp\n6.5 i01_17_2.bmp\n4.0 I25_01_1.bmp\n"


@pytest.fixture
def kodak(tmp_path: Path) -> Path:
    Image.fromarray(make_scene(1, 768, 512)).save(tmp_path / "kodim01.png")
    return tmp_path


@pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda one: one.name)
def test_psnr_is_reached(kodak: Path, distortion: Distortion) -> None:
    photo = open_reference(kodak / "kodim01.png")
    for psnr in (33, 24):
        reached = to_psnr(photo, distort_to(photo, distortion.apply, distortion.most, psnr))
        # JPEG comes in whole steps of quality, a shift in whole levels
        assert reached == pytest.approx(psnr, abs=1.3 if distortion.number in (10, 16) else 0.1)


def test_a_reference_is_the_middle(kodak: Path) -> None:
    whole = np.asarray(Image.open(kodak / "kodim01.png"), np.float32) / 255
    photo = open_reference(kodak / "kodim01.png")
    assert photo.shape == (SIZE[1], SIZE[0], 3)
    assert np.allclose(photo, whole[64:448, 128:640])


def test_votes_find_their_photos(kodak: Path) -> None:
    (kodak / "mos.txt").write_text(VOTES, encoding="utf-8")
    cases = list(find_cases(find_references(kodak, training=True), read_votes(kodak / "mos.txt")))
    assert [(case.name, case.truth["mos"]) for case in cases] == [
        ("kodim01_01_1", 5.5), ("kodim01_17_1", 5.1), ("kodim01_17_2", 6.5),
    ]  # fmt: skip
    less, more = cases[1].make(), cases[2].make()
    assert less.std() < more.std()


def test_references_that_train_do_not_judge(tmp_path: Path) -> None:
    for number in range(1, 25):
        (tmp_path / f"kodim{number:02d}.png").touch()
    train, judge = find_references(tmp_path, training=True), find_references(tmp_path, training=False)
    assert (len(train), len(judge), set(train) & set(judge)) == (16, 8, set())


def test_severity_of_votes() -> None:
    assert [round(to_severity(vote), 2) for vote in (7.0, 5.57, 4.18, 2.78, 1.0)] == [0.0, 0.2, 0.5, 0.8, 1.0]
