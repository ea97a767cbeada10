"""The table of photos: which columns fit, how wide they are, what stands in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from iqscore.console.paths import shorten_paths
from iqscore.console.text import can_write, count_cells, shorten_end, to_shown
from iqscore.records import DEFECT_GROUPS, DEFECTS, Label, PhotoScore, get_severity

Line = list[tuple[str, str]]
"""Pieces of text, each with the name of its style, "" for none."""

_GAP = 2
_NUMBER = len("100.0")
_BAR = (6, 10)
_NAME = (24, 40)
_REASONS = 24
STYLES: dict[Label, str] = {"accepted": "green", "pending": "yellow", "rejected": "red"}


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What stars and bars are drawn with."""

    star: str
    no_star: str
    blocks: str
    """A cell of the bar, from empty to full."""
    ellipsis: str


_UNICODE = Glyphs("★", "☆", " ▏▎▍▌▋▊▉█", "…")
_ASCII = Glyphs("*", "-", " #", "...")


@dataclass(frozen=True, slots=True)
class _Column:
    title: str
    width: int
    cells: list[str]
    styles: list[str]
    right: bool = False


@dataclass(slots=True)
class _Room:
    """Cells not yet given to a column."""

    left: int

    def take(self, width: int, gap: int = _GAP) -> bool:
        """Take a column that fits."""
        fits = width + gap <= self.left
        self.left -= (width + gap) * fits
        return fits

    def grow(self, width: int, wanted: int) -> int:
        """Return a width that is as near to the wanted one as there is room."""
        more = max(min(wanted - width, self.left), 0)
        self.left -= more
        return width + more


@dataclass(frozen=True, slots=True)
class _Layout:
    """Widths; 0 for a column that is left out."""

    rank: int
    name: int
    bar: int
    marks: bool
    label: bool
    stars: bool
    severity: int
    reasons: int


def choose_glyphs(encoding: str) -> Glyphs:
    """Return what stars and bars are drawn with, in ASCII where the encoding has nothing better."""
    return _UNICODE if all(can_write(text, encoding) for text in ("★☆…", _UNICODE.blocks)) else _ASCII


def to_defect(sort: str | None) -> str | None:
    """Return the defect, or group of them, that a key of --sort names, or None for any other key."""
    return sort if sort in DEFECTS or sort in DEFECT_GROUPS or sort == "any" else None


def build_table(photos: Sequence[PhotoScore], width: int, encoding: str, defect: str | None = None) -> Iterator[Line]:
    """Yield a header and a line for each photo, none wider than `width` cells; severities of `defect` beside it."""
    glyphs = choose_glyphs(encoding)
    paths = [to_shown(_to_whole_name(photo), encoding) for photo in photos]
    reasons = [_to_reasons([to_shown(reason.text, encoding) for reason in photo.reasons]) for photo in photos]
    layout = _lay_out(photos, paths, reasons, width, defect)
    columns = _build_columns(photos, paths, reasons, layout, glyphs, defect)
    yield _to_line([(column, column.title, "bold") for column in columns])
    yield from (_to_line([(c, c.cells[n], c.styles[n]) for c in columns]) for n in range(len(photos)))


def _to_whole_name(photo: PhotoScore) -> str:
    """Return the path, and the suffixes of the files that go along: IMG_1.JPG +NEF."""
    return " +".join([photo.path, *(PurePath(path).suffix[1:] for path in photo.companions)])


def _lay_out(
    photos: Sequence[PhotoScore],
    paths: Sequence[str],
    reasons: Sequence[tuple[str, str]],
    width: int,
    defect: str | None,
) -> _Layout:
    rank = max(len(_to_rank(photo)) for photo in photos)
    longest_name = max(len("Photo"), *map(count_cells, paths))
    longest_reasons = max(count_cells(told) for told, _ in reasons)
    room = _Room(width - (rank + _GAP if rank else 0))
    room.take(_NUMBER)
    name = room.grow(0, min(longest_name, _NAME[0]))
    # in the order of their worth
    severity = max(len(defect), 4) if defect and room.take(max(len(defect), 4)) else 0
    label = room.take(len("accepted"))
    told = min(longest_reasons, _REASONS)
    told = told if told and room.take(max(told, len("Reasons"))) else 0
    stars = room.take(5)
    bar = _BAR[0] if room.take(_BAR[0], gap=1) else 0
    marks = room.take(len("Aesth") + _GAP + len("Tech"))
    # what is left goes to names, reasons, and the bar
    name = room.grow(name, min(longest_name, _NAME[1]))
    told = room.grow(told, longest_reasons) if told else 0
    name = room.grow(name, longest_name)
    bar = room.grow(bar, _BAR[1]) if bar else 0
    return _Layout(rank, name, bar, marks, label, stars, severity, told)


