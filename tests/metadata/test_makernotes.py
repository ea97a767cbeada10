"""A block does not grow where its maker notes would come to lead into what is added."""

from __future__ import annotations

import struct

import piexif
import pytest

from iqscore.metadata import exif
from iqscore.metadata.makernotes import leads_behind
from iqscore.metadata.tiff import is_sound

LONG, UNDEFINED, SHORT = 4, 7, 3


def make_block(order: str, *entries: tuple[int, int, int]) -> bytes:
    """Return a block with maker notes of a header and entries, given as (type, count, value)."""
    note = b"Maker\0\1\0" + struct.pack(f"{order}H", len(entries))
    note += b"".join(struct.pack(f"{order}HHII", 0x11 + n, *entry) for n, entry in enumerate(entries)) + bytes(400)
    parts = {"0th": {piexif.ImageIFD.Make: b"Maker"}, "Exif": {piexif.ExifIFD.MakerNote: note}}
    return bytes(piexif.dump(parts))[6:]


def aim(order: str, kind: int, count: int, beyond: int, base: int) -> bytes:
    """Return a block whose maker notes lead, counted from `base` in them or from its start, behind its end."""
    draft = make_block(order, (kind, count, 0), (SHORT, 1, 7))
    start = draft.index(b"Maker\0\1\0") + base if base >= 0 else 0
    return make_block(order, (kind, count, len(draft) + beyond - start), (SHORT, 1, 7))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("base", [-1, 0, 8, 10, 12])
@pytest.mark.parametrize(
    ("kind", "count", "beyond"), [(LONG, 1, 0), (LONG, 1, 20), (UNDEFINED, 60, -40), (SHORT, 9, 3)]
)
def test_what_leads_behind_the_end_is_kept_from_leading_to_us(
    order: str, base: int, kind: int, count: int, beyond: int
) -> None:
    block = aim(order, kind, count, beyond, base)
    assert is_sound(block)
    assert leads_behind(block, len(block) + 100)
    assert exif.merge_exif(block, 4) == block


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "count", "beyond"),
    [(LONG, 1, 5000), (LONG, 1, -200), (UNDEFINED, 60, -200), (UNDEFINED, 60, 5000), (SHORT, 1, 0), (99, 60, -40)],
)
def test_what_leads_elsewhere_is_no_trouble(order: str, kind: int, count: int, beyond: int) -> None:
    block = aim(order, kind, count, beyond, -1)
    assert not leads_behind(block, len(block) + 100)
    assert exif.read_exif(exif.merge_exif(block, 4) or b"") == (4, 75)


def test_a_rating_that_is_there_changes_all_the_same() -> None:
    block = aim("<", LONG, 1, 0, -1)
    parts = piexif.load(b"Exif\0\0" + block)
    rated = bytes(piexif.dump({**parts, "0th": {**parts["0th"], exif.RATING: 1, exif.PERCENT: 1}}))[6:]
    assert exif.read_exif(exif.merge_exif(rated, 4) or b"") == (4, 75)
    assert len(exif.merge_exif(rated, 4) or b"") == len(rated)


@pytest.mark.parametrize("block", [b"", b"II*\0\x08\0\0\0", b"junk" * 9, piexif.dump({"0th": {271: b"M"}})[6:]])
def test_blocks_without_maker_notes(block: bytes) -> None:
    assert not leads_behind(block, len(block) + 100)
