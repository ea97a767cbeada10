"""JPEG: segments come and grow, and all else stays where readers find it."""

from __future__ import annotations

import struct

import piexif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.errors import MetadataError, Signed
from iqscore.metadata import Found, Rating, embed, exif, read, restore, to_digest, xmp
from tests.metadata.builders import (
    EXTENDED_HEADER,
    XMP_HEADER,
    decode,
    make_jpeg,
    make_mpf,
    make_packet,
    make_tiff,
    read_mpf,
    read_triples,
    to_segment,
)
from tests.metadata.packets import packets, ratings

EXIF = (0xE1, b"Exif\0\0" + make_tiff())
PACKET = make_packet('<rdf:Description rdf:about="" xmlns:e="urn:e" e:x="1"/>', padding=600)
XMP = (0xE1, XMP_HEADER + PACKET)
ICC = (0xE2, b"ICC_PROFILE\0\1\1" + bytes(range(256)) * 4)
PHOTOSHOP = (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x04\x1c\2\0\0")
PLAIN = make_jpeg()
SECOND = make_jpeg(ICC)
FOUR = Rating(stars=4)


def list_segments(data: bytes) -> list[tuple[int, bytes]]:
    """Return marker and body of each segment up to the first scan."""
    at, found = 2, []
    while data[at + 1] != 0xDA:
        length = struct.unpack_from(">H", data, at + 2)[0]
        found.append((data[at + 1], data[at + 4 : at + 2 + length]))
        at += 2 + length
    return found


def get_packets(data: bytes) -> list[bytes]:
    return [body[len(XMP_HEADER) :] for _, body in list_segments(data) if body.startswith(XMP_HEADER)]


def is_metadata(segment: tuple[int, bytes]) -> bool:
    return segment[1].startswith((b"Exif\0\0", XMP_HEADER))


def make_pair(order: str, before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]) -> bytes:
    """Return a JPEG with a second one behind it, which MPF lists."""
    draft = make_jpeg(*before, (0xE2, make_mpf(order, [(0, 0), (0, 0)])), *after)
    base = draft.index(b"MPF\0") + 4
    mpf = make_mpf(order, [(len(draft), 0), (len(SECOND), len(draft) - base)])
    return make_jpeg(*before, (0xE2, mpf), *after, trailer=SECOND + b"tail")


@pytest.mark.parametrize(
    "segments",
    [
        [],
        [EXIF],
        [XMP],
        [EXIF, XMP],
        [XMP, EXIF],
        [EXIF, PHOTOSHOP, XMP, ICC],
        [(0xFE, b"comment"), ICC],
        [(0xE0, b"JFXX\0\x13"), EXIF],
        [(0xE1, b"Exif\0\0" + exif.make_exif(2)), XMP],
    ],
)
@pytest.mark.parametrize("jfif", [True, False])
@pytest.mark.parametrize("trailer", [b"", b"\0" * 7, SECOND + b"MotionPhoto_Data" * 9])
def test_all_else_stays(segments: list[tuple[int, bytes]], jfif: bool, trailer: bytes) -> None:
    data = make_jpeg(*segments, jfif=jfif, trailer=trailer)
    rated = embed(data, FOUR)
    kept = [segment for segment in list_segments(data) if not is_metadata(segment)]
    assert [segment for segment in list_segments(rated) if not is_metadata(segment)] == kept
    assert rated.endswith(PLAIN[20:] + trailer)
    assert decode(rated) == decode(data)
    assert len(get_packets(rated)) == 1
    assert read(rated) == Found(xmp=4, exif=4, exif_percent=75, microsoft=75, own=4)
    assert embed(rated, FOUR) == rated
    assert to_digest(rated) == to_digest(data)
    assert restore(rated, read(data)) == data


def test_segments_come_in_the_order_that_readers_want() -> None:
    kinds = [body[:4] for _, body in list_segments(embed(make_jpeg(ICC, PHOTOSHOP), FOUR))]
    assert kinds[:5] == [b"JFIF", b"Exif", b"http", b"ICC_", b"Phot"]
    assert [body[:4] for _, body in list_segments(embed(make_jpeg(ICC, jfif=False), FOUR))][:2] == [b"Exif", b"http"]


def test_a_new_block_tells_the_density_of_jfif() -> None:
    data = PLAIN[:13] + struct.pack(">BHH", 2, 118, 119) + PLAIN[18:]
    first = piexif.load(embed(data, FOUR))["0th"]
    assert first[piexif.ImageIFD.XResolution] == (118, 1)
    assert first[piexif.ImageIFD.YResolution] == (119, 1)
    assert first[piexif.ImageIFD.ResolutionUnit] == 3


