"""Samples of the pool are spoilt as their labels say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from iqscore.records import DEFECTS
from tests.training.scenes import make_scene
from training.bases import Base, make_clean
from training.looks import to_views
from training.make_defect_pool import find_voted, write_shard
from training.samples import (
    COMPANIONS,
    OPPOSITES,
    UNTOUCHED,
    choose_defects,
    make_framed,
    make_sample,
    to_technical,
)

pytestmark = pytest.mark.training


def test_opposites_never_meet() -> None:
    rng = np.random.default_rng(0)
    drawn = [choose_defects(rng) for _ in range(600)]
    assert not any(set(pair) <= chosen for chosen in drawn for pair in OPPOSITES)
    assert any(set(COMPANIONS[0]) == chosen for chosen in drawn)
    assert {len(chosen) for chosen in drawn} == {0, 1, 2, 3}
    assert set().union(*drawn) == set(DEFECTS)


def test_labels_are_severities(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(make_scene(1, 480, 360)).save(path)
    base = make_clean(path)
    samples = [make_sample(base, np.random.default_rng(seed)) for seed in range(60)]
    severities = np.array([sample.severities for sample in samples])
    marks = np.array([sample.technical for sample in samples])
    assert severities.min() >= 0
    assert severities.max() <= 1
    assert all(0 <= sample.photo.min() <= sample.photo.max() <= 1 for sample in samples)
    tilts, composition = np.array([sample.tilt for sample in samples]), severities[:, DEFECTS.index("composition")]
    assert (tilts == composition).all()
    assert 0 < (tilts > 0).sum() < 60
    assert np.allclose(marks[severities.sum(1) == 0], 7.8)
    assert np.corrcoef(severities.sum(1), marks)[0, 1] < -0.5


def test_marked_photos_mostly_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(make_scene(1, 480, 360)).save(path)
    marks = np.zeros(len(DEFECTS))
    marks[3] = 0.55
    base = Base(path, marks, 6.0)
    samples = [make_sample(base, np.random.default_rng(seed)) for seed in range(40)]
    untouched = [one for one in samples if (one.severities == marks).all() and one.technical == 6.0]
    assert len(untouched) / len(samples) == pytest.approx(UNTOUCHED, abs=0.2)
    assert all(one.severities[3] >= 0.55 * 0.5 for one in samples)
    assert all(np.isnan(one.tilt) for one in untouched)


def test_a_frame_is_whole_or_cut_and_nothing_else_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(make_scene(1, 480, 360)).save(path)
    samples = [make_framed(make_clean(path), np.random.default_rng(seed)) for seed in range(80)]
    assert all(np.isnan(sample.severities).all() for sample in samples)
    assert all(np.isnan(sample.tilt) and np.isnan(sample.technical) for sample in samples)
    told = np.array([sample.crop for sample in samples])
    cut = told > 0
    assert cut.mean() == pytest.approx(0.5, abs=0.2)
    widths = np.array([sample.photo.shape[1] for sample in samples])
    assert widths[cut].max() <= 360
    # what is only resampled loses a frame, too, as after a turn
    assert np.median(widths[~cut]) == 480
    assert np.corrcoef(widths[cut], told[cut])[0, 1] < -0.99


def test_technical_falls_with_what_is_added_only() -> None:
    marks = np.zeros(len(DEFECTS))
    marks[DEFECTS.index("noise")] = 0.5
    base = Base(Path("a.jpg"), marks, 6.0)
    assert to_technical(base, marks) == 6.0
    assert to_technical(base, np.ones(len(DEFECTS))) < 1.1


def test_votes_become_samples(tmp_path: Path) -> None:
    Image.fromarray(make_scene(1, 768, 512)).save(tmp_path / "kodim01.png")
    (tmp_path / "mos.txt").write_text("6.6 I01_01_1.bmp\n2.0 i01_10_5.bmp\n5.0 i01_18_1.bmp\n", encoding="utf-8")
    samples = list(find_voted(tmp_path, tmp_path / "mos.txt"))
    # series 18 may be more or less of saturation: nobody knows
    assert [(float(one.severities.sum()), one.technical) for one in samples] == [
        (0.0, 7.8),
        (pytest.approx(0.968, abs=0.001), pytest.approx(2.21, abs=0.01)),
    ]
    assert samples[1].severities.argmax() == DEFECTS.index("jpeg_artifacts")
    write_shard(tmp_path / "voted_000.npz", samples, to_views, np.random.default_rng(0))
    shard = np.load(tmp_path / "voted_000.npz")
    assert shard["tilt"].tolist() == [0.0, 0.0]
    assert np.isnan(shard["crop"]).all()
    assert shard["views"].shape == (2, 4, 224, 224, 3)