def _build_columns(
    photos: Sequence[PhotoScore],
    paths: Sequence[str],
    reasons: Sequence[tuple[str, str]],
    layout: _Layout,
    glyphs: Glyphs,
    defect: str | None,
) -> list[_Column]:
    plain = [""] * len(photos)
    coloured = [STYLES[photo.label] for photo in photos]
    scores = [_to_score(photo.score, layout.bar, glyphs) for photo in photos]
    columns = [
        _Column("#", layout.rank, [_to_rank(photo) for photo in photos], plain, right=True),
        _Column("Photo", layout.name, shorten_paths(paths, layout.name, glyphs.ellipsis), plain),
        _Column("Score", _NUMBER + (1 + layout.bar if layout.bar else 0), scores, coloured),
        _Column((defect or "").capitalize(), layout.severity, _to_severities(photos, defect), plain, right=True),
        _Column("Aesth", 5 * layout.marks, [f"{photo.aesthetic.mean:.2f}" for photo in photos], plain, right=True),
        _Column("Tech", 4 * layout.marks, [f"{photo.technical.mean:.1f}" for photo in photos], plain, right=True),
        _Column("Label", 8 * layout.label, [photo.label for photo in photos], coloured),
        _Column(
            "Stars", 5 * layout.stars, [draw_stars(photo.stars, glyphs) for photo in photos], ["yellow"] * len(plain)
        ),
        _Column("Reasons", layout.reasons, [_fit(told, layout.reasons, glyphs) for told in reasons], plain),
    ]
    return [column for column in columns if column.width]


def _to_line(cells: Sequence[tuple[_Column, str, str]]) -> Line:
    line: Line = []
    for column, text, style in cells:
        space = " " * (column.width - count_cells(text))
        gap = " " * _GAP if line else ""
        line += [(gap + space, ""), (text, style)] if column.right else [(gap, ""), (text, style), (space, "")]
    while line and not line[-1][0].strip(" "):
        line.pop()
    return line


def _to_rank(photo: PhotoScore) -> str:
    return "" if photo.rank is None else str(photo.rank)


def _to_score(score: float, width: int, glyphs: Glyphs) -> str:
    return f"{score:5.1f} {draw_bar(score / 100, width, glyphs)}".rstrip()


def draw_bar(share: float, width: int, glyphs: Glyphs) -> str:
    """Return a bar of at most `width` cells, filled to a share of 0 to 1."""
    full, part = divmod(share * width, 1)
    bar = glyphs.blocks[-1] * int(full) + glyphs.blocks[int(part * (len(glyphs.blocks) - 1))]
    return bar[:width].rstrip()


def _to_severities(photos: Sequence[PhotoScore], defect: str | None) -> list[str]:
    return [f"{get_severity(photo, defect):.2f}" if defect else "" for photo in photos]


def draw_stars(stars: int, glyphs: Glyphs) -> str:
    """Return five stars, those that a photo has filled."""
    return glyphs.star * stars + glyphs.no_star * (5 - stars)


def _to_reasons(texts: Sequence[str]) -> tuple[str, str]:
    """Return the two strongest reasons, and the strongest, each with the number of those that are left out."""
    two, one = (f"{', '.join(texts[:count])}{_tell_more(len(texts) - count)}" for count in (2, 1))
    return two, one


def _tell_more(count: int) -> str:
    return f" +{count}" if count > 0 else ""


def _fit(told: tuple[str, str], width: int, glyphs: Glyphs) -> str:
    """Return the longer text where it fits, else the shorter one."""
    longer, shorter = told
    return longer if count_cells(longer) <= width else shorten_end(shorter, width, glyphs.ellipsis)