def test_maker_notes_and_the_thumbnail_are_found_by_piexif() -> None:
    data = make_jpeg(EXIF, ICC)
    before, after = piexif.load(data), piexif.load(embed(data, FOUR))
    assert after["0th"][0x4746] == 4
    assert {**before, "0th": 0} == {**after, "0th": 0}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("before", "after"), [([], []), ([EXIF], [XMP]), ([XMP], [EXIF]), ([], [EXIF, XMP]), ([EXIF, XMP], [ICC])]
)
def test_pictures_that_mpf_lists_are_where_it_says(
    order: str, before: list[tuple[int, bytes]], after: list[tuple[int, bytes]]
) -> None:
    data = make_pair(order, before, after)
    assert read_mpf(data) == [data[: -len(SECOND) - 4], SECOND]
    rated = embed(data, FOUR)
    assert read_mpf(rated) == [rated[: -len(SECOND) - 4], SECOND]
    assert to_digest(rated) == to_digest(data)
    assert restore(rated, read(data)) == data
    moved = rated.replace(b"MPF\0" + rated[rated.index(b"MPF\0") + 4 :][:60], data[data.index(b"MPF\0") :][:64])
    assert to_digest(moved) != to_digest(data)


def test_an_mpf_offset_that_leads_nowhere_stays() -> None:
    mpf = (0xE2, make_mpf("<", [(7, 0), (9, 3)]))
    assert mpf in list_segments(embed(make_jpeg(mpf), FOUR))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("has_xmp", [True, False])
def test_a_picture_that_maker_notes_point_at_stays_in_reach(order: str, has_xmp: bool) -> None:
    preview = b"\x01" + SECOND[1:]

    def make(distance: int) -> bytes:
        notes = b"MLT0" + struct.pack(f"{order}I", distance) + b"notes"
        block = piexif.dump({"0th": {piexif.ImageIFD.Make: b"M"}, "Exif": {piexif.ExifIFD.MakerNote: notes}})
        return make_jpeg((0xE1, block), *([XMP] if has_xmp else []), trailer=preview)

    draft = make(0)
    data = make(draft.index(preview) - draft.index(b"Exif\0\0") - 6)
    rated = embed(data, FOUR)
    assert rated.index(preview) - rated.index(b"Exif\0\0") == data.index(preview) - data.index(b"Exif\0\0")
    assert read(rated).xmp == 4
    assert embed(rated, FOUR) == rated
    assert to_digest(rated) == to_digest(data)
    assert read(restore(rated, Found())) == Found()


def test_of_several_blocks_the_first_is_rated() -> None:
    other = (0xE1, b"Exif\0\0" + make_tiff(Rating=1, RatingPercent=1))
    data = make_jpeg(EXIF, other)
    blocks = [body[6:] for _, body in list_segments(embed(data, FOUR)) if body.startswith(b"Exif\0\0")]
    assert [exif.read_exif(block) for block in blocks] == [(4, 75), (4, 75)]
    assert len(blocks[1]) == len(other[1]) - 6


def test_taking_a_rating_out_again_puts_none_into_a_block_that_had_none() -> None:
    rated = (0xE1, b"Exif\0\0" + make_tiff(Rating=1, RatingPercent=1))
    for data in (make_jpeg(rated, EXIF), make_jpeg(EXIF, rated)):
        assert read(data).stars == 1
        restored = restore(embed(data, FOUR), read(data))
        assert read(restored) == read(data)
        assert len(restored) <= len(data) + 200
    assert restore(make_jpeg(EXIF), Found(exif=3)) == make_jpeg(EXIF)


def test_a_block_that_goes_on_or_is_full_does_not_grow() -> None:
    full = (0xE1, (b"Exif\0\0" + make_tiff()).ljust(65_500, b"\0"))
    for data in (make_jpeg(EXIF, (0xE1, b"Exif\0\0rest of it")), make_jpeg(full)):
        rated = embed(data, FOUR)
        assert read(rated) == Found(xmp=4, microsoft=75, own=4)
        assert list_segments(data)[1] in list_segments(rated)


def test_extended_xmp_stays_and_is_refused_where_it_holds_a_rating() -> None:
    def make(inside: str) -> bytes:
        packet = make_packet(f'<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" {inside}/>')
        parts = [packet[:100], packet[100:]]
        heads = [EXTENDED_HEADER + b"A" * 32 + struct.pack(">II", len(packet), at) for at in (0, 100)]
        return make_jpeg(XMP, *((0xE1, head + part) for head, part in zip(heads, parts, strict=True)))

    data = make('xmp:Nickname="n"')
    rated = embed(data, FOUR)
    extended = [segment for segment in list_segments(data) if segment[1].startswith(EXTENDED_HEADER)]
    assert len(extended) == 2
    assert [segment for segment in list_segments(rated) if segment[1].startswith(EXTENDED_HEADER)] == extended
    assert read(make('xmp:Rating="2"')).stars == 2
    with pytest.raises(MetadataError, match="extended"):
        embed(make('xmp:Rating="2"'), FOUR)


def test_several_packets_are_all_changed_and_none_is_lost() -> None:
    rated_once = make_packet('<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="1"/>')
    data = make_jpeg(XMP, (0xE1, XMP_HEADER + rated_once))
    assert read(data).stars == 1
    first, second = get_packets(embed(data, FOUR))
    assert read_triples(first) == read_triples(PACKET)
    assert xmp.read_packet(first).xmp == xmp.read_packet(second).xmp == 4


