"""What people read: columns that line up, names that cannot steer the terminal, silence where nobody looks."""

from __future__ import annotations

import io
import os
import random
import sys
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from iqscore import console
from iqscore.console.paths import shorten_paths
from iqscore.console.progress import Progress, open_bar
from iqscore.console.rating import to_rating_line
from iqscore.records import Edit, Failure, PhotoScore, Rated, RatedOutcome
from tests.samples import make_failure, make_photo, make_reasons, make_summary

HOSTILE = [
    "new\nline.jpg",
    "red \x1b[31m.jpg",
    "[bold]markup[/bold] :smile:.jpg",
    "title \x1b]0;pwned\x07.jpg",
    "c1 \x9b31m.jpg",
    "bidi \u202egpj.exe",
    os.fsdecode(b"byte \xff.jpg"),
    "tab\tand\rreturn.jpg",
]
NAMES = [
    "IMG_0001.jpg",
    "a/very/deep/folder/of/photos/with/a/long/name/2024/07/IMG_20240713_201500_BURST001.jpg",
    "旅行/京都の金閣寺と秋の紅葉がとても綺麗でした_最終版.jpg",
    "party 🎉/love ❤️ 👨‍👩‍👧‍👦.heic",
    "e\u0301te\u0301.jpg",
    *HOSTILE,
]
texts = st.text(st.characters()) | st.binary().map(os.fsdecode)


def make_photos(names: Sequence[str] = NAMES) -> list[PhotoScore]:
    reasons = [make_reasons(), make_reasons("hazy"), make_reasons("heavy compression artefacts", "badly out of focus")]
    return [
        make_photo(name, rank=9000 + n, stars=n % 6, score=100.0 - n, reasons=reasons[n % 3])
        for n, name in enumerate(names)
    ]


def draw(photos: Sequence[PhotoScore], width: int, *, terminal: bool = False) -> list[str]:
    file = io.StringIO()
    made = Console(file=file, width=width, force_terminal=terminal, color_system="standard" if terminal else None)
    console.print_table(photos, console=made)
    return file.getvalue().split("\n")[:-1]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 160, 200])
def test_table_fits_and_lines_up(width: int) -> None:
    photos = make_photos()
    titles, *lines = draw(photos, width)
    assert len(lines) == len(photos)
    start = titles.index("Score")
    for photo, line in zip(photos, lines, strict=True):
        assert cell_len(line) <= width
        assert line.startswith(f"{photo.rank}  ")
        # all that is wider or narrower than its characters stands before the score
        before = line[: line.index(f"{photo.score:5.1f}")]
        assert cell_len(before) == start


def test_wide_table_says_everything() -> None:
    (titles, line) = draw([make_photo(rank=1, reasons=make_reasons("hazy", "too dark", "noisy"))], 200)
    assert titles.split() == ["#", "Photo", "Score", "Aesth", "Tech", "Label", "Stars", "Reasons"]
    assert line == "1  a/b.jpg   71.3 ███████▏     6.12   7.4  accepted  ★★★★☆  hazy, too dark +1"


def test_narrow_table_keeps_what_matters() -> None:
    titles = draw(make_photos(), 80)[0].split()
    assert titles == ["#", "Photo", "Score", "Label", "Stars", "Reasons"]


def test_without_ranks_there_is_no_column_of_them() -> None:
    titles, line = draw([make_photo()], 100)
    assert titles.startswith("Photo")
    assert line.startswith("a/b.jpg")


def test_no_photos_no_table() -> None:
    assert draw([], 80) == []


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("width", [80, 200])
def test_hostile_names_stay_on_their_line(name: str, width: int) -> None:
    lines = draw([make_photo(name, reasons=make_reasons(name))], width)
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    assert console.to_printable(name)[:12] in lines[1]


def test_colours_on_a_terminal_and_only_there() -> None:
    assert "\x1b[32m" in draw(make_photos(), 100, terminal=True)[1]
    assert "\x1b" not in "".join(draw(make_photos(), 100))


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_plain_characters_where_the_locale_has_no_others(encoding: str) -> None:
    buffer = io.BytesIO()
    file = io.TextIOWrapper(buffer, encoding=encoding, newline="\n")
    made = Console(file=file, width=100, color_system=None)
    console.print_table(make_photos(), console=made)
    console.print_summary(make_summary(), console=made)
    file.flush()
    lines = buffer.getvalue().decode(encoding).splitlines()
    assert len(lines) == len(NAMES) + 2
    assert "####" in lines[1]
    assert "****-" in lines[5]


def test_deep_folders_show_the_end_of_the_path() -> None:
    line = draw([make_photo("/home/anna/Photos/2024/Iceland/raw/IMG_0001.jpg", reasons=make_reasons("x" * 40))], 80)[1]
    assert line.startswith("…/raw/IMG_0001.jpg ") or line.startswith("…/Iceland/raw/IMG_0001.jpg ")


