"""EXIF blocks: the rating comes in, and no other byte moves."""

from __future__ import annotations

import struct

import piexif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.metadata import exif
from iqscore.metadata.tiff import read_directory
from tests.metadata.builders import make_tiff

BLOCK = make_tiff()


def load(block: bytes) -> dict[str, dict[int, object]]:
    parts = piexif.load(b"Exif\0\0" + block)
    return {name: part for name, part in parts.items() if isinstance(part, dict)}


def make_block(order: str, entries: list[tuple[int, int, int, int]], following: int = 0, rest: bytes = b"") -> bytes:
    """Return a block whose first directory has entries of (tag, type, count, value)."""
    magic = b"II*\0" if order == "<" else b"MM\0*"
    table = b"".join(struct.pack(f"{order}HHII", *entry) for entry in entries)
    head = magic + struct.pack(f"{order}IH", 8, len(entries))
    return head + table + struct.pack(f"{order}I", following) + rest


@pytest.mark.parametrize("stars", range(6))
def test_a_new_block_is_read_by_piexif(stars: int) -> None:
    first = load(exif.make_exif(stars, (300, 300, 3)))["0th"]
    assert first[0x4746] == stars
    assert first[0x4749] == (0, 1, 25, 50, 75, 99)[stars]
    assert first[piexif.ImageIFD.XResolution] == (300, 1)
    assert first[piexif.ImageIFD.ResolutionUnit] == 3
    assert exif.strip_exif(exif.make_exif(stars, (300, 300, 3))) == b""


def test_a_block_grows_at_its_end_alone() -> None:
    rated = exif.merge_exif(BLOCK, 4)
    assert rated is not None
    assert rated[:4] + rated[8 : len(BLOCK)] == BLOCK[:4] + BLOCK[8:]
    before, after = load(BLOCK), load(rated)
    assert after.pop("0th") == {**before.pop("0th"), 0x4746: 4, 0x4749: 75}
    assert after == before
    assert exif.merge_exif(rated, 4) == rated
    assert exif.restore_exif(rated, None, None) == BLOCK


@pytest.mark.parametrize("kind", [1, 3, 4, 6, 8, 9])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_rating_that_is_there_changes_in_its_place_and_type(kind: int, order: str) -> None:
    letter = {1: "B3x", 3: "H2x", 4: "I", 6: "b3x", 8: "h2x", 9: "i"}[kind]
    value, percent = (struct.unpack(f"{order}I", struct.pack(order + letter, number))[0] for number in (2, 25))
    block = make_block(order, [(0x0100, 4, 1, 7), (0x4746, kind, 1, value), (0x4749, kind, 1, percent)])
    assert exif.read_exif(block) == (2, 25)
    rated = exif.merge_exif(block, 5)
    assert rated is not None
    assert len(rated) == len(block)
    assert exif.read_exif(rated) == (5, 99)
    assert exif.restore_exif(rated, 2, 25) == block


def test_one_of_both_is_joined_by_the_other() -> None:
    block = make_block(">", [(0x4746, 3, 1, 2 << 16), (0x9000, 3, 1, 0)])
    rated = exif.merge_exif(block, 3)
    assert rated is not None
    assert exif.read_exif(rated) == (3, 50)
    assert exif.restore_exif(rated, 2, None) == block
    assert exif.strip_exif(rated) == exif.strip_exif(block)


def test_rejection_makes_nought_of_a_rating_and_adds_none() -> None:
    assert exif.merge_exif(None, -1) is None
    assert exif.merge_exif(BLOCK, -1) == BLOCK
    rejected = exif.merge_exif(exif.make_exif(5), -1)
    assert rejected is not None
    assert exif.read_exif(rejected) == (0, 0)


