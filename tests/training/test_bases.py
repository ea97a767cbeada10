"""Photos that judge never train, and marks become severities."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

pytest.importorskip("scipy")
from iqscore.records import DEFECTS
from tests.training.scenes import make_scene
from training.bases import CLEAN_TECHNICAL, TOO_FINE, find_clean_bases, find_marked, is_held_out, looks_well_made
from training.photosets import Example

pytestmark = pytest.mark.training


def test_galleries_are_held_out_whole() -> None:
    galleries = [{is_held_out(Path(f"rated/gallery{g}/{n}.jpg")) for n in range(20)} for g in range(200)]
    assert all(len(answers) == 1 for answers in galleries)
    assert sum(answers.pop() for answers in galleries) / 200 == pytest.approx(0.2, abs=0.1)


def test_collections_are_held_out_photo_by_photo() -> None:
    for folder, share in (("photos_view/img", 0.25), ("photos_small/img", 0.1), ("voc/JPEGImages", 0.1)):
        kept = [is_held_out(Path(folder) / f"{n}.jpg") for n in range(2000)]
        assert np.mean(kept) == pytest.approx(share, abs=0.03)


def test_marks_become_severities(tmp_path: Path) -> None:
    header = ",".join(("file", "technical", *DEFECTS, "intent"))
    rows = "\n".join(("a.jpg,6.5,3,2,1" + ",0" * 9 + ",night bokeh", "b.jpg,5" + ",0" * 12 + ",graphic"))
    (tmp_path / "defects.csv").write_text(f"{header}\n{rows}\n", encoding="utf-8")
    (base,) = find_marked([tmp_path])
    assert base.path == tmp_path / "a.jpg"
    known = dict(zip(DEFECTS, base.severities, strict=True))
    assert [known[name] for name in ("underexposure", "overexposure", "white_balance")] == [0.85, 0.55, 0.25]
    assert np.isnan([known[name] for name in TOO_FINE]).all()
    assert np.isfinite(base.severities).sum() == 10
    assert (base.technical, base.is_marked) == (6.5, True)


def test_clean_photos_look_well_made(tmp_path: Path) -> None:
    scene = Image.fromarray(make_scene(1, 960, 640))
    scene.save(tmp_path / "good.png")
    scene.point(lambda v: v // 5).save(tmp_path / "dark.png")
    scene.filter(ImageFilter.GaussianBlur(12)).save(tmp_path / "soft.png")
    assert [looks_well_made(tmp_path / f"{name}.png") for name in ("good", "dark", "soft")] == [True, False, False]
    examples = [Example(tmp_path / "good.png", "photos", "s", mean, np.full(10, 0.1)) for mean in (4.0, 5.0)] + [
        Example(tmp_path / "dark.png", "photos", "s", 6.0, np.full(10, 0.1))
    ]
    chosen = [*find_clean_bases(examples, held_out=True), *find_clean_bases(examples, held_out=False)]
    assert [(base.path.name, base.technical, base.is_marked) for base in chosen] == [
        ("good.png", CLEAN_TECHNICAL, False)
    ]