@pytest.mark.parametrize("width", [80, 100])
def test_a_bit_of_a_long_folder_stays(width: int) -> None:
    places = ("Sightseeing at our destination", "The long way back from there")
    photos = [
        make_photo(f"photos/{place}/img_{n}.jpg", reasons=make_reasons("x" * 40)) for n in "12" for place in places
    ]
    names = [line.split("  ")[0] for line in draw(photos, width)[1:]]
    assert [name[:3] for name in names] == ["Sig", "The"] * 2
    assert all(name.endswith(f"/img_{n}.jpg") for name, n in zip(names, "1122", strict=True))
    assert max(map(cell_len, names)) <= 40


def test_a_folder_beside_the_common_one_is_told_whole_where_it_fits() -> None:
    photos = [make_photo(f"/home/anna/Photos/Travels/{place}/img_1.jpg") for place in ("Rome", "Oslo")]
    assert [line.split()[0] for line in draw(photos, 60)[1:]] == [
        "…/Travels/Rome/img_1.jpg",
        "…/Travels/Oslo/img_1.jpg",
    ]


def test_rows_shorten_paths_as_the_table_does() -> None:
    rows = [(f"photos/{place}/IMG_0013.jpg", "score 3.0") for place in ("Some place in the sun", "Somewhere else")]
    assert console.to_aligned(("Photo", "Value"), rows, 40, "utf-8")[1:] == [
        "Some plac…he sun/IMG_0013.jpg  score 3.0",
        "…/Somewhere else/IMG_0013.jpg  score 3.0",
    ]


@given(names=st.lists(st.lists(texts, min_size=1, max_size=4), min_size=1, max_size=5), width=st.integers(0, 40))
def test_shortened_paths_fit(names: list[list[str]], width: int) -> None:
    paths = [console.to_printable("/".join(parts)) for parts in names]
    short = shorten_paths(paths, width, "…")
    assert all(cell_len(name) <= width for name in short)
    assert all(name == path for name, path in zip(short, paths, strict=True) if cell_len(path) <= width)


@pytest.mark.parametrize(
    ("width", "told"), [(120, "hazy, heavy compression artefacts +1"), (80, "hazy +2"), (72, "hazy +2")]
)
def test_reasons_that_are_left_out_are_counted(width: int, told: str) -> None:
    photo = make_photo("x" * 24, rank=1, reasons=make_reasons("hazy", "heavy compression artefacts", "noisy"))
    assert draw([photo], width)[1].split("  ")[-1] == told


def test_a_path_that_is_there_twice_keeps_its_folder() -> None:
    lines = draw([make_photo("Rome/1.jpg"), make_photo("Rome/1.jpg"), make_photo("Oslo/1.jpg")], 100)[1:]
    assert [line.split()[0] for line in lines] == ["Rome/1.jpg", "Rome/1.jpg", "Oslo/1.jpg"]


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize(
    ("sort", "title", "told"), [("haze", "Haze", "0.61"), ("blur", "Blur", "0.02"), ("any", "Any", "0.61")]
)
def test_photos_sorted_by_a_defect_show_its_severity(sort: str, title: str, told: str, width: int) -> None:
    file = io.StringIO()
    console.print_table([make_photo()], console=Console(file=file, width=width), sort=sort)
    head, line = file.getvalue().splitlines()
    end = head.index(title) + len(title)
    assert line[:end].split()[-1] == told
    assert max(map(cell_len, (head, line))) <= width


@pytest.mark.parametrize("sort", [None, "score", "aesthetic", "path", "taken"])
def test_other_orders_add_no_column(sort: str | None) -> None:
    file = io.StringIO()
    console.print_table([make_photo(rank=1)], console=Console(file=file, width=200), sort=sort)
    assert file.getvalue().splitlines() == draw([make_photo(rank=1)], 200)


def test_names_that_would_look_the_same_show_what_parts_them() -> None:
    photos = [make_photo(f"/photos/{place}/from the camera/IMG_20240713_201500.jpg") for place in ("Rome", "Oslo")]
    rome, oslo = draw(photos, 50)[1:]
    assert rome.startswith("Rome")
    assert oslo.startswith("Oslo")


def test_the_same_photo_twice_is_shown_twice() -> None:
    lines = draw([make_photo("/photos/from the camera/IMG_20240713_201500.jpg")] * 2, 50)
    assert lines[1] == lines[2]
    assert "201500.jpg" in lines[1]


@given(text=texts, width=st.integers(0, 40))
def test_shortened_text_fits(text: str, width: int) -> None:
    plain = console.to_printable(text)
    short = console.shorten_middle(plain, width)
    assert cell_len(short) <= width
    assert (short == plain) == (cell_len(plain) <= width)