def test_padding_gives_way_before_a_photo_is_refused() -> None:
    def make(padding: int) -> bytes:
        room = 65_533 - len(XMP_HEADER) - len(make_packet("", padding=padding))
        return make_jpeg((0xE1, XMP_HEADER + make_packet(f"<x>{'y' * (room - 7)}</x>", padding=padding)))

    assert read(embed(make(1000), FOUR)).xmp == 4
    with pytest.raises(MetadataError) as caught:
        embed(make(10), FOUR)
    assert caught.value.code == "too_large"


def test_a_signature_is_not_broken_unless_asked() -> None:
    box = b"JP\0\1\0\0\0\1\0\0\0\x40jumb\0\0\0\x20jumdc2pa\0"
    data = make_jpeg(EXIF, (0xEB, box.ljust(72, b"\0")))
    with pytest.raises(Signed) as caught:
        embed(data, FOUR, path="a.jpg")
    assert caught.value.code == "signed"
    assert caught.value.path == "a.jpg"
    assert read(embed(data, FOUR, break_signature=True)).stars == 4
    assert read(embed(make_jpeg((0xEB, b"JP\0\1\0\0\0\1\0\0\0\x10jumbother")), FOUR)).stars == 4


def test_a_trailer_that_is_told_by_its_place_in_the_file_is_refused() -> None:
    with pytest.raises(MetadataError, match="behind its end"):
        embed(make_jpeg(trailer=b"caption" + b"AXS!" + bytes(8)), FOUR)


@pytest.mark.parametrize("junk", [b"junk", b"\xff\x00\x00\x02", b"\xff\xff\xff"])
def test_what_decoders_skip_between_segments_stays(junk: bytes) -> None:
    data = PLAIN[:20] + to_segment(*EXIF) + junk + to_segment(*ICC) + PLAIN[20:]
    rated = embed(data, FOUR)
    assert to_segment(*ICC) in rated
    assert junk in rated[: rated.index(to_segment(*ICC))]
    assert decode(rated) == decode(data)
    assert restore(rated, Found()) == data


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xd8\xff", "truncated"),
        (PLAIN[:15], "truncated"),
        (PLAIN[:100], "truncated"),
        (b"\xff\xd8\xff\xd9", "corrupt"),
        (b"\xff\xd8\xff\xe1\x00\x01", "corrupt"),
        (b"\xff\xd8\xff\xd8" + PLAIN, "corrupt"),
    ],
)
def test_no_whole_jpeg_is_refused(data: bytes, code: str) -> None:
    for function in (read, to_digest, lambda data: embed(data, FOUR), lambda data: restore(data, Found())):
        with pytest.raises(MetadataError) as caught:
            function(data)
        assert caught.value.code == code


@pytest.mark.parametrize("junk", [b"\xff" * 300_000 + b"\0", b"\xff\0" * 300_000, b"\xfe" * 300_000])
def test_much_junk_is_no_trouble(junk: bytes) -> None:
    assert read(embed(PLAIN[:20] + junk + PLAIN[20:], FOUR)).stars == 4


def test_no_photo_has_so_many_segments() -> None:
    with pytest.raises(MetadataError):
        embed(make_jpeg(*[EXIF] * 10_000), FOUR)


@given(packets(), ratings, ratings)
@settings(max_examples=60, deadline=None)
def test_any_packet_in_a_photo_comes_back(packet: bytes, first: Rating, second: Rating) -> None:
    data = make_jpeg(EXIF, (0xE1, XMP_HEADER + packet), ICC)
    before = read(data)
    rated = embed(embed(data, first), second)
    assert embed(rated, second) == rated
    assert to_digest(rated) == to_digest(data)
    restored = restore(rated, before, added=first.keywords + second.keywords)
    assert read(restored) == before
    assert to_digest(restored) == to_digest(data)


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    source = make_pair("<", [EXIF, XMP], [ICC])
    spoilt = bytearray(source)
    head = source.index(b"\xff\xda")
    for _ in range(data.draw(st.integers(0, 4))):
        spoilt[data.draw(st.integers(2, head))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(spoilt[: data.draw(st.sampled_from([len(spoilt), data.draw(st.integers(3, len(spoilt)))]))])
    try:
        rated = embed(cut, FOUR)
    except MetadataError:
        return
    assert read(rated).stars == 4
    assert to_digest(rated) == to_digest(cut)
    assert rated.endswith(cut[cut.rindex(b"\xff\xda") :])


def test_a_list_of_pictures_that_cannot_grow_is_refused() -> None:
    data = make_jpeg((0xE2, make_mpf("<", [(0xFFFFFFFF, 0), (300, 0xFFFFFFF0)])))
    with pytest.raises(MetadataError, match="far behind its end"):
        embed(data, Rating(stars=4))
