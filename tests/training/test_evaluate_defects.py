"""Every section prints its tables from folders of the shape that it says, with a scorer that sees one thing only."""

from __future__ import annotations

import csv
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy")
from iqscore.decode import Photo
from iqscore.records import DEFECTS, PhotoScore, Technical
from tests.samples import make_photo
from tests.training.scenes import make_scene
from training import evaluate_defects
from training.judging import Case, Judge, Question, ask
from training.marked import NAMED, report_intended, report_view
from training.real_faults import read_rows, report_real
from training.tilted import LEVELS, report_tilted

pytestmark = pytest.mark.training


class DarknessScorer:
    """Takes every dark photo to have every defect, and rejects it."""

    models = {"defects": "dark@0"}  # noqa: RUF012

    def score_photo(self, photo: Photo) -> PhotoScore:
        dark = float(1 - photo.pixels.mean() / 255)
        return make_photo(
            photo.path, defects=dict.fromkeys(DEFECTS, dark), technical=Technical(1 + 9 * (1 - dark)),
            label="rejected" if dark > 0.8 else "pending",
        )  # fmt: skip


@pytest.fixture
def judge() -> Judge:
    return Judge(DarknessScorer())  # type: ignore[arg-type]


def write_table(folder: Path, rows: list[dict[str, str]], name: str = "labels.csv") -> None:
    """Write rows, and for each a photo whose brightness is its column `light`."""
    (folder / "img").mkdir(parents=True)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        Image.new("RGB", (40, 30), (int(row["light"]),) * 3).save(folder / row["file"])


def make_rows(column: str, values: list[str], lights: list[int]) -> list[dict[str, str]]:
    return [
        {"file": f"img/{number}.png", column: value, "light": str(light)}
        for number, (value, light) in enumerate(zip(values, lights, strict=True))
    ]


@pytest.fixture
def view(tmp_path: Path) -> Path:
    rows = [
        dict.fromkeys(DEFECTS, "0") | {"file": f"img/{n}.png", "technical": "7", "intent": "", "light": "200"}
        for n in range(8)
    ]
    for row in rows[:3]:
        row.update(underexposure="2", light="30", technical="2", intent="night lowkey")
    write_table(tmp_path / "view", rows, "defects.csv")
    return tmp_path / "view"


@pytest.fixture
def real(tmp_path: Path) -> Path:
    pairs = make_rows("noisy", ["1", "0", "1", "0", "1", "0"], [50, 90, 60, 99, 80, 70])
    for number, row in enumerate(pairs):
        row["pair"] = str(number // 2)
    write_table(tmp_path / "noise_pairs", pairs)
    write_table(tmp_path / "wb_cast", make_rows("white_balance", ["cast"] * 3 + ["corrected"], [20, 30, 40, 220]))
    write_table(tmp_path / "haze_mixed", make_rows("haze", ["1"] * 3, [20, 30, 40]))
    write_table(tmp_path / "lowlight", make_rows("low_light", ["maybe"] * 4, [5, 10, 15, 180]))
    write_table(tmp_path / "jpeg_ladder", make_rows("jpeg_quality", ["1", "40", "90"], [10, 90, 200]))
    return tmp_path


def test_real_faults(judge: Judge, real: Path, view: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = {question.name: question for question in report_real(judge, real, view)}
    out = capsys.readouterr().out
    assert "| noise pairs told by noise | 3 | 0.667 | 0.9: **missed** |" in out
    assert "| JPEG ladder, Spearman of severity with quality | 3 | -1.000 | -0.95: met |" in out
    assert questions["real: haze"].answer() == 1
    assert questions["real: colour cast"].truth.count(0) == 1 + 5


def test_marked_photos(judge: Judge, view: Path, capsys: pytest.CaptureFixture[str]) -> None:
    questions = {question.name: question.answer() for question in report_view(judge, [view])}
    out = capsys.readouterr().out
    assert questions["marked clearly: underexposure"] == 1
    assert np.isnan(questions["marked clearly: noise"])
    assert "technical against its mark, all, Spearman: 1.000 (goal 0.85: met)" in out
    assert "| underexposure | 0.22 of 1 | - | 0.88 of 1 | - |" in out


def test_intended_photos(judge: Judge, view: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    named = tmp_path / "intended.csv"
    named.write_text("file,intent\nimg/0.png,night lowkey\nimg/5.png,bw\nimg/gone.png,sil\n", encoding="utf-8")
    report_intended(judge, [tmp_path, view], named)
    out = capsys.readouterr().out
    assert "2 of the 3 photos named in intended.csv are there" in out
    assert "| any | 2 | 50.0% | under 3%: **missed** | 0.png" in out
    assert "| bw | 1 | 0.0% | under 3%: met |  |" in out
    assert len(read_rows(NAMED)) > 300
    assert {intent for row in read_rows(NAMED) for intent in row["intent"].split()} > {"bw", "night", "sil", "bokeh"}


def test_turned_photos(judge: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a photo is bright inside and dark outside, a turn makes it brighter: what is kept is the middle."""
    dark = np.full((60, 80, 3), 20, np.uint8)
    dark[25:35, 35:45] = 250
    for name in "abcdef":
        Image.fromarray(255 - dark if name < "d" else dark).save(tmp_path / f"{name}.png")
    levels = tmp_path / "level.csv"
    levels.write_text("file,level\n" + "".join(f"{n}.png,{'yes' if n < 'd' else 'no'}\n" for n in "abcdefg"))
    report_tilted(judge, tmp_path, levels)
    rows = {line.split(" | ")[0]: line.split(" | ")[1:] for line in capsys.readouterr().out.splitlines() if "|" in line}
    assert [rows[name][0] for name in ("| yes", "| no", "| all")] == ["3", "3", "6"]
    # dark middles are darker still when the bright rim is cut away, bright ones are not
    assert float(rows["| yes"][2]) > float(rows["| yes"][1])
    assert float(rows["| no"][2]) < float(rows["| no"][1])
    assert float(rows["| yes"][5]) > 0.8
    assert len(read_rows(LEVELS)) == 476
    assert {row["level"] for row in read_rows(LEVELS)} == {"yes", "no"}


def test_a_question_is_answered_by_any_mark(judge: Judge) -> None:
    group = [judge.judge(Case(str(seed), "", partial(make_scene, seed))) for seed in range(3)]
    assert ask("same", "haze", group, group).answer() == pytest.approx(0.5)
    assert ask("apart", "motion_blur-defocus_blur", group, group).answer() == pytest.approx(0.5)
    assert Question("order", "haze", group, [one.get_mark("haze|noise") for one in group], True).answer() == 1


def test_spoilt_photos(judge: Judge, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clean = [tmp_path / f"{number}.png" for number in range(3)]
    for number, path in enumerate(clean):
        Image.fromarray(make_scene(number)).save(path)
    questions = evaluate_defects.report_synthetic(judge, clean)
    questions += evaluate_defects.report_mixed(judge, clean)
    questions += evaluate_defects.report_plain(judge, clean)
    evaluate_defects.report_baselines(questions[:0])
    out = capsys.readouterr().out
    assert "motion blur against defocus" in out
    assert "| plain: darker | underexposure | 3 | 1.000 | 0.95: met |" in out


def test_what_is_not_given_is_skipped(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate_defects, "open_scorer", lambda *_, **__: DarknessScorer())
    monkeypatch.setattr(sys, "argv", ["evaluate_defects"])
    evaluate_defects.main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["models", "synthetic", "TID2013", "real faults", "marked photos"]
    assert all("skipped" in line for line in lines[1:])