def test_shortened_text_keeps_start_and_suffix() -> None:
    assert console.shorten_middle("IMG_20240713_201500_BURST001.jpg", 16) == "IMG_2…RST001.jpg"


def test_the_ellipsis_gets_no_accent() -> None:
    assert console.shorten_middle("abcdefghe\u0301xyz", 5) == "a…xyz"


@given(text=texts)
def test_printable_text_is_printable(text: str) -> None:
    plain = console.to_printable(text)
    plain.encode("utf-8")
    assert not {c for c in plain if c < " " or "\x7f" <= c <= "\x9f" or c in "\u2028\u2029\u202e\u2066"}


def test_printable_text_says_what_was_there() -> None:
    assert console.to_printable("a\nb\x1b\u202e\udcff\x9b é日🎉") == "a\\nb\\x1b\\u202e\\xff\\x9b é日🎉"


def print_failures(failures: Sequence[Failure]) -> list[str]:
    file = io.StringIO()
    console.print_failures(failures, console=Console(file=file, width=40))
    return file.getvalue().splitlines()


def test_few_failures_are_all_named() -> None:
    lines = print_failures([make_failure(f"{n} [red].jpg") for n in range(3)])
    assert lines[0] == "3 photos could not be scored:"
    assert lines[1:] == [f"  {n} [red].jpg: cut short" for n in range(3)]


def test_many_equal_failures_share_a_line() -> None:
    failures = [make_failure(f"{n}.jpg") for n in range(1500)] + [make_failure("x\n.jpg", message="other")]
    assert print_failures(failures) == [
        "1,501 photos could not be scored:",
        "  1,500 photos: cut short: 0.jpg, 1.jpg, 2.jpg, …",
        "  x\\n.jpg: other",
    ]


def test_many_different_failures_are_cut() -> None:
    lines = print_failures([make_failure(f"{n}.jpg", message=f"reason {n}") for n in range(25)])
    assert len(lines) == 12
    assert lines[-1] == "  … and 15 more"


def test_no_failures_no_words() -> None:
    assert print_failures([]) == []


def print_summary(**changes: object) -> str:
    file = io.StringIO()
    console.print_summary(make_summary(**changes), console=Console(file=file, width=40))
    return file.getvalue()


def test_summary_is_one_line() -> None:
    assert print_summary() == (
        "1,204 photos: 311 accepted, 820 pending, 70 rejected, 3 failed · 41.2 s · 29.2 photos/s\n"
    )


def test_no_speed_where_nothing_was_scored() -> None:
    assert "photos/s" not in print_summary(photos=3, scored=0, failed=3, accepted=0, pending=0, rejected=0)


def test_summary_of_an_interrupted_run() -> None:
    line = print_summary(photos=1, scored=1, failed=0, accepted=1, pending=0, rejected=0, seconds=125, interrupted=True)
    assert line == "1 photo: 1 accepted, 0 pending, 0 rejected · 2 min 5 s · 0.0 photos/s · interrupted\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return monkeypatch


def print_to_stdout(file: io.StringIO, environment: pytest.MonkeyPatch) -> str:
    environment.setattr(sys, "stdout", file)
    console.print_table(make_photos(), console=console.open_console())
    return file.getvalue()


def test_no_color_means_no_codes_at_all(plain_environment: pytest.MonkeyPatch) -> None:
    assert "\x1b" in print_to_stdout(Terminal(), plain_environment)
    plain_environment.setenv("NO_COLOR", "1")
    assert "\x1b" not in print_to_stdout(Terminal(), plain_environment)


def test_a_pipe_gets_whole_names_and_no_codes(plain_environment: pytest.MonkeyPatch) -> None:
    text = print_to_stdout(io.StringIO(), plain_environment)
    assert "\x1b" not in text
    assert all(console.to_printable(name) in text for name in NAMES)


def test_a_pipe_obeys_columns(plain_environment: pytest.MonkeyPatch) -> None:
    plain_environment.setenv("COLUMNS", "80")
    lines = print_to_stdout(io.StringIO(), plain_environment).splitlines()
    assert 70 < max(map(cell_len, lines)) <= 80


