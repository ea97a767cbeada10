"""WebP: one chunk comes or changes, the header says so, and all else stays."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from iqscore.errors import MetadataError, Signed
from iqscore.metadata import Found, Rating, embed, exif, read, restore, to_digest
from tests.metadata.builders import decode, make_packet, make_tiff, make_webp, read_triples
from tests.metadata.packets import packets, ratings
from tests.pictures import to_bytes

PACKET = make_packet('<rdf:Description rdf:about="" xmlns:e="urn:e" e:x="1"/>')
FOUR = Rating(stars=4)


def list_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return kind and body of each chunk; lengths must be right and padded."""
    size = struct.unpack_from("<I", data, 4)[0]
    at, found = 12, []
    while at < 8 + size:
        kind, length = struct.unpack_from("<4sI", data, at)
        found.append((kind, data[at + 8 : at + 8 + length]))
        at += 8 + length + length % 2
    assert at == 8 + size
    return found


def add_chunk(data: bytes, kind: bytes, body: bytes) -> bytes:
    """Return a WebP with another chunk at its end."""
    added = data + kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return added[:4] + struct.pack("<I", len(added) - 8) + added[8:]


def make_clear(*, lossless: bool) -> bytes:
    pixels = np.zeros((32, 47, 4), np.uint8)
    pixels[::2] = 200
    return to_bytes(Image.fromarray(pixels), "WEBP", lossless=lossless)


@pytest.mark.parametrize(
    "data",
    [
        make_webp(),
        make_webp(lossless=True),
        make_webp(xmp=PACKET),
        make_webp(exif=make_tiff()),
        make_webp(icc_profile=b"icc" * 9),
        make_webp(xmp=PACKET + b" ", exif=make_tiff() + b"!", icc_profile=b"icc" * 9),
        make_clear(lossless=True),
        make_clear(lossless=False),
        add_chunk(make_webp(), b"odd ", b"odd"),
    ],
)
@pytest.mark.parametrize("trailer", [b"", b"behind the end"])
def test_all_else_stays(data: bytes, trailer: bytes) -> None:
    data += trailer
    rated = embed(data, FOUR)
    ours = {b"VP8X", b"XMP "}
    kept = [chunk for chunk in list_chunks(data) if chunk[0] not in ours]
    assert [chunk for chunk in list_chunks(rated) if chunk[0] not in ours] == kept
    assert rated.endswith(trailer)
    assert decode(rated) == decode(data)
    assert read(rated) == Found(xmp=4, microsoft=75, own=4)
    assert embed(rated, FOUR) == rated
    assert to_digest(rated) == to_digest(data)
    header = dict(list_chunks(rated))[b"VP8X"]
    assert header[0] & 4
    assert int.from_bytes(header[4:7], "little") + 1 == 47
    assert int.from_bytes(header[7:10], "little") + 1 == 32
    restored = restore(rated, read(data))
    assert restored == data or (b"odd " in data and to_digest(restored) == to_digest(data))


@pytest.mark.parametrize("lossless", [True, False])
def test_transparency_is_told_by_the_header(lossless: bool) -> None:
    header = dict(list_chunks(embed(make_clear(lossless=lossless), FOUR)))[b"VP8X"]
    assert header[0] & 0x10
    assert not dict(list_chunks(embed(make_webp(), FOUR)))[b"VP8X"][0] & 0x10


def test_a_misspelt_packet_is_put_right() -> None:
    data = make_webp(xmp=PACKET).replace(b"XMP ", b"XMP\0")
    rated = embed(data, FOUR)
    assert [read_triples(body) for kind, body in list_chunks(rated) if kind == b"XMP "] == [read_triples(PACKET)]
    assert to_digest(rated) == to_digest(data)


def test_a_missing_last_zero_is_put_in() -> None:
    data = add_chunk(make_webp(exif=make_tiff()), b"odd ", b"odd")[:-1]
    data = data[:4] + struct.pack("<I", len(data) - 8) + data[8:]
    rated = embed(data, FOUR)
    assert (b"odd ", b"odd") in list_chunks(rated)
    assert to_digest(rated) == to_digest(data)


def test_exif_gets_no_rating_but_one_that_is_there_changes() -> None:
    for head in (b"", b"Exif\0\0"):
        data = make_webp(exif=head + make_tiff(Rating=1, RatingPercent=1))
        assert read(data) == Found(exif=1, exif_percent=1)
        rated = embed(data, FOUR)
        body = dict(list_chunks(rated))[b"EXIF"]
        assert exif.read_exif(body.removeprefix(head)) == (4, 75)
        assert to_digest(rated) == to_digest(data)
        assert restore(rated, read(data)) == data


def test_a_signature_is_not_broken_unless_asked() -> None:
    data = add_chunk(make_webp(), b"C2PA", b"jumb")
    with pytest.raises(Signed):
        embed(data, FOUR)
    assert read(embed(data, FOUR, break_signature=True)).stars == 4


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (make_webp()[:12], "corrupt"),
        (make_webp()[:-20], "truncated"),
        (make_webp()[:18], "truncated"),
        (make_webp().replace(b"VP8 ", b"VP9 "), "corrupt"),
        (make_webp().replace(b"\x9d\x01\x2a", b"\x9d\x01\x2b"), "corrupt"),
        (b"RIFF\x10\0\0\0WEBPVP8X\4\0\0\0abcd", "corrupt"),
        (b"RIFF\x10\0\0\0WEBPVP8 \xff\0\0\0abcd" + bytes(999), "corrupt"),
    ],
)
def test_what_cannot_be_understood_is_refused(data: bytes, code: str) -> None:
    if len(data) == 12:
        data = data[:4] + struct.pack("<I", 4) + data[8:]
    with pytest.raises(MetadataError) as caught:
        embed(data, FOUR, path="a.webp")
    assert (caught.value.code, caught.value.path) == (code, "a.webp")


@given(packets(), ratings)
@settings(max_examples=40, deadline=None)
def test_any_packet_in_a_photo_comes_back(packet: bytes, rating: Rating) -> None:
    data = make_webp(xmp=packet)
    rated = embed(data, rating)
    assert embed(rated, rating) == rated
    assert to_digest(rated) == to_digest(data)
    assert read(restore(rated, read(data), added=rating.keywords)) == read(data)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    spoilt = bytearray(data.draw(st.sampled_from([make_webp(xmp=PACKET, exif=make_tiff(Rating=1)), make_webp()])))
    for _ in range(data.draw(st.integers(0, 3))):
        spoilt[data.draw(st.integers(12, len(spoilt) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(spoilt[: data.draw(st.sampled_from([len(spoilt), data.draw(st.integers(12, len(spoilt)))]))])
    try:
        rated = embed(cut, FOUR)
    except MetadataError:
        return
    assert read(rated).stars == 4
    assert to_digest(rated) == to_digest(cut)
