"""Tables of made-up photos, with names of every kind, as people see them."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence

from rich.console import Console

from iqscore import console
from iqscore.records import PhotoScore
from tests.samples import make_photo, make_reasons

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