def test_a_closed_pipe_is_told_to_the_caller(plain_environment: pytest.MonkeyPatch) -> None:
    class ClosedPipe(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        print_to_stdout(ClosedPipe(), plain_environment)


def test_warnings_are_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    console.warn("a\n[red]b\x1b[31m")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "iqscore: a\\n[red]b\\x1b[31m\n"


def run_progress(*, quiet: bool = False) -> list[int]:
    with console.open_progress(quiet=quiet) as progress:
        progress.set_total(3)
        done = []
        for number in progress.count(range(3)):
            progress.advance()
            done.append(number)
    return done


def test_progress_is_silent_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_progress() == [0, 1, 2]
    assert capsys.readouterr() == ("", "")


def test_progress_is_shown_on_a_terminal_unless_quiet(
    plain_environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stderr = Terminal()
    plain_environment.setattr(sys, "stderr", stderr)
    assert run_progress(quiet=True) == [0, 1, 2]
    assert stderr.getvalue() == ""
    with console.open_progress():
        print("data")
    assert capsys.readouterr().out == "data\n"
    assert run_progress() == [0, 1, 2]
    assert "photos/s" in stderr.getvalue()
    assert "3/3" in stderr.getvalue()


def test_progress_learns_the_total_while_the_first_photo_waits() -> None:
    bar = open_bar(Console(file=io.StringIO()))
    progress = Progress(bar)
    items = progress.count(iter("abc"))
    assert next(items) == "a"
    assert bar.tasks[0].total == 3
    assert list(items) == ["b", "c"]


def test_the_number_of_a_large_library_is_known_at_once() -> None:
    bar = open_bar(Console(file=io.StringIO()))
    items = Progress(bar).count(iter(range(100_000)))
    for _ in range(1000):
        next(items)
    assert bar.tasks[0].total == 100_000


@pytest.mark.parametrize("known", [0, 5_000], ids=["a first run", "one that goes on"])
@pytest.mark.parametrize("rate", [1.5, 12.0, 300.0])
def test_the_time_left_is_right_after_a_minute(known: int, rate: float) -> None:
    chance = random.Random(1)
    clock = 0.0
    bar = open_bar(Console(file=io.StringIO()), get_time=lambda: clock)
    progress = Progress(bar)
    left = round(600 * rate)
    progress.set_total(known + left)
    for _ in range(known):
        clock += 0.0002
        progress.advance()
    # some photos take three times as long as others
    while clock < 60:
        clock += chance.uniform(0.5, 1.5) / rate
        progress.advance()
        left -= 1
    assert bar.tasks[0].time_remaining == pytest.approx(left / rate, rel=0.2)


def test_progress_keeps_the_order_of_slow_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.console.progress._AHEAD_SECONDS", 0.0)
    bar = open_bar(Console(file=io.StringIO()))
    items = Progress(bar).count(iter("abc"))
    assert next(items) == "a"
    assert bar.tasks[0].total is None
    assert list(items) == ["b", "c"]
    assert bar.tasks[0].total == 3


def test_progress_looks_ahead_no_further_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iqscore.console.progress._AHEAD", 5)
    drawn = 0

    def draw_items() -> Iterator[int]:
        nonlocal drawn
        while drawn < 99:
            drawn += 1
            yield drawn

    bar = open_bar(Console(file=io.StringIO()))
    items = Progress(bar).count(draw_items())
    assert next(items) == 1
    assert drawn == 5
    assert list(items) == list(range(2, 100))
    assert bar.tasks[0].total == 99


EDITS = (
    Edit("label", None, "Red"),
    Edit("pick", "accepted", None),
    Edit("keyword", None, "iqscore:noise"),
    Edit("keyword", "old", None),
)


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Rated("a.jpg", "written", None, 4, ("a.jpg",)), "  none -> 4       a.jpg"),
        (Rated("a.jpg", "written", 3, -1, ("a.jpg", "a.jpg.xmp")), "     3 -> reject  a.jpg  (a.jpg.xmp)"),
        (Rated("a.jpg", "kept", -1, -1, (), "rated by a person"), "reject kept       a.jpg  (rated by a person)"),
        (Rated("a.jpg", "unchanged", 0, 0), "     0 unchanged  a.jpg"),
        (
            Rated("a.tif", "written", 1, 1, ("a.tif.xmp",), "label kept"),
            "     1 -> 1       a.tif  (a.tif.xmp, label kept)",
        ),
        (
            Rated("a.jpg", "written", 3, 3, ("a.jpg", "a.jpg.xmp"), "", EDITS),
            "     3 -> 3       a.jpg: label Red, pick accepted -> none, +iqscore:noise, -old  (a.jpg.xmp)",
        ),
        (make_failure("a\x1b.jpg", "read_only", "write-protected"), "         failed  a\\x1b.jpg  (write-protected)"),
    ],
)
def test_a_line_of_a_rating(outcome: RatedOutcome, line: str) -> None:
    assert to_rating_line(outcome, "utf-8") == line


def test_a_long_table_is_one_table(monkeypatch: pytest.MonkeyPatch) -> None:
    photos = [make_photo(f"{number}.jpg", rank=number) for number in range(1, 8)]

    def show() -> str:
        stream = io.StringIO()
        console.print_table(photos, console=Console(file=stream, width=100))
        return stream.getvalue()

    whole = show()
    monkeypatch.setattr("iqscore.console._LINES", 3)
    assert show() == whole
    assert len(whole.splitlines()) == 1 + len(photos)
