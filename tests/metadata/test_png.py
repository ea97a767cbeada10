"""PNG: one chunk comes or changes, and all others stay."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iqscore.errors import MetadataError, Signed
from iqscore.metadata import Found, Rating, embed, exif, read, restore, to_digest
from tests.metadata.builders import decode, make_itxt, make_packet, make_png, make_tiff, read_triples, to_chunk
from tests.metadata.packets import packets, ratings

PACKET = make_packet('<rdf:Description rdf:about="" xmlns:e="urn:e" e:x="1"/>')
TEXT = to_chunk(b"tEXt", b"Comment\0hello")
FOUR = Rating(stars=4)


def list_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and body of each chunk up to IEND; every checksum must be right."""
    at = 8
    found: list[tuple[bytes, bytes]] = []
    while not found or found[-1][0] != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack_from(">I", data, at + 8 + length)[0] == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + length
    return found


def get_packets(data: bytes) -> list[bytes]:
    return [body[22:] for _, body in list_chunks(data) if body.startswith(b"XML:com.adobe.xmp\0\0\0\0\0")]


def make_raw_profile(packet: bytes, kind: bytes = b"tEXt", *, name: str = "xmp") -> bytes:
    text = f"\n{name}\n{len(packet):8d}\n{packet.hex()}\n".encode()
    body = b"\0" + zlib.compress(text) if kind == b"zTXt" else text
    return to_chunk(kind, b"Raw profile type xmp\0" + body)


@pytest.mark.parametrize("chunks", [[], [TEXT], [make_itxt(PACKET)], [TEXT, make_itxt(PACKET), TEXT]])
@pytest.mark.parametrize("trailer", [b"", b"behind the end"])
def test_all_else_stays(chunks: list[bytes], trailer: bytes) -> None:
    data = make_png(*chunks, trailer=trailer)
    rated = embed(data, FOUR)
    kept = [chunk for chunk in list_chunks(data) if chunk[0] != b"iTXt"]
    assert [chunk for chunk in list_chunks(rated) if chunk[0] != b"iTXt"] == kept
    assert rated.endswith(trailer)
    assert len(get_packets(rated)) == 1
    assert decode(rated) == decode(data)
    assert read(rated) == Found(xmp=4, microsoft=75, own=4)
    assert embed(rated, FOUR) == rated
    assert to_digest(rated) == to_digest(data)
    assert restore(rated, read(data)) == data


def test_the_packet_comes_before_the_picture() -> None:
    kinds = [kind for kind, _ in list_chunks(embed(make_png(), FOUR))]
    assert kinds.index(b"iTXt") < kinds.index(b"IDAT")


def test_a_packed_packet_is_unpacked() -> None:
    data = make_png(make_itxt(PACKET, packed=True))
    rated = embed(data, FOUR)
    assert [read_triples(packet) for packet in get_packets(rated)] == [read_triples(PACKET)]
    assert to_digest(rated) == to_digest(data)
    assert embed(data, Rating()) == data


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt"])
@pytest.mark.parametrize("name", ["xmp", "XMP"])
def test_the_packet_of_imagemagick_becomes_one_that_all_read(kind: bytes, name: str) -> None:
    packet = make_packet('<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="2" xmp:Label="x"/>')
    data = make_png(make_raw_profile(packet, kind, name=name))
    assert read(data) == Found(xmp=2, label="x")
    rated = embed(data, FOUR)
    assert [read_triples(found) for found in get_packets(rated)] == [read_triples(packet)]
    assert b"Raw profile" not in rated
    assert to_digest(rated) == to_digest(data)
    with pytest.raises(MetadataError, match="two kinds"):
        embed(make_png(make_itxt(PACKET), make_raw_profile(packet)), FOUR)
    assert read(embed(make_png(make_itxt(PACKET), make_raw_profile(PACKET)), FOUR)).stars == 4


def test_exif_gets_no_rating_but_one_that_is_there_changes() -> None:
    plain, rated = (to_chunk(b"eXIf", block) for block in (make_tiff(), make_tiff(Rating=1, RatingPercent=1)))
    assert plain in embed(make_png(plain), FOUR)
    data = make_png(rated)
    assert read(data) == Found(exif=1, exif_percent=1)
    after = embed(data, FOUR)
    body = dict(list_chunks(after))[b"eXIf"]
    assert exif.read_exif(body) == (4, 75)
    assert len(body) == len(make_tiff(Rating=1, RatingPercent=1))
    assert to_digest(after) == to_digest(data)
    assert restore(after, read(data)) == data


def test_a_signature_is_not_broken_unless_asked() -> None:
    data = make_png(to_chunk(b"caBX", b"jumb c2pa"))
    with pytest.raises(Signed):
        embed(data, FOUR)
    assert read(embed(data, FOUR, break_signature=True)).stars == 4


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (make_png()[:8], "truncated"),
        (make_png()[:-4], "truncated"),
        (make_png()[:33] + b"\0\0\0\0\1\2\3\4\0\0\0\0", "corrupt"),
        (make_png()[:33] + to_chunk(b"IEND", b""), "corrupt"),
        (make_png(make_itxt(PACKET)[:-1] + b"?"), "corrupt"),
        (make_png(to_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0no zlib")), "corrupt"),
        (make_png(to_chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(b"x" * 99)[:-6])), "corrupt"),
        (make_png(to_chunk(b"iTXt", b"XML:com.adobe.xmp\0")), "corrupt"),
        (make_png(to_chunk(b"tEXt", b"Raw profile type xmp\0\nxmp\n  99\nabcd")), "corrupt"),
        (make_png(make_itxt(b"x" * (65 << 20), packed=True)), "corrupt"),
        (make_png(*[make_itxt(PACKET)] * 9), "corrupt"),
    ],
)
def test_what_cannot_be_understood_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(MetadataError) as caught:
        embed(data, FOUR, path="a.png")
    assert (caught.value.code, caught.value.path) == (code, "a.png")


@given(packets(), ratings)
@settings(max_examples=40, deadline=None)
def test_any_packet_in_a_photo_comes_back(packet: bytes, rating: Rating) -> None:
    data = make_png(TEXT, make_itxt(packet))
    rated = embed(data, rating)
    assert embed(rated, rating) == rated
    assert to_digest(rated) == to_digest(data)
    assert read(restore(rated, read(data), added=rating.keywords)) == read(data)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    source = make_png(to_chunk(b"eXIf", make_tiff(Rating=1)), make_itxt(PACKET, packed=True), make_raw_profile(PACKET))
    spoilt = bytearray(source)
    for _ in range(data.draw(st.integers(0, 3))):
        spoilt[data.draw(st.integers(8, len(spoilt) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(spoilt[: data.draw(st.sampled_from([len(spoilt), data.draw(st.integers(8, len(spoilt)))]))])
    try:
        rated = embed(cut, FOUR)
    except MetadataError:
        return
    assert read(rated).stars == 4
    assert to_digest(rated) == to_digest(cut)
    assert rated[rated.index(b"IDAT") :] == cut[cut.index(b"IDAT") :] or b"eXIf" in cut[cut.index(b"IDAT") :]
