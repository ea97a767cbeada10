"""Public data sets are read as their authors lay them out; what is missing or cut short is counted, never fatal."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from iqscore.records import DEFECTS
from training.datasets import RATED, DatasetError, RatedPhoto, Tally, find_photodefects, find_training, split_of
from training.datasets.__main__ import main
from training.photosets import MARKS, Example, stretch_votes

BOM = "\ufeff"
CRLF = "\r\n"
AVA = ["1 953619 0 1 5 17 38 36 15 6 5 1 1 22 1396", "2 953958 10 0 0 0 0 0 0 0 0 10 15 0 1396"]
EVA_HEAD = "image_id=user_id=score=difficulty=visual=composition=quality=semantic=vote_time=1=2=3=4"
KONIQ_SETS = "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,set"
KONIQ_SCORES = "image_name,c1,c2,c3,c4,c5,c_total,MOS,SD,MOS_zscore"
DEFECT_HEAD = "url,Bad Exposure,Bad White Balance,Bad Saturation,Noise,Haze,Undesired Blur,Bad Composition"


def put(file: Path, *lines: str, end: str = "\n", start: str = "") -> None:
    """Write a table."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes((start + end.join(lines) + end).encode())


def put_photos(folder: Path, *names: str) -> None:
    """Save a small photo under each name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        Image.new("RGB", (24, 16), (90, 120, 60)).save(folder / name, "JPEG")


def read(name: str, folder: Path) -> tuple[list[RatedPhoto], Tally]:
    """Return all photos of a data set, after what holds for each: it is there, and its histogram has its mean."""
    tally = Tally()
    photos = list(RATED[name](folder, tally))
    for photo in photos:
        assert isinstance(photo, Example)
        assert photo.path.is_file()
        assert photo.domain == "photos"
        assert photo.histogram.shape == (10,)
        assert photo.histogram.sum() == pytest.approx(1)
        assert (photo.histogram >= 0).all()
        assert photo.histogram @ MARKS == pytest.approx(photo.mean, abs=1e-4)
    return photos, tally


@pytest.mark.parametrize("end", ["\n", CRLF])
def test_ava(tmp_path: Path, end: str) -> None:
    bad = ["3 1 2 3", "4 x 0 1 5 17 38 36 15 6 5 1 1 22 1396", "5 7 0 0 0 0 0 0 0 0 0 0 1 22 1396", ""]
    gone = "6 440774 1 1 1 1 1 1 1 1 1 1 0 0 7"
    put(tmp_path / "AVA.txt", *AVA, *bad, gone, gone.replace("440774", "179118"), end=end, start=BOM)
    put_photos(tmp_path / "images", "953619.jpg", "953958.jpg")
    (tmp_path / "images" / "179118.jpg").touch()
    (first, second), tally = read("ava", tmp_path)
    assert (tally.listed, tally.missing, tally.unread) == (7, 2, 3)
    counts = np.array([0, 1, 5, 17, 38, 36, 15, 6, 5, 1])
    assert first.histogram.tolist() == pytest.approx((counts / counts.sum()).tolist())
    assert first.mean == pytest.approx(counts @ MARKS / 124)
    assert (first.photo_id, first.source, first.split) == ("ava/953619", "ava", split_of("ava/953619"))
    assert second.mean == 5.5


def test_ava_inside_the_folder_of_its_archive(tmp_path: Path) -> None:
    put(tmp_path / "AVA_dataset" / "AVA.txt", *AVA)
    put_photos(tmp_path / "AVA_dataset" / "image", "953619.jpg")
    photos, tally = read("ava", tmp_path)
    assert [photo.path.name for photo in photos] == ["953619.jpg"]
    assert tally.missing == 1


@pytest.mark.parametrize(("mark", "end", "start"), [("=", "\n", ""), (",", CRLF, BOM)])
def test_eva(tmp_path: Path, mark: str, end: str, start: str) -> None:
    votes = ["71=E1=10=2=3=3=3=4=12.5=1=0=0=1", "953619=E1=0=2=3=3=3=4=9=1=0=0=0", "71=E2=5=1=1=1=1=1=8=0=0=0=0"]
    bad = ["71=E3=11=1=1=1=1=1=8=0=0=0=0", "71=E4", "=E4=5=1=1=1=1=1=1=1=1=1=1"]
    gone = "106=E2=7=1=1=1=1=1=8=0=0=0=0"
    lines = [line.replace("=", mark) for line in (EVA_HEAD, *votes, *bad, gone)]
    put(tmp_path / "data" / "votes_filtered.csv", *lines, end=end, start=start)
    put_photos(tmp_path / "images" / "EVA_together", "71.jpg", "953619.jpg")
    (liked, disliked), tally = read("eva", tmp_path)
    assert (tally.listed, tally.missing, tally.unread_votes) == (3, 1, 3)
    assert liked.mean == pytest.approx((10 + 5.5) / 2)  # 10 of 10 is the best mark, 5 the middle
    assert liked.histogram.tolist() == pytest.approx([0, 0, 0, 0, 0.25, 0.25, 0, 0, 0, 0.5])
    assert disliked.histogram.tolist() == [1, *[0] * 9]


def test_a_photo_of_both_ava_and_eva_is_in_one_part(tmp_path: Path) -> None:
    put(tmp_path / "AVA.txt", *AVA)
    put(tmp_path / "data" / "votes_filtered.csv", EVA_HEAD, "953619=E1=7=1=1=1=1=1=8=0=0=0=0")
    put_photos(tmp_path / "images", "953619.jpg")
    (ava,), _ = read("ava", tmp_path)
    (eva,), _ = read("eva", tmp_path)
    assert (ava.photo_id, ava.split) == (eva.photo_id, eva.split)
    assert (ava.source, eva.source) == ("ava", "eva")


def test_koniq10k_in_the_split_of_its_authors(tmp_path: Path) -> None:
    rows = [
        "10004473376.jpg,0.0,0.0,0.238095238095,0.695238095238,0.0666666666667,105,77.3836206897,0.527277894494,training",
        "10007357496.jpg,0.0,0.0,1.0,0.0,0.0,96,68.7285714286,0.580003024795,test",
        "1.jpg,0.0,0.0,0.0,0.0,1.0,96,90,0.1,validation",
        "2.jpg,0.0,0.0,0.0,0.0,1.0,96,90,0.1,validation",
        "3.jpg,0.0,nan,0.0,0.0,1.0,96,90,0.1,validation",
        "4.jpg,0.0,0.1",
    ]
    put(tmp_path / "metadata" / "koniq10k_distributions_sets.csv", KONIQ_SETS, *rows, end=CRLF, start=BOM)
    put_photos(tmp_path / "512x384", "10004473376.jpg", "10007357496.jpg", "1.jpg")
    (good, middling, best), tally = read("koniq10k", tmp_path)
    assert (tally.listed, tally.missing, tally.unread) == (6, 1, 2)
    assert [photo.split for photo in (good, middling, best)] == ["train", "test", "validation"]
    assert good.photo_id == "flickr/10004473376"
    stars = 3 * 0.238095238095 + 4 * 0.695238095238 + 5 * 0.0666666666667
    assert good.mean == pytest.approx(1 + (stars - 1) * 9 / 4)
    assert middling.histogram.tolist() == stretch_votes(np.array([0, 0, 1.0, 0, 0])).tolist()
    assert best.mean == pytest.approx(10)


def test_koniq10k_by_its_scores_alone(tmp_path: Path) -> None:
    put(tmp_path / "koniq10k_scores_and_distributions.csv", KONIQ_SCORES, "5.jpg,0,0,50,50,0,100,3.5,0.5,70")
    put_photos(tmp_path / "1024x768", "5.jpg")
    (photo,), _ = read("koniq10k", tmp_path)
    assert photo.mean == pytest.approx(1 + 2.5 * 9 / 4)
    assert photo.split == split_of("flickr/5")


def test_spaq(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["Image name", "MOS", "Brightness", "Colorfulness", "Contrast", "Noisiness", "Sharpness"])
    rows = [("00001.jpg", 50), ("00002.jpg", 100.0), ("00003.jpg", "71.5"), ("00004.jpg", 9)]
    for row in [*rows, ("00005.jpg", None), (None, 30), ("00006.jpg", 101), (None, None)]:
        book.active.append([*row, *([40] * 5 if row != (None, None) else [])])
    (tmp_path / "Annotations").mkdir()
    book.save(tmp_path / "Annotations" / "MOS and Image attribute scores.xlsx")
    put_photos(tmp_path / "TestImage", "00001.jpg", "00002.jpg", "00003.jpg")
    photos, tally = read("spaq", tmp_path)
    assert (tally.listed, tally.missing, tally.unread) == (7, 1, 3)
    assert [photo.mean for photo in photos] == pytest.approx([5.5, 10, 1 + 9 * 0.715])
    assert photos[0].histogram.tolist() == pytest.approx(photos[0].histogram[::-1].tolist())


def test_spaq_without_its_columns(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    openpyxl.Workbook().save(tmp_path / "MOS and Image attribute scores.xlsx")
    (tmp_path / "TestImage").mkdir()
    with pytest.raises(DatasetError, match="no columns Image name and MOS"):
        read("spaq", tmp_path)


def test_photographic_defects(tmp_path: Path) -> None:
    clean = "http://farm3.staticflickr.com/2576/3758468342_f6157967e9.jpg,0,0,0,0,0,0,0"
    pale = "http://farm4.staticflickr.com/3563/58_cc.jpg?zz=1,0.9,0.2,-0.5,0.1,0.3,0.4,0.6"
    gone = "http://farm3.staticflickr.com/2702/59_d_b.jpg,0,0,1,0,0,0,0"
    bad = ["http://farm3.staticflickr.com/2702/60_d_b.jpg,-0.1,0,1,0,0,0,0", "http://farm3.staticflickr.com/61.jpg,0"]
    train, test = (tmp_path / "data" / part for part in ("train", "test"))
    put(train / "defect_training_gt.csv", DEFECT_HEAD, pale, gone, *bad, end=CRLF, start=BOM)
    put(test / "defect_testing_gt.csv", DEFECT_HEAD, clean)
    put_photos(train / "original_resolution", "58_cc.jpg")
    put_photos(test / "original_resolution", "3758468342_f6157967e9.jpg")
    tally = Tally()
    faulty, good = find_photodefects(tmp_path, tally)
    assert (tally.listed, tally.missing, tally.unread) == (5, 1, 2)
    assert tuple(faulty.severities) == tuple(good.severities) == DEFECTS
    known = {defect: severity for defect, severity in faulty.severities.items() if severity is not None}
    assert known == {
        **{"white_balance": 0.2, "undersaturation": 0.5, "oversaturation": 0},
        **{"noise": 0.1, "haze": 0.3, "composition": 0.6},
    }
    assert faulty.groups == {"exposure": 0.9, "blur": 0.4, "saturation": 0.5}
    # where the group is clean, so are both of its defects; nobody marked these two
    assert {name for name, severity in good.severities.items() if severity is None} == {"jpeg_artifacts", "lens_flare"}
    assert (good.split, faulty.split) == ("test", split_of("flickr/58"))
    assert faulty.photo_id == "flickr/58"


def test_only_the_authors_test_photos_of_defects_are_test(tmp_path: Path) -> None:
    rows = [f"http://farm4.staticflickr.com/3563/{number}_c.jpg,0,0,0,0,0,0,0" for number in range(60)]
    put(tmp_path / "data" / "train" / "defect_training_gt.csv", DEFECT_HEAD, *rows)
    put_photos(tmp_path / "photos", *(f"{number}_c.jpg" for number in range(60)))
    assert {photo.split for photo in find_photodefects(tmp_path, Tally())} == {"train", "validation"}


def test_a_folder_with_two_passes_sources_and_graphics(tmp_path: Path) -> None:
    head = "file,source,rating,rating_1,rating_2,graphic"
    rows = ["a.jpg,alps,7,5,9,0", "b.jpg,,6,6,6,0", "c.jpg,alps,3,3,3,1", "d.jpg,alps,,4,5,0", "e.jpg,alps,4,4,,0"]
    put(tmp_path / "ratings.csv", head, *rows, "a.jpg,alps,11,1,1,0", "a.jpg,alps,7,7,7,0,9", end=CRLF, start=BOM)
    put_photos(tmp_path, "a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg")
    (wide, narrow, between), tally = read("folder", tmp_path)
    assert (tally.listed, tally.missing, tally.unread) == (6, 0, 3)
    assert [photo.mean for photo in (wide, narrow, between)] == [7, 6, 4.5]
    assert [photo.source for photo in (wide, narrow)] == ["alps", tmp_path.name]
    assert wide.histogram.max() < narrow.histogram.max()


@pytest.mark.parametrize(
    ("column", "cell", "mean"),
    [("rating", "4", 4), ("rating_0_to_100", "50", 5.5), ("rating_1_to_5", "4", 7.75), ("rating_-2_to_2", "2", 10)],
)
def test_a_folder_with_a_stated_scale(tmp_path: Path, column: str, cell: str, mean: float) -> None:
    put(tmp_path / "ratings.csv", f"file,{column}", f"a.jpg,{cell}", "a.jpg,101")
    put_photos(tmp_path, "a.jpg")
    (photo,), tally = read("folder", tmp_path)
    assert photo.mean == pytest.approx(mean)
    assert tally.unread == 1


def test_a_folder_with_votes(tmp_path: Path) -> None:
    head = "file," + ",".join(f"votes_{mark}" for mark in range(1, 11))
    put(tmp_path / "ratings.csv", head, "img/a.jpg,0,0,1,0,0,0,0,3,0,0", "img/a.jpg,0,0,1", f"img/a.jpg{',0' * 10}")
    put_photos(tmp_path / "img", "a.jpg")
    (photo,), tally = read("folder", tmp_path)
    assert photo.mean == pytest.approx(6.75)
    assert photo.photo_id == "folder/img/a.jpg"
    assert tally.unread == 2


def test_a_folder_without_ratings_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "ratings.csv", "file,stars", "a.jpg,3")
    with pytest.raises(DatasetError, match="neither rating"):
        read("folder", tmp_path)


@pytest.mark.parametrize("name", [*RATED, "photodefects"])
def test_an_empty_folder_is_no_data_set(tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err


def test_a_table_without_its_columns_is_named(tmp_path: Path) -> None:
    put(tmp_path / "votes_filtered.csv", "image;score", "1;2")
    put_photos(tmp_path / "images", "1.jpg")
    with pytest.raises(DatasetError, match=r"votes_filtered\.csv has no column image_id, score"):
        read("eva", tmp_path)


@given(st.lists(st.floats(0.01, 1), min_size=2, max_size=20))
def test_stretched_votes_keep_their_mean(votes: list[float]) -> None:
    shares = np.array(votes) / sum(votes)
    places = np.linspace(1, 10, len(votes))
    assert stretch_votes(shares) @ MARKS == pytest.approx(float(shares @ places))


def test_a_check_says_what_is_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "AVA.txt", *AVA, "3 71 0 0 0 0 0 0 0 0 0 9 0 0 7", "4 2 1 1 1 1 1 1 1 1 1 1 0 0 7")
    put_photos(tmp_path / "images", "953619.jpg", "953958.jpg")
    (tmp_path / "images" / "71.jpg").write_bytes(b"<html>404</html>")
    assert main(["ava", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "ava: 3 of 4 photos, 1 missing, 0 rows not understood",
        "marks: mean 7.05, spread 2.09 (5.50 to 10.00)",
        "spread of one photo's marks: 1.97",
        "splits: train 2, validation 1, test 0",
    ]
    assert main(["ava", str(tmp_path), "--decode", "--table", str(tmp_path / "t.csv"), "--split", "train"]) == 0
    assert capsys.readouterr().out.startswith("ava: 2 of 4 photos, 1 missing, 0 rows not understood, 1 not decodable\n")
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines() == [
        "file,rating,source,split",
        "images/953619.jpg,5.6371,ava,train",
        "images/953958.jpg,5.5000,ava,train",
    ]


def test_a_check_of_defects_tells_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = "http://farm4.staticflickr.com/3563/58_cc.jpg,0.9,0.2,-0.5,0.1,0.3,0,0.6"
    put(tmp_path / "data" / "test" / "defect_testing_gt.csv", DEFECT_HEAD, row)
    put_photos(tmp_path / "photos", "58_cc.jpg")
    assert main(["photodefects", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "undersaturation: mean 0.500, 100.0% of 1 at 0.25 or more" in out
    assert "exposure: mean 0.900" in out
    assert "underexposure" not in out
    assert "splits: train 0, validation 0, test 1" in out


def test_a_check_without_photos_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path / "AVA.txt", *AVA)
    (tmp_path / "images").mkdir()
    assert main(["ava", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "ava: 0 of 2 photos, 2 missing, 0 rows not understood\n"


def test_training_gets_only_what_trains_and_decodes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = range(1, 40)
    put(tmp_path / "AVA.txt", *(f"{n} {n} 0 0 0 0 0 3 0 0 0 0 0 0 7" for n in numbers))
    put_photos(tmp_path / "images", *(f"{n}.jpg" for n in numbers if n != 3))
    spoilt = next(n for n in numbers if split_of(f"ava/{n}") == "train" and n != 3)
    (tmp_path / "images" / f"{spoilt}.jpg").write_bytes(b"\xff\xd8\xff")
    photos = list(find_training([f"ava={tmp_path}"]))
    expected = [n for n in numbers if split_of(f"ava/{n}") == "train" and n not in (3, spoilt)]
    assert [photo.path.stem for photo in photos] == [str(n) for n in expected]
    assert capsys.readouterr().err == "ava: 37 of 39 photos, 1 missing, 0 rows not understood, 1 not decodable\n"


@pytest.mark.parametrize("word", ["ava", "ava=", "nima=/x", "photodefects=/x"])
def test_training_on_an_unknown_data_set_is_refused(word: str) -> None:
    with pytest.raises(DatasetError, match="NAME=FOLDER"):
        list(find_training([word]))
