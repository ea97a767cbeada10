"""What a packet says, as a parser of RDF understands it: all but our own statements stay, whatever is written."""

from __future__ import annotations

import re

from hypothesis import given, settings
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from iqscore.metadata import Rating, embed, read, restore, xmp
from iqscore.metadata.places import NAMESPACES, SIMPLE
from tests.metadata.builders import XMP_HEADER, make_itxt, make_jpeg, make_packet, make_png, make_webp
from tests.metadata.packets import packets, ratings

OURS = {URIRef(NAMESPACES[prefix] + local) for prefix, local in (name.split(":") for name in SIMPLE)}
OURS |= {URIRef("http://ns.microsoft.com/photo/1.0/Rating")}
SUBJECT = URIRef(NAMESPACES["dc"] + "subject")
_ITEM = re.compile(r".*#_\d+")


def read_graph(packet: bytes) -> Graph:
    """Return the statements of a packet."""
    body = packet[packet.index(b"<rdf:RDF") : packet.rindex(b"</rdf:RDF>") + len(b"</rdf:RDF>")]
    return Graph().parse(data=body, format="xml", publicID="urn:photo")


def read_others(packet: bytes) -> tuple[Graph, list[str]]:
    """Return what a packet says beside our statements and its keywords, and the keywords."""
    graph, words = read_graph(packet), []
    for subject, name, value in list(graph):
        # the same names within structures of others are theirs
        if not isinstance(subject, URIRef):
            continue
        if name in OURS:
            graph.remove((subject, name, value))
        if name == SUBJECT:
            items = [item for item in graph.triples((value, None, None)) if _ITEM.fullmatch(str(item[1]))]
            words += [str(word) for _, _, word in items] if items else []
            graph.remove((value, None, None))
            graph.remove((subject, name, value))
    return graph, words


def check(before: bytes, after: bytes, rating: Rating) -> None:
    (old, old_words), (new, new_words) = read_others(before), read_others(after)
    assert isomorphic(old, new)
    assert set(new_words) == set(old_words) | set(rating.keywords)
    if rating.stars is not None:
        found = read_graph(after).subject_objects(URIRef(NAMESPACES["xmp"] + "Rating"))
        assert {float(str(value)) for place, value in found if isinstance(place, URIRef)} == {rating.stars}


def test_what_is_ours_is_told_from_what_is_not() -> None:
    inside = (
        f'<rdf:Description rdf:about="" xmlns:xmp="{NAMESPACES["xmp"]}" xmp:Rating="1" xmp:CreatorTool="t" '
        f'xmlns:dc="{NAMESPACES["dc"]}"><dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject>'
        "</rdf:Description>"
    )
    graph, words = read_others(make_packet(inside))
    assert words == ["a"]
    assert {str(value) for value in graph.objects()} == {"t"}
    assert not isomorphic(graph, read_others(make_packet(inside.replace('"t"', '"u"')))[0])


@given(packets(), ratings)
@settings(max_examples=60, deadline=None)
def test_any_packet_keeps_its_statements(packet: bytes, rating: Rating) -> None:
    check(packet, xmp.merge_packet(packet, rating), rating)


@given(packets(), ratings, ratings)
@settings(max_examples=40, deadline=None)
def test_and_has_no_others_when_all_is_taken_back(packet: bytes, first: Rating, second: Rating) -> None:
    before = xmp.read_packet(packet)
    merged = xmp.merge_packet(xmp.merge_packet(packet, first), second)
    restored = xmp.restore_packet(merged, before, (*first.keywords, *second.keywords))
    assert isomorphic(read_others(restored)[0], read_others(packet)[0])
    assert set(read_others(restored)[1]) == set(read_others(packet)[1])


@given(packets(), ratings)
@settings(max_examples=25, deadline=None)
def test_the_same_within_photos_of_each_kind(packet: bytes, rating: Rating) -> None:
    photos = (make_jpeg((0xE1, XMP_HEADER + packet)), make_png(make_itxt(packet)), make_webp(xmp=packet))
    for photo in photos:
        rated = embed(photo, rating)
        check(packet, cut_packet(rated), rating)
        restored = restore(rated, read(photo), added=rating.keywords)
        assert isomorphic(read_others(cut_packet(restored))[0], read_others(packet)[0])


def cut_packet(photo: bytes) -> bytes:
    """Return the only packet of a photo."""
    assert photo.count(b"<rdf:RDF") == 1
    return photo[photo.index(b"<rdf:RDF") : photo.index(b"</rdf:RDF>") + len(b"</rdf:RDF>")]
