"""Text made fit to be shown: nothing that steers the terminal, nothing wider than its place."""

from __future__ import annotations

import re
from functools import cache

# control characters, surrogates, line separators, and the marks that turn the direction of writing
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def to_printable(text: str) -> str:
    r"""Return text that cannot steer a terminal: `\n`, `\x1b`, `\u202e` stand for what could, `\xff` for raw bytes."""
    return _UNPRINTABLE.sub(lambda match: _to_escape(match[0]), text)


def _to_escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00  # a byte of a name that is not UTF-8
    return _NAMED.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def to_shown(text: str, encoding: str) -> str:
    """Return printable text that `encoding` can write, other characters escaped."""
    plain = to_printable(text)
    if not can_write("…·", encoding):
        plain = plain.replace("…", "...").replace(" · ", ", ")
    return plain.encode(encoding, "backslashreplace").decode(encoding)


@cache
def can_write(text: str, encoding: str) -> bool:
    """Tell whether `encoding` has all characters of a text."""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def count_cells(text: str) -> int:
    """Return how many cells of a terminal printable text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def shorten_middle(text: str, width: int, ellipsis: str = "…") -> str:
    """Return text of at most `width` terminal cells, its start and more of its end kept."""
    if count_cells(text) <= width:
        return text
    room = width - count_cells(ellipsis)
    if room < 0:
        return shorten_end(text, width, "")
    if text.isascii():
        return f"{text[: room // 3]}{ellipsis}{text[len(text) - (room - room // 3) :]}"
    end = len(text)
    while end > 0 and count_cells(text[end - 1 :]) <= room - room // 3:
        end -= 1
    # a mark without width would otherwise sit on the ellipsis
    while end < len(text) and count_cells(text[end]) == 0:
        end += 1
    head = shorten_end(text, room - count_cells(text[end:]), "")
    return f"{head}{ellipsis}{text[end:]}"


def shorten_end(text: str, width: int, ellipsis: str = "…") -> str:
    """Return text of at most `width` terminal cells, its start kept."""
    if count_cells(text) <= width:
        return text
    room = max(width - count_cells(ellipsis), 0)
    start = min(len(text), room)
    while count_cells(text[:start]) > room:
        start -= 1
    return text[:start] + (ellipsis if width >= count_cells(ellipsis) else "")