def test_a_rating_that_another_program_moved_is_taken_out_of_its_place() -> None:
    theirs = make_tiff(Rating=4, RatingPercent=75)
    restored = exif.restore_exif(theirs, None, None)
    assert restored is not None
    assert len(restored) == len(theirs)
    before, after = load(theirs), load(restored)
    assert after["Exif"] == before["Exif"]
    assert exif.read_exif(restored) == (None, None)
    assert before["0th"].keys() - after["0th"].keys() == {0x4746, 0x4749}


def test_entries_keep_their_order_even_a_wrong_one() -> None:
    tags = [0x0132, 0x0110, 0x8298]
    rated = exif.merge_exif(make_block("<", [(tag, 3, 1, 0) for tag in tags]), 1)
    assert rated is not None
    directory = read_directory(rated)
    assert directory is not None
    assert [directory.get_tag(entry) for entry in directory.entries] == [0x0132, 0x0110, 0x4746, 0x4749, 0x8298]


def test_the_next_directory_has_as_much_room_as_before() -> None:
    # exiftool measures the second directory by what is behind the first
    second = struct.pack(">H", 40) + b"".join(struct.pack(">HHII", tag, 3, 1, 0) for tag in range(256, 296)) + bytes(4)
    block = make_block(">", [(0x0100, 3, 1, 0)], 26, second)
    rated = exif.merge_exif(block, 2)
    assert rated is not None
    start = struct.unpack_from(">I", rated, 4)[0]
    assert len(rated) - start >= len(second)
    assert exif.restore_exif(rated, None, None) == block


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"II*\0",
        b"none of them",
        b"II*\0" + struct.pack("<I", 1 << 31),
        make_block("<", [(0x0100, 3, 1, 0)])[:-6],
        make_block("<", [(0x010F, 2, 100, 26)]),
        make_block("<", [(0x0100, 0, 1, 0)]),
        make_block("<", [(0x8769, 4, 1, 5000)]),
        make_block("<", [(0x0201, 4, 1, 20), (0x0202, 4, 1, 50)]),
        make_block("<", [(0x0100, 3, 1, 0)], 8),
        make_block("<", [(0x0100, 3, 1, 0)], 26, struct.pack("<HHHII", 1, 0x0100, 3, 1, 0)),
    ],
)
def test_a_block_that_leads_beyond_its_end_does_not_grow(block: bytes) -> None:
    assert exif.merge_exif(block, 4) == block


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damage_leads_to_no_trouble(data: st.DataObject) -> None:
    source = data.draw(
        st.sampled_from([BLOCK, exif.make_exif(3), exif.merge_exif(BLOCK, 2) or b"", make_tiff(Rating=1)])
    )
    spoilt = bytearray(source)
    for _ in range(data.draw(st.integers(0, 4))):
        # mostly in the header and directories
        spoilt[data.draw(st.integers(0, min(len(spoilt) - 1, data.draw(st.sampled_from([60, 5000])))))] = data.draw(
            st.integers(0, 255)
        )
    block = bytes(spoilt[: data.draw(st.integers(0, len(spoilt)))])
    rated = exif.merge_exif(block, 4)
    assert rated is not None
    assert rated[:4] == block[:4]
    assert exif.merge_exif(rated, 4) == rated
    assert exif.strip_exif(rated) == exif.strip_exif(block)
    rating, percent = exif.read_exif(block)
    restored = exif.restore_exif(rated, rating, percent)
    assert exif.read_exif(restored or b"") == (rating, percent)


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("odd", [(0x4746, 3, 8193, 3), (0x4746, 67, 1, 3)])
def test_a_rating_that_cannot_be_read_comes_back(odd: tuple[int, int, int, int], create: bool) -> None:
    block = make_block("<", [odd, (0x4749, 3, 1, 50)], rest=bytes(20_000))
    assert exif.read_exif(block) == (None, 50)
    rated = exif.merge_exif(block, 4, create=create)
    assert rated is not None
    assert exif.read_exif(rated)[1] == 75
    assert exif.restore_exif(rated, None, 50) == block
