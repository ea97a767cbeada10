"""Tables that people read: columns that line up, names that cannot steer the terminal."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from iqscore import console
from tests.samples import make_photo, make_reasons, make_summary
from tests.tables import HOSTILE, NAMES, draw, make_photos


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


@pytest.mark.parametrize(
    ("width", "told"), [(120, "hazy, heavy compression artefacts +1"), (80, "hazy +2"), (72, "hazy +2")]
)
def test_reasons_that_are_left_out_are_counted(width: int, told: str) -> None:
    photo = make_photo("x" * 24, rank=1, reasons=make_reasons("hazy", "heavy compression artefacts", "noisy"))
    assert draw([photo], width)[1].split("  ")[-1] == told


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


def test_the_same_photo_twice_is_shown_twice() -> None:
    lines = draw([make_photo("/photos/from the camera/IMG_20240713_201500.jpg")] * 2, 50)
    assert lines[1] == lines[2]
    assert "201500.jpg" in lines[1]


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
