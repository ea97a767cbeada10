"""XMP packets: what is read from them, and which changes a rating is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from iqscore.errors import MetadataError
from iqscore.metadata.block import get_keywords, is_ours
from iqscore.metadata.edit import Change, edit_packet, with_space
from iqscore.metadata.packet import scan_packet
from iqscore.metadata.places import SIMPLE, SUBJECT
from iqscore.metadata.values import Found, Rating, to_percent, to_pick_label

_BODY = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="iqscore">\n'
    b' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
    b" </rdf:RDF>\n"
    b"</x:xmpmeta>\n"
)
EMPTY = b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' + _BODY + b'<?xpacket end="w"?>'
"""A packet that says nothing, as it goes into photos."""
EMPTY_SIDECAR = b'<?xml version="1.0" encoding="UTF-8"?>\n' + _BODY

_TRAILER = b"<?xpacket end="


def make_packet(rating: Rating) -> bytes:
    """Return a packet for a photo that has none."""
    return merge_packet(EMPTY, rating)


def merge_packet(packet: bytes, rating: Rating, *, create: bool = True) -> bytes:
    """Return a packet with a rating in it, itself where it says so already; without `create`, nothing is added.

    Raises MetadataError where the packet is no XMP in UTF-8 that can be understood.
    """
    return edit_packet(packet, to_change(rating, create=create))


def restore_packet(packet: bytes, before: Found, added: Collection[str] = ()) -> bytes:
    """Return a packet that says again what `read_packet` found before, without the keywords `added` since."""
    places = (before.xmp, before.label, before.microsoft, before.pick, before.flag)
    own = (before.score, before.model, before.own, before.defects, before.own_label, before.own_pick)
    values = {name: None if value is None else str(value) for name, value in zip(SIMPLE, (*places, *own), strict=True)}
    gone = set(added) - set(before.keywords)
    return edit_packet(packet, Change(values, keep=lambda word: word not in gone))


def strip_packet(packet: bytes) -> bytes:
    """Return a packet without any of what iqscore writes, whoever wrote it, and without padding."""
    stripped = edit_packet(packet, Change(dict.fromkeys((*SIMPLE, SUBJECT)), keep=lambda _: False))
    padding = _find_padding(stripped)
    return stripped[: padding.start] + stripped[padding.stop :]


def fit_packet(packet: bytes, least: int, most: int) -> bytes:
    """Return a packet of a length in these limits, by its padding; MetadataError where that is not enough."""
    length = max(least, min(len(packet), most))
    padding = _find_padding(packet)
    if length == len(packet):
        return packet
    if _TRAILER not in packet or len(packet) - length > padding.stop - padding.start:
        raise MetadataError("too_large", "its XMP has no room for a rating")
    if length < len(packet):
        return packet[: padding.stop - len(packet) + length] + packet[padding.stop :]
    return packet[: padding.stop] + b" " * (length - len(packet)) + packet[padding.stop :]


def _find_padding(packet: bytes) -> slice:
    """Return where the white space before the packet's trailer stands, an empty place where there is none."""
    at = packet.rfind(_TRAILER)
    return with_space(packet, slice(at, at)) if at >= 0 else slice(0, 0)


def read_packet(packet: bytes) -> Found:
    """Return what a packet says; MetadataError where it is no XMP in UTF-8 that can be understood."""
    scanned = scan_packet(packet)
    values: dict[str, str] = {}
    keywords: list[str] = []
    # a person's program that adds a property of its own beside our block is believed first
    for node in sorted(scanned.nodes, key=lambda node: is_ours(packet, scanned, node)):
        for place in node.places:
            values.setdefault(place.name, place.value)
            keywords += get_keywords(place)
    return _to_found(values, keywords)


def _to_found(values: Mapping[str, str], keywords: Iterable[str]) -> Found:
    return Found(
        xmp=_to_number(values.get("xmp:Rating")),
        microsoft=_to_number(values.get("MicrosoftPhoto:Rating")),
        own=_to_number(values.get("iqscore:Rating")),
        own_label=values.get("iqscore:Label"),
        own_pick=_to_number(values.get("iqscore:Pick")),
        label=values.get("xmp:Label"),
        pick=_to_number(values.get("digiKam:PickLabel")),
        flag=_to_number(values.get("xmpDM:pick")),
        keywords=tuple(dict.fromkeys(keywords)),
        score=values.get("iqscore:Score"),
        model=values.get("iqscore:Model"),
        defects=values.get("iqscore:Defects"),
    )


def to_change(rating: Rating, *, create: bool = True) -> Change:
    """Return what a rating changes in a packet."""
    values: dict[str, str | None] = {
        "xmp:Label": rating.label,
        "iqscore:Label": rating.label,
        "iqscore:Score": None if rating.score is None else f"{rating.score:.1f}",
        "iqscore:Model": rating.model,
        "iqscore:Defects": rating.defects,
    }
    if rating.stars is not None:
        values |= dict.fromkeys(("xmp:Rating", "iqscore:Rating"), str(rating.stars))
    if rating.pick is not None:
        number = to_pick_label(rating.pick)
        values |= {"digiKam:PickLabel": str(number), "xmpDM:pick": str(number - 2), "iqscore:Pick": str(number)}
    change: dict[str, str | None] = {name: value for name, value in values.items() if value is not None}
    if rating.stars is not None:
        percent = to_percent(rating.stars)
        change["MicrosoftPhoto:Rating"] = None if percent is None else str(percent)
    return Change(change, rating.keywords if create else (), create=create)


def _to_number(text: str | None) -> int | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    if not abs(number) < 1e6:
        return None
    return 1 if 0 < number < 1 else round(number)
