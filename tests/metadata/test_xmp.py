"""XMP packets: a rating comes in, and everything else stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iqscore.errors import MetadataError
from iqscore.metadata import Found, Rating, xmp
from iqscore.metadata.places import NAMESPACES
from tests.metadata.builders import SUBJECT, make_packet, read_triples, read_values
from tests.metadata.packets import packets, ratings

FULL = Rating(4, "Red", "accepted", ("a & b", "<c>"), 71.26, "net@1234", 'noise 0.61, "haze" 0.40')
XMP = f'xmlns:xmp="{NAMESPACES["xmp"]}"'


def test_a_new_packet_holds_what_it_was_given() -> None:
    values = read_values(xmp.make_packet(FULL))
    told = {name.rpartition("}")[2]: value for name, value in values.items() if not name.endswith("}Rating")}
    assert told["Label"] == {"Red"}
    assert told["PickLabel"] == {"3"}
    assert told["pick"] == {"1"}
    assert told["subject"] == {"a & b", "<c>"}
    assert told["Score"] == {"71.3"}
    assert told["Model"] == {"net@1234"}
    assert told["Defects"] == {'noise 0.61, "haze" 0.40'}
    assert values[f"{{{NAMESPACES['xmp']}}}Rating"] == values[f"{{{NAMESPACES['iqscore']}}}Rating"] == {"4"}
    assert values[f"{{{NAMESPACES['MicrosoftPhoto']}}}Rating"] == {"75"}


def test_a_packet_is_read_as_it_was_written() -> None:
    found = xmp.read_packet(xmp.make_packet(FULL))
    assert found == Found(
        xmp=4,
        microsoft=75,
        own=4,
        label="Red",
        own_label="Red",
        pick=3,
        flag=1,
        own_pick=3,
        keywords=("a & b", "<c>"),
        score="71.3",
        model="net@1234",
        defects='noise 0.61, "haze" 0.40',
    )


@given(packets(), ratings)
@settings(max_examples=150, deadline=None)
def test_other_triples_stay_and_ours_are_what_was_asked(packet: bytes, rating: Rating) -> None:
    merged = xmp.merge_packet(packet, rating)
    assert read_triples(merged) == read_triples(packet)
    values = read_values(merged)
    if rating.stars is not None:
        assert {float(value) for value in values[f"{{{NAMESPACES['xmp']}}}Rating"]} == {rating.stars}
        assert xmp.read_packet(merged).stars == rating.stars
    assert values.get(SUBJECT, set()) == read_values(packet).get(SUBJECT, set()) | set(rating.keywords)


@given(packets(), ratings)
@settings(max_examples=100, deadline=None)
def test_writing_twice_is_writing_once(packet: bytes, rating: Rating) -> None:
    merged = xmp.merge_packet(packet, rating)
    assert xmp.merge_packet(merged, rating) == merged


@given(packets(), ratings, ratings)
@settings(max_examples=100, deadline=None)
def test_what_was_before_comes_back(packet: bytes, first: Rating, second: Rating) -> None:
    before = xmp.read_packet(packet)
    merged = xmp.merge_packet(xmp.merge_packet(packet, first), second)
    restored = xmp.restore_packet(merged, before, (*first.keywords, *second.keywords))
    assert xmp.read_packet(restored) == before
    assert read_triples(restored) == read_triples(packet)


@given(ratings, ratings)
@settings(max_examples=50, deadline=None)
def test_a_packet_that_had_nothing_of_ours_comes_back_to_the_byte(first: Rating, second: Rating) -> None:
    packet = make_packet('\n <rdf:Description rdf:about="uuid:1" xmlns:e="urn:e" e:x="1"/>\n', padding=99)
    merged = xmp.merge_packet(xmp.merge_packet(packet, first), second)
    assert xmp.restore_packet(merged, Found(), first.keywords + second.keywords) == packet
    assert xmp.strip_packet(merged) == xmp.strip_packet(packet)


@given(packets(), ratings)
@settings(max_examples=60, deadline=None)
def test_stripped_packets_tell_whether_anything_else_changed(packet: bytes, rating: Rating) -> None:
    assert xmp.strip_packet(xmp.merge_packet(packet, rating)) == xmp.strip_packet(packet)
    spoilt = packet.replace(b"</rdf:RDF>", b"<!-- --></rdf:RDF>")
    assert xmp.strip_packet(spoilt) != xmp.strip_packet(packet)


@given(packets(), st.data())
@settings(max_examples=200, deadline=None)
def test_damage_is_refused_or_harmless(packet: bytes, data: st.DataObject) -> None:
    spoilt = bytearray(packet)
    for _ in range(data.draw(st.integers(1, 3))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = bytes(spoilt[: data.draw(st.integers(0, len(spoilt)))]) if data.draw(st.booleans()) else bytes(spoilt)
    try:
        merged = xmp.merge_packet(cut, Rating(stars=3))
    except MetadataError:
        return
    assert xmp.read_packet(merged).stars == 3
    try:
        before = read_triples(cut)
    except ElementTree.ParseError:
        # it does not take every namespace
        return
    assert read_triples(merged) == before


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (f"<rdf:Description {XMP} xmp:Rating='2'/>", f"<rdf:Description {XMP} xmp:Rating='4'/>"),
        (f'<rdf:Description {XMP} xmp:Rating = "2" />', f'<rdf:Description {XMP} xmp:Rating = "4" />'),
        (
            f"<rdf:Description {XMP}><xmp:Rating>2</xmp:Rating></rdf:Description>",
            f"<rdf:Description {XMP}><xmp:Rating>4</xmp:Rating></rdf:Description>",
        ),
        (
            f"<rdf:Description {XMP}><xmp:Rating xml:lang='x'/></rdf:Description>",
            f"<rdf:Description {XMP}><xmp:Rating xml:lang='x'>4</xmp:Rating></rdf:Description>",
        ),
        (
            f'<rdf:Description xmlns="{NAMESPACES["xmp"]}"><Rating></Rating></rdf:Description>',
            f'<rdf:Description xmlns="{NAMESPACES["xmp"]}"><Rating>4</Rating></rdf:Description>',
        ),
    ],
)
def test_a_rating_changes_in_its_place(inside: str, expected: str) -> None:
    merged = xmp.merge_packet(make_packet(inside), Rating(stars=4))
    assert expected.encode() in merged
    assert merged.count(b"Rating=") + merged.count(b"<xmp:Rating") + merged.count(b"<Rating") <= 4


@pytest.mark.parametrize(
    ("stored", "stars"),
    [
        ("3", 3),
        (" 5 ", 5),
        ("4.0", 4),
        ("0.5", 1),
        ("-1", -1),
        ("", None),
        ("many", None),
        ("nan", None),
        ("1e99", None),
    ],
)
def test_ratings_are_read_as_others_write_them(stored: str, stars: int | None) -> None:
    assert xmp.read_packet(make_packet(f'<rdf:Description {XMP} xmp:Rating="{stored}"/>')).xmp == stars


def test_an_equal_rating_stays_as_it_is_spelt() -> None:
    packet = make_packet(f'<rdf:Description {XMP} xmp:Rating="4.0"/>')
    assert b'xmp:Rating="4.0"' in xmp.merge_packet(packet, Rating(stars=4))


def test_rejection_has_no_percent() -> None:
    packet = xmp.merge_packet(xmp.make_packet(Rating(stars=3)), Rating(stars=-1))
    assert xmp.read_packet(packet) == Found(xmp=-1, own=-1)


def test_a_person_who_rates_beside_our_block_is_believed() -> None:
    ours = xmp.make_packet(Rating(stars=4))
    theirs = ours.replace(b"</rdf:RDF>", f'<rdf:Description rdf:about="" {XMP} xmp:Rating="1"/></rdf:RDF>'.encode())
    assert xmp.read_packet(theirs).stars == 1
    assert xmp.read_packet(theirs).own == 4


def test_a_block_that_another_program_wrote_into_is_no_longer_ours_alone() -> None:
    ours = xmp.make_packet(Rating(stars=4, score=50.0))
    theirs = ours.replace(b'rdf:about=""', b'rdf:about="" xmlns:t="urn:t" t:kept="1"')
    merged = xmp.merge_packet(theirs, Rating(stars=2, label="Blue"))
    assert read_triples(merged) == read_triples(theirs) != read_triples(ours)
    assert xmp.read_packet(merged).label == "Blue"
    assert xmp.read_packet(merged).xmp == 2
    assert xmp.read_packet(xmp.restore_packet(merged, Found())) == Found()


def test_the_prefixes_and_the_subject_of_the_packet_are_used() -> None:
    inside = f'<rdf:Description rdf:about="uuid:7" xmlns:xap="{NAMESPACES["xmp"]}" xap:CreatorTool="t"/>'
    merged = xmp.merge_packet(make_packet(inside), Rating(stars=4))
    assert b'xap:Rating="4"' in merged
    assert b"xmlns:xmp" not in merged
    assert merged.count(b'rdf:about="uuid:7"') == 2


@pytest.mark.parametrize(
    ("namespace", "is_known"), [("http://ns.microsoft.com/photo/1.0/", True), ("http://ns.adobe.com/xap/1.0//", False)]
)
def test_a_slash_more_is_the_same_namespace_only_where_programs_write_one(namespace: str, is_known: bool) -> None:
    packet = make_packet(f'<rdf:Description rdf:about="" xmlns:other="{namespace}"/>')
    written = xmp.merge_packet(packet, Rating(stars=4))
    assert written.count(b"xmlns:other") == (2 if is_known else 1)
    assert xmp.read_packet(written).xmp == 4
    assert xmp.strip_packet(written) == xmp.strip_packet(packet)


def test_an_empty_rdf_is_opened() -> None:
    packet = make_packet("").replace(b"></rdf:RDF>", b"/>")
    assert xmp.read_packet(xmp.merge_packet(packet, Rating(stars=4))).stars == 4


def test_nothing_to_write_changes_nothing() -> None:
    packet = make_packet(f'<rdf:Description {XMP} xmp:Rating="4"/>')
    assert xmp.merge_packet(packet, Rating()) == packet


def test_keywords_are_added_and_only_those_are_taken_out() -> None:
    bag = "<dc:subject><rdf:Bag>\n <rdf:li>mine</rdf:li>\n</rdf:Bag></dc:subject>"
    packet = make_packet(f'<rdf:Description xmlns:dc="{NAMESPACES["dc"]}">{bag}</rdf:Description>')
    merged = xmp.merge_packet(packet, Rating(keywords=("mine", "iqscore:blurry")))
    assert b"\n <rdf:li>mine</rdf:li>\n <rdf:li>iqscore:blurry</rdf:li>\n</rdf:Bag>" in merged
    later = merged.replace(b"</rdf:Bag>", b"<rdf:li>later</rdf:li></rdf:Bag>")
    restored = xmp.restore_packet(later, xmp.read_packet(packet), ("mine", "iqscore:blurry"))
    assert xmp.read_packet(restored).keywords == ("mine", "later")
    assert xmp.restore_packet(merged, xmp.read_packet(packet), ("iqscore:blurry",)) == packet


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml",
        b"<a/>",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + make_packet(""),
        make_packet("<x>&unknown;</x>"),
        make_packet("<unbound:x/>"),
        make_packet("").decode().encode("utf-16"),
        b'<?xml version="1.0" encoding="latin-1"?>' + make_packet(""),
        make_packet("<rdf:Description/>\xff".encode("latin-1").decode("latin-1")).replace("\xff".encode(), b"\xff"),
        make_packet("</rdf:RDF><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"),
        make_packet(f"<rdf:Description {XMP}><xmp:Rating><!-- 3 -->3</xmp:Rating></rdf:Description>"),
        make_packet(f"<rdf:Description {XMP}><xmp:Rating rdf:value='3'/></rdf:Description>"),
        make_packet(
            f"<rdf:Description {XMP}><xmp:Rating rdf:parseType='Resource'><rdf:value>3</rdf:value></xmp:Rating>"
            "</rdf:Description>"
        ),
    ],
)
def test_what_cannot_be_understood_is_refused(packet: bytes) -> None:
    with pytest.raises(MetadataError) as caught:
        xmp.merge_packet(packet, Rating(stars=4))
    assert caught.value.code in {"corrupt", "unsupported"}


@pytest.mark.parametrize("end", [b"<?xpacket end", b"<?xpacket off"])
def test_much_white_space_is_no_trouble(end: bytes) -> None:
    packet = make_packet("<rdf:Description/>", padding=300_000).replace(b"<?xpacket end", end)
    merged = xmp.merge_packet(packet, Rating(stars=1))
    assert xmp.strip_packet(merged) == xmp.strip_packet(packet)


def test_depth_and_size_are_no_trouble() -> None:
    deep = "<rdf:Description><a>" + "<b>" * 50_000 + "</b>" * 50_000 + "</a></rdf:Description>"
    assert xmp.read_packet(xmp.merge_packet(make_packet(deep), Rating(stars=1))).stars == 1


@given(st.integers(0, 3000), st.integers(0, 3000))
@example(0, 10_000)
@settings(max_examples=30, deadline=None)
def test_padding_gives_way_and_nothing_else_does(padding: int, growth: int) -> None:
    packet = make_packet("<rdf:Description/>", padding=padding)
    least = len(re.sub(rb"\s*<\?xpacket end", b"<?xpacket end", packet))
    assert len(xmp.fit_packet(packet, 0, len(packet) + growth)) == len(packet)
    assert xmp.fit_packet(packet, len(packet) + growth, 1 << 20).replace(b" ", b"") == packet.replace(b" ", b"")
    shrunk = xmp.fit_packet(packet, 0, max(least, len(packet) - growth))
    assert len(shrunk) == max(least, len(packet) - growth)
    with pytest.raises(MetadataError, match="no room"):
        xmp.fit_packet(packet, 0, least - 1)


def test_a_second_packet_only_changes_what_it_holds() -> None:
    packet = make_packet(f'<rdf:Description {XMP} xmp:Rating="1"/>')
    assert xmp.merge_packet(packet, replace(FULL), create=False) == packet.replace(b'"1"', b'"4"')
