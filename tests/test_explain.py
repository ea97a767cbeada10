"""`iqscore explain`: what would change a score, by the same maths that made it, and how it is shown."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console

from iqscore.cards import find_models_folder
from iqscore.console import print_explanation
from iqscore.explanation import Explanation, Obstacle, explain
from iqscore.opinion import load_calibration, to_label, to_quality, to_reasons, to_score, to_stars
from iqscore.records import DEFECTS, Exif, Label, PhotoScore
from tests.pictures import make_scene
from tests.program import call, run, touch
from tests.samples import make_photo

Capture = pytest.CaptureFixture[str]
CALIBRATION = load_calibration(find_models_folder())


def judge(aesthetic: float = 5.0, technical: float = 5.0, **severities: float) -> PhotoScore:
    """Return a photo with the score that these marks and severities make."""
    defects = dict.fromkeys(DEFECTS, 0.0) | severities
    worst = max(defects[name] for name in CALIBRATION.costing)
    score = to_score(to_quality(aesthetic, technical, worst, CALIBRATION), CALIBRATION)
    label = to_label(score, technical, defects, CALIBRATION)
    photo = make_photo(
        score=score, label=label, stars=to_stars(score, label, CALIBRATION), defects=defects,
        reasons=to_reasons(score, defects, CALIBRATION),
    )  # fmt: skip
    return replace(
        photo, aesthetic=replace(photo.aesthetic, mean=aesthetic), technical=replace(photo.technical, mean=technical)
    )


def ask(photo: PhotoScore) -> Explanation:
    return explain(photo, CALIBRATION, float)


def test_a_photo_without_its_defect_is_the_photo_without_it() -> None:
    photo = judge(6.0, 6.0, haze=0.8)
    (without,) = ask(photo).without
    better = judge(6.0, 6.0)
    assert without.defects == ("haze",)
    assert (without.score, without.label, without.stars) == (better.score, better.label, better.stars)
    assert without.gain == pytest.approx(better.score - photo.score)
    assert without.gain > 5


def test_a_graphic_gets_no_advice_that_leads_nowhere() -> None:
    file = io.StringIO()
    graphic = replace(judge(6.0, 6.0, haze=0.8), kind="graphic", label="pending")
    print_explanation(graphic, ask(graphic), console=Console(file=file, width=80))
    changes = file.getvalue().split("What would change it\n")[1].split("\n\n")[0]
    assert changes == "  nothing: a graphic is pending, whatever its score"


def test_a_defect_behind_a_worse_one_counts_only_with_it() -> None:
    photo = judge(6.0, 6.0, haze=0.8, noise=0.7)
    one, both = ask(photo).without
    assert (one.defects, both.defects) == (("haze",), ("haze", "noise"))
    assert one.score == judge(6.0, 6.0, noise=0.7).score
    assert both.score == judge(6.0, 6.0).score


def test_a_graphic_without_its_defect_is_still_pending() -> None:
    photo = replace(judge(9.0, 9.0, haze=0.9), kind="graphic", label="pending")
    (without,) = ask(photo).without
    assert (without.label, judge(9.0, 9.0).label) == ("pending", "accepted")


def test_what_costs_nothing_is_not_told() -> None:
    assert ask(judge(6.0, 6.0, haze=CALIBRATION.fault_severity)).without == ()
    assert "composition" not in CALIBRATION.costing
    assert ask(judge(6.0, 6.0, composition=0.9)).without == ()


@pytest.mark.parametrize("aesthetic", [3.0, 4.5, 5.5, 6.2])
def test_the_mark_for_the_next_star_is_just_enough(aesthetic: float) -> None:
    photo = judge(aesthetic, 6.0)
    following = ask(photo).next_stars
    assert following
    assert following.aesthetic
    assert following.stars == photo.stars + 1
    assert judge(following.aesthetic, 6.0).stars == following.stars
    assert judge(following.aesthetic - 0.01, 6.0).stars == photo.stars


def test_five_stars_have_no_next_and_a_rejected_photo_neither() -> None:
    assert ask(judge(9.0, 9.0)).next_stars is None
    assert ask(judge(1.5, 1.5, haze=1.0)).next_stars is None


def test_a_mark_that_is_never_enough() -> None:
    dear = replace(CALIBRATION, fault_cost=9.0)
    photo = replace(judge(6.0, 6.0, haze=1.0), stars=1, label="pending")
    following = explain(photo, dear, float).next_stars
    assert following
    assert following.aesthetic is None


def test_marks_of_another_model_are_compared_on_the_shipped_scale() -> None:
    photo = judge(5.0, 6.0)
    half = explain(replace(photo, aesthetic=replace(photo.aesthetic, mean=2.5)), CALIBRATION, lambda mean: 2 * mean)
    plain = ask(photo)
    assert half.next_stars
    assert plain.next_stars
    assert plain.next_stars.aesthetic
    assert half.next_stars.aesthetic == pytest.approx(plain.next_stars.aesthetic / 2, abs=1e-6)


def test_obstacles_of_a_pending_photo() -> None:
    photo = judge(9.0, 8.0, defocus_blur=CALIBRATION.accepted_severity + 0.01)
    assert photo.label == "pending"
    explanation = ask(photo)
    assert explanation.next_label == "accepted"
    assert [(o.field, o.at_least) for o in explanation.obstacles if o.field != "score"] == [("defocus_blur", False)]
    assert ask(judge(9.0, 8.0)).obstacles == ()
    assert ask(judge(9.0, 8.0)).next_label is None


def test_obstacles_of_a_rejected_photo() -> None:
    photo = judge(1.5, CALIBRATION.rejected_technical, motion_blur=0.9, underexposure=0.7)
    assert photo.label == "rejected"
    explanation = ask(photo)
    assert explanation.next_label == "pending"
    fields = [[obstacle.field for obstacle in way] for way in explanation.ways]
    assert fields == [["score"], ["technical"], ["underexposure", "motion_blur"]]


EDGES = (0.0, CALIBRATION.accepted_severity, 0.55, CALIBRATION.rejected_severity, 0.85, 1.0)
severities = st.fixed_dictionaries({name: st.sampled_from(EDGES) for name in ("underexposure", "noise", "haze")})
technicals = st.sampled_from([1.0, CALIBRATION.rejected_technical, 5.0, 9.0])


@given(st.floats(1.0, 10.0), technicals, severities)
@example(1.0, CALIBRATION.rejected_technical, {"underexposure": 0.85, "noise": 0.6})
def test_each_way_leads_to_the_next_label_and_nothing_less_of_it_does(
    aesthetic: float, technical: float, severities: dict[str, float]
) -> None:
    photo = judge(aesthetic, technical, **severities)
    explanation = ask(photo)
    for way in explanation.ways if explanation.next_label else ():
        assert relabel(photo, way) == explanation.next_label
        for left in way:
            assert relabel(photo, [obstacle for obstacle in way if obstacle is not left]) == photo.label


def relabel(photo: PhotoScore, obstacles: Iterable[Obstacle]) -> Label:
    """Return the label of a photo of which some obstacles are just out of the way."""
    wanted = {obstacle.field: find_enough(obstacle) for obstacle in obstacles}
    defects = {name: wanted.get(name, severity) for name, severity in photo.defects.items()}
    score, technical = wanted.get("score", photo.score), wanted.get("technical", photo.technical.mean)
    return to_label(score, technical, defects, CALIBRATION)


def find_enough(obstacle: Obstacle) -> float:
    assert obstacle.value <= obstacle.limit if obstacle.at_least else obstacle.value >= obstacle.limit
    if obstacle.limit_suffices:
        return obstacle.limit
    return math.nextafter(obstacle.limit, math.inf if obstacle.at_least else -math.inf)


def show(photo: PhotoScore, monkeypatch: pytest.MonkeyPatch, capsys: Capture, width: str = "80") -> str:
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setattr("tests.program.FakeScorer.score", lambda self, path: replace(photo, path=path))
    touch("a.jpg")
    assert call("explain", "a.jpg") == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


@pytest.mark.usefixtures("desk")
def test_everything_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    exif = Exif("Canon EOS R5", "RF 50", 100, 1 / 250, 1.8, 50.0)
    photo = replace(judge(6.0, 5.0, haze=0.8, motion_blur=0.3), taken="2024-05-01T12:00:00", exif=exif)
    out = show(photo, monkeypatch, capsys)
    lines = out.splitlines()
    assert lines[:2] == ["a.jpg", "6000 × 4000 JPEG · taken 2024-05-01 12:00:00"]  # noqa: RUF001
    assert lines[2] == "Canon EOS R5 · RF 50 · 50 mm · f/1.8 · 1/250 s · ISO 100"
    severities = lines[lines.index("Defects, gravest first (0 none, 1 ruins the photo)") + 1 :][: len(DEFECTS)]
    assert [line.split()[0] for line in severities[:2]] == ["haze", "motion"]
    bars = [line.count("█") for line in severities]
    assert bars[0] == 19  # of 24 cells
    assert bars == sorted(bars, reverse=True)
    assert "very hazy: little contrast left" in out
    assert f"without haze: a score of {judge(6.0, 5.0, motion_blur=0.3).score:.1f} (+" in out
    assert "judged by nima@0123abcd, flaws@4567cdef" in out
    assert not [line for line in lines if line != line.rstrip()]


@pytest.mark.usefixtures("desk")
def test_ways_out_of_a_rejection_are_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    photo = judge(1.5, 2.0, underexposure=0.9, overexposure=0.85)
    limit = f"{CALIBRATION.rejected_severity:g}"
    told = (
        f"pending with a score of at least {CALIBRATION.rejected_score:g}, "
        f"or a technical mark above {CALIBRATION.rejected_technical:g}, "
        f"or underexposure below {limit} and overexposure below {limit}"
    )
    assert f"  {told}\n" in show(photo, monkeypatch, capsys)


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("width", ["1", "20", "40", "200"])
def test_every_width_will_do(width: str, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    out = show(judge(1.5, 2.0, motion_blur=0.9), monkeypatch, capsys, width)
    assert "motion blur" in out
    assert ("█" in out) is (int(width) >= 40)
    assert "pending with a score of at least" in out


@pytest.mark.usefixtures("desk")
def test_json(capsys: Capture) -> None:
    touch("a-40.jpg", "bad.jpg")
    assert call("explain", "a-40.jpg", "--format", "JSON") == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["path"], record["score"]) == ("a-40.jpg", 40.0)
    assert set(record["explanation"]) == {"without", "next_stars", "next_label", "obstacles"}
    assert call("explain", "bad.jpg", "-f", "json") == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == "corrupt"
    assert err == "iqscore: bad.jpg: the picture is damaged\n"


@pytest.mark.usefixtures("shoot")
@pytest.mark.parametrize(
    ("status", "words", "told"),
    [
        (3, "explain bad.jpg", "bad.jpg: the picture is damaged"),
        (3, "explain missing.jpg", "missing.jpg: no such file"),
        (2, "explain .", "a folder; explain looks at one photo"),
        (2, "explain", "PHOTO"),
        (2, "explain a-40.jpg b-90.jpg", "b-90.jpg"),
        (2, "explain a-40.jpg -f csv", "'csv'"),
    ],
)
def test_trouble(status: int, words: str, told: str, capsys: Capture) -> None:
    assert call(*words.split()) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert told in err


def test_the_shipped_models_explain(tmp_path: Path) -> None:
    make_scene(1, 90, 60).save(tmp_path / "a.jpg")
    for words in (["explain", "a.jpg"], ["explain", "a.jpg", "-f", "json"]):
        ended: Any = run(*words, cwd=tmp_path)
        assert (ended.status, ended.stderr) == (0, "")
        assert b"nima-mobilenet@" in ended.stdout


def test_letters_that_the_locale_lacks(tmp_path: Path) -> None:
    make_scene(1, 90, 60).save(tmp_path / "a.jpg")
    ended = run("explain", "a.jpg", cwd=tmp_path, variables={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert ended.status == 0
    text = ended.stdout.decode("ascii")
    assert "90 x 60 JPEG" in text
    assert "#" in text
    assert "votes" not in text
