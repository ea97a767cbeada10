"""One photo in depth, for people: its marks, each severity as a bar, why, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from iqscore.console.table import STYLES, choose_glyphs, draw_bar, draw_stars
from iqscore.console.text import can_write, to_shown
from iqscore.explanation import Explanation, Obstacle, Without
from iqscore.records import Exif, PhotoScore

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_NAME = 16
_NUMBER = 5
_BAR = 24
_MARKS = "▁▂▃▄▅▆▇█"
_STRONG, _MILD = 0.45, 0.2
Line = Sequence[tuple[str, str]]
"""Texts, each with a style."""


def print_explanation(photo: PhotoScore, explanation: Explanation, *, console: Console) -> None:
    """Print a photo in depth; bars are as long as the console lets them be."""
    for line in _build(photo, explanation, console.width, console.encoding):
        console.print(_to_text(line, console.encoding), soft_wrap=True)


def _to_text(line: Line, encoding: str) -> Text:
    from rich.text import Text

    shown = Text.assemble(*((to_shown(text, encoding), style) for text, style in line))
    shown.rstrip()
    return shown


def _build(photo: PhotoScore, explanation: Explanation, width: int, encoding: str) -> Iterator[Line]:
    bar = max(0, min(_BAR, width - _NAME - _NUMBER - 4))
    times = "×" if can_write("×", encoding) else "x"  # noqa: RUF001 - between width and height
    taken = f" · taken {photo.taken.replace('T', ' ')}" if photo.taken else ""
    yield [(photo.path, "bold")]
    yield [(f"{photo.width} {times} {photo.height} {photo.format}{taken}", "dim")]
    facts = " · ".join(_find_facts(photo.exif))
    yield from [[(facts, "dim")]] if facts else []
    yield []
    yield from _find_marks(photo, bar, encoding)
    yield []
    yield from _find_severities(photo, bar, encoding)
    yield []
    yield [("Why", "bold")]
    yield from ([(f"  {reason.text}", "")] for reason in photo.reasons)
    is_photo = photo.kind == "photo"
    changes = list(_find_changes(explanation)) if is_photo else ["nothing: a graphic is pending, whatever its score"]
    if changes:
        yield []
        yield [("What would change it", "bold")]
        yield from ([(f"  {change}", "")] for change in changes)
    yield []
    yield [("judged by " + ", ".join(photo.models.values()), "dim")]


def _find_facts(exif: Exif) -> Iterator[str]:
    """Yield how the photo was taken, as photographers write it."""
    if exif.camera:
        yield exif.camera
    if exif.lens:
        yield exif.lens
    if exif.focal:
        yield f"{exif.focal:g} mm"
    if exif.aperture:
        yield f"f/{exif.aperture:g}"
    if exif.shutter:
        yield f"{exif.shutter:g} s" if exif.shutter >= 0.3 else f"1/{round(1 / exif.shutter)} s"
    if exif.iso:
        yield f"ISO {exif.iso}"


def _find_marks(photo: PhotoScore, bar: int, encoding: str) -> Iterator[Line]:
    glyphs = choose_glyphs(encoding)
    stars = draw_stars(photo.stars, glyphs)
    yield [
        *_to_row("Score", f"{photo.score:.1f}", photo.score / 100, bar, encoding, "bold"),
        (f"  {stars} ", ""),
        (photo.label, STYLES[photo.label]),
    ]
    share = max(photo.aesthetic.histogram)
    marks = "".join(_MARKS[round(part / share * (len(_MARKS) - 1))] for part in photo.aesthetic.histogram)
    votes = f"  votes 1 {marks} 10" if bar and can_write(marks, encoding) else ""
    yield [*_to_row("Aesthetic", f"{photo.aesthetic.mean:.2f}", photo.aesthetic.mean / 10, bar, encoding), (votes, "")]
    yield _to_row("Technical", f"{photo.technical.mean:.2f}", photo.technical.mean / 10, bar, encoding)


def _find_severities(photo: PhotoScore, bar: int, encoding: str) -> Iterator[Line]:
    yield [("Defects, gravest first", "bold"), (" (0 none, 1 ruins the photo)", "dim")]
    for name, severity in sorted(photo.defects.items(), key=lambda pair: -pair[1]):
        style = "red" if severity >= _STRONG else "yellow" if severity >= _MILD else "green"
        yield _to_row(f"  {to_words(name)}", f"{severity:.2f}", severity, bar, encoding, style)


def _to_row(name: str, number: str, share: float, width: int, encoding: str, style: str = "") -> list[tuple[str, str]]:
    bar = draw_bar(share, width, choose_glyphs(encoding))
    return [
        (f"{name:<{_NAME + 2}}", ""),
        (f"{number:>{_NUMBER}}", style),
        (f"  {bar:<{width}}" if width else "", style),
    ]


def _find_changes(explanation: Explanation) -> Iterator[str]:
    yield from map(_tell_without, explanation.without)
    following = explanation.next_stars
    if following:
        marks = (
            f"with an aesthetic mark of {following.aesthetic:.2f}"
            if following.aesthetic is not None
            else "not by the aesthetic mark alone"
        )
        yield f"{following.stars} stars begin at a score of {following.score:g}: {marks}"
    if explanation.next_label:
        ways = [" and ".join(map(_tell_obstacle, way)) for way in explanation.ways]
        yield f"{explanation.next_label} with {', or '.join(ways)}"


def _tell_without(without: Without) -> str:
    names = " and ".join(map(to_words, without.defects))
    stars = "1 star" if without.stars == 1 else f"{without.stars} stars"
    return f"without {names}: a score of {without.score:.1f} (+{without.gain:.1f}) or more, {without.label}, {stars}"


def _tell_obstacle(obstacle: Obstacle) -> str:
    rise = "of at least" if obstacle.limit_suffices else "above"
    sign = rise if obstacle.at_least else "below"
    article = "a " if obstacle.field in ("score", "technical") else ""
    name = "technical mark" if obstacle.field == "technical" else to_words(obstacle.field)
    return f"{article}{name} {sign} {obstacle.limit:g}"


def to_words(name: str) -> str:
    """Return the name of a defect as people write it."""
    return name.replace("_", " ").replace("jpeg", "JPEG")
