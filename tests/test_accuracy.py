"""The command that prints the tables of accuracy: each module gets the folders that it needs."""

from __future__ import annotations

from shlex import split

from benchmarks.accuracy import build_parser, list_tables


def test_tables_without_their_folders_are_left_out() -> None:
    tables = list(list_tables(build_parser().parse_args(["--data", "d"])).values())
    assert tables == [
        None,
        None,
        None,
        ["training.check_defects", "--data", "d"],
        ["training.evaluate_defects", "--real", "d/real_defects", "--view", "d/photos_view"],
    ]


def test_every_folder_reaches_its_table() -> None:
    words = (
        "--data d --voc v --rated a --rated b --photos p --pretrained t --second s --runs r --clean c --kodak k "
        "--mos m --marked e --unseen u"
    )
    recipe, unseen, stability, plain, defects = list_tables(build_parser().parse_args(split(words))).values()
    assert recipe == split(
        "training.evaluate_aesthetic --data d --voc v --rated a --rated b --pretrained t --runs r --beside --second s"
    )
    assert unseen == split("training.evaluate --photos u --ratings u/ratings.csv --group folder")
    assert plain == split("training.check_defects --data d --rated a --rated b")
    assert stability == ["training.check_stability", "--photos", "p", "--count", "400"]
    assert defects is not None
    assert defects[1:7] == ["--clean", "c", "--kodak", "k", "--mos", "m"]
    assert defects[-2:] == ["--view", "e"]
