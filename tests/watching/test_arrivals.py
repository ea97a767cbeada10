"""What counts as an arrival, and when it is ready: a made-up folder and a made-up clock."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.watching.arrivals import FORGET_SECONDS, RETRY_SECONDS, Arrivals, Mark


class Folder:
    """Files by name; `clock` seconds have passed."""

    def __init__(self, settle: float = 1.0) -> None:
        self.files: dict[str, Mark] = {}
        self.clock = 0.0
        self.arrivals = Arrivals(settle, self.files.get)
        self._inode = 0

    def write(self, name: str, size: int) -> None:
        inode = self.files[name].inode if name in self.files else self._next()
        self.files[name] = Mark(size, self._next(), 1, inode)
        self.tell(name)

    def _next(self) -> int:
        self._inode += 1
        return self._inode

    def move(self, old: str, new: str, *, new_first: bool = False) -> None:
        self.files[new] = self.files.pop(old)
        for name in (new, old) if new_first else (old, new):
            self.tell(name)

    def remove(self, name: str) -> None:
        del self.files[name]
        self.tell(name)

    def tell(self, name: str) -> None:
        self.arrivals.note(name, self.files.get(name), self.clock)

    def scan(self) -> None:
        for name in list(self.files):
            self.tell(name)
        self.arrivals.sweep(self.clock)

    def take(self, after: float = 0.0, limit: int = 100) -> list[str]:
        self.clock += after
        return self.arrivals.take(self.clock, limit)

    def score(self, after: float = 2.0) -> list[str]:
        taken = self.take(after)
        for name in taken:
            self.arrivals.finish(name, self.clock)
        return taken


def test_a_photo_is_ready_when_it_was_still_for_long_enough() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    assert folder.take(0.9) == []
    assert folder.take(0.2) == ["a.jpg"]


def test_a_photo_that_grows_waits_whether_or_not_anybody_tells() -> None:
    folder = Folder()
    folder.write("told.jpg", 5)
    folder.write("untold.jpg", 5)
    folder.clock = 0.9
    folder.write("told.jpg", 10)
    folder.files["untold.jpg"] = Mark(10, 99, 1, folder.files["untold.jpg"].inode)
    assert folder.take(0.2) == []
    assert folder.take(0.85) == ["told.jpg"]
    assert folder.take(0.2) == ["untold.jpg"]


def test_a_photo_is_taken_once() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.tell("a.jpg")
    folder.scan()
    assert folder.score() == ["a.jpg"]
    folder.scan()
    assert folder.score() == []
    assert folder.arrivals.is_idle


def test_what_changes_later_arrives_again() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.score()
    folder.write("a.jpg", 6)
    assert folder.score() == ["a.jpg"]


def test_what_changes_while_it_is_scored_arrives_again() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    assert folder.take(2) == ["a.jpg"]
    folder.write("a.jpg", 6)
    assert folder.take(5) == []
    folder.arrivals.finish("a.jpg", folder.clock)
    assert folder.score() == ["a.jpg"]
    assert folder.score() == []


def test_what_we_change_ourselves_does_not_arrive_again() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.take(2)
    folder.write("a.jpg", 6)
    folder.arrivals.finish("a.jpg", folder.clock, changed=True)
    folder.scan()
    assert folder.score() == []


def test_what_is_removed_while_it_waits_is_left_alone() -> None:
    folder = Folder()
    folder.write("told.jpg", 5)
    folder.write("untold.jpg", 5)
    folder.remove("told.jpg")
    del folder.files["untold.jpg"]
    assert folder.take(2) == []
    assert folder.arrivals.is_idle


def test_a_photo_that_is_moved_is_the_same() -> None:
    for new_first in (False, True):
        folder = Folder()
        folder.write("a.jpg", 5)
        folder.score()
        folder.move("a.jpg", "b.jpg", new_first=new_first)
        assert folder.score() == []
        folder.move("b.jpg", "c.jpg", new_first=new_first)
        assert folder.score() == []
        folder.write("c.jpg", 6)
        assert folder.score() == ["c.jpg"]


def test_a_photo_that_was_there_first_is_no_arrival_when_moved() -> None:
    folder = Folder()
    folder.files["old.jpg"] = Mark(5, 1, 1, 7)
    folder.arrivals.know("old.jpg", folder.files["old.jpg"], 0)
    folder.scan()
    folder.move("old.jpg", "new.jpg")
    assert folder.score() == []


def test_a_photo_that_is_moved_while_it_waits_is_scored_under_its_new_name() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.clock = 0.5
    folder.move("a.jpg", "b.jpg")
    assert folder.score() == ["b.jpg"]


def test_a_photo_that_is_moved_before_it_was_opened_is_scored_under_its_new_name() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.take(2)
    folder.move("a.jpg", "b.jpg")
    folder.arrivals.drop("a.jpg")
    folder.scan()
    assert folder.score() == ["b.jpg"]


def test_a_hard_link_is_another_photo() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.score()
    folder.files["b.jpg"] = folder.files["a.jpg"]
    folder.scan()
    assert folder.score() == ["b.jpg"]


def test_equal_files_without_inodes_are_not_taken_for_moved() -> None:
    folder = Folder()
    folder.files["a.jpg"] = Mark(5, 1)
    folder.scan()
    assert folder.score() == ["a.jpg"]
    folder.files = {"b.jpg": Mark(5, 1)}
    folder.arrivals.note("b.jpg", Mark(5, 1), folder.clock)
    assert not folder.arrivals.is_idle


def test_a_photo_that_was_completed_between_being_taken_and_being_read_is_scored_once() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    assert folder.take(1.0) == ["a.jpg"]
    folder.write("a.jpg", 9)
    folder.arrivals.finish("a.jpg", folder.clock, scored=folder.files["a.jpg"])
    folder.scan()
    assert folder.score(5) == []
    folder.write("a.jpg", 12)
    assert folder.score() == ["a.jpg"]


def test_what_looks_unfinished_is_tried_again_with_growing_patience() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    assert folder.take(2) == ["a.jpg"]
    for seconds in RETRY_SECONDS:
        assert folder.arrivals.retry("a.jpg", folder.clock)
        folder.scan()
        assert folder.take(seconds - 0.1) == []
        assert folder.take(0.2) == ["a.jpg"]
    assert not folder.arrivals.retry("a.jpg", folder.clock)
    folder.arrivals.finish("a.jpg", folder.clock)
    assert folder.score(100) == []


def test_a_photo_that_goes_on_after_a_failed_try_has_all_its_tries_again() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.take(2)
    folder.arrivals.retry("a.jpg", folder.clock)
    folder.write("a.jpg", 6)
    folder.take(2)
    for seconds in RETRY_SECONDS:
        assert folder.arrivals.retry("a.jpg", folder.clock)
        assert folder.take(seconds) == ["a.jpg"]


def test_a_photo_that_is_moved_between_two_tries_is_tried_under_its_new_name() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.take(2)
    folder.arrivals.retry("a.jpg", folder.clock)
    folder.move("a.jpg", "b.jpg")
    assert folder.score() == ["b.jpg"]


def test_a_folder_listing_that_lags_behind_starts_nothing() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.score()
    folder.arrivals.note("a.jpg", Mark(3, 0, 1, 1), folder.clock)
    assert folder.score() == []


def test_a_mount_that_was_away_brings_nothing_new() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.score()
    mark = folder.files.pop("a.jpg")
    folder.scan()
    folder.clock += 60
    folder.files["a.jpg"] = mark._replace(device=9)
    folder.scan()
    assert folder.score() == []


def test_what_is_gone_for_long_is_forgotten() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.score()
    mark = folder.files.pop("a.jpg")
    folder.clock += FORGET_SECONDS + 10
    folder.scan()
    folder.files["a.jpg"] = mark
    folder.scan()
    assert folder.score() == ["a.jpg"]


def test_what_stays_is_not_forgotten() -> None:
    folder = Folder()
    folder.write("a.jpg", 5)
    folder.score()
    for _ in range(4):
        folder.clock += FORGET_SECONDS / 2
        folder.scan()
    assert folder.score() == []


def test_no_more_are_taken_than_asked_for_and_the_oldest_first() -> None:
    folder = Folder()
    for number in range(10):
        folder.clock = number / 100
        folder.write(f"{number}.jpg", 5)
    assert folder.take(2, limit=3) == ["0.jpg", "1.jpg", "2.jpg"]
    assert len(folder.take()) == 7


NAMES = [f"{letter}.jpg" for letter in "abc"]
STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "remove", "move", "scan", "wait"]), st.integers(0, 2), st.integers(0, 2)),
    max_size=25,
)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_happens_each_file_is_scored_as_it_is_in_the_end_and_once(steps: list[tuple[str, int, int]]) -> None:
    folder = Folder()
    scored: list[tuple[int, int]] = []

    def work(after: float) -> None:
        for name in folder.take(after):
            scored.append((folder.files[name].inode, folder.files[name].mtime_ns))
            folder.arrivals.finish(name, folder.clock)

    for step, one, other in steps:
        here, there = NAMES[one], NAMES[other]
        if step == "write":
            folder.write(here, 5)
        elif step == "remove" and here in folder.files:
            folder.remove(here)
        elif step == "move" and here in folder.files and there not in folder.files:
            folder.move(here, there)
        elif step == "scan":
            folder.scan()
        work(0.7 if step == "wait" else 0.1)
    for _ in range(3):
        folder.scan()
        work(5)
    assert folder.arrivals.is_idle
    assert len(scored) == len(set(scored))
    assert {(mark.inode, mark.mtime_ns) for mark in folder.files.values()} <= set(scored)
