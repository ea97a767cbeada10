"""XMP packets: reading a rating, and splicing one in so that every other byte stays."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from iqscore.errors import MetadataError
from iqscore.metadata.block import escape, get_keywords, is_ours, to_block
from iqscore.metadata.packet import scan_packet
from iqscore.metadata.places import SIMPLE, SUBJECT, Node, Packet, Place
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

_INDENT = b"\n  "
_TRAILER = b"<?xpacket end="
_Splice = tuple[slice, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the properties: None removes one, what is not named stays."""

    values: Mapping[str, str | None] = field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    """To be added."""
    keep: Callable[[str], bool] = lambda _: True
    """Which keywords may stay."""
    create: bool = True
    """Whether properties that the packet lacks are put in."""


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
    return _with_space(packet, slice(at, at)) if at >= 0 else slice(0, 0)


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


def edit_packet(packet: bytes, change: Change) -> bytes:
    """Return a packet with a change made: in place where a property is, in one block of ours where it is not."""
    scanned = scan_packet(packet)
    ours = next((node for node in scanned.nodes if is_ours(packet, scanned, node)), None)
    theirs = [place for node in scanned.nodes if node is not ours for place in node.places]
    splices = [splice for place in theirs for splice in _edit_place(packet, place, change)]
    lists = [place for place in theirs if place.name == SUBJECT]
    known = {word for place in lists for word in get_keywords(place)}
    words = [word for word in dict.fromkeys(change.keywords) if word not in known]
    if lists and words:
        splices.append(_add_keywords(packet, lists[0], words))
    values, own_words = _plan_block(ours, change, {place.name for place in theirs}, [] if lists else words)
    splices += _replace_block(packet, scanned, ours, values, own_words)
    return _apply(packet, splices)


def _plan_block(
    ours: Node | None, change: Change, elsewhere: set[str], words: list[str]
) -> tuple[dict[str, str], list[str]]:
    """Return the values and keywords that our block is to hold: none of what stands elsewhere."""
    held = {} if ours is None else {place.name: place.value for place in ours.places if place.bag is None}
    kept = [] if ours is None else [word for place in ours.places for word in get_keywords(place) if change.keep(word)]
    wanted = change.values if change.create else {name: change.values[name] for name in held.keys() & change.values}
    merged = {name: value for name, value in {**held, **wanted}.items() if value is not None and name not in elsewhere}
    return merged, list(dict.fromkeys([*kept, *words]))


def _edit_place(packet: bytes, place: Place, change: Change) -> list[_Splice]:
    if place.bag is not None and place.name not in change.values:
        dropped = [item for item in place.bag.items if not change.keep(item.text)]
        return [(_with_space(packet, slice(item.start, item.end)), b"") for item in dropped]
    if place.name not in change.values:
        return []
    value = change.values[place.name]
    if value is None:
        return [(place.outer if place.form == "attribute" else _with_space(packet, place.outer), b"")]
    if _is_same(place.value, value):
        return []
    if place.form == "empty":
        return [(place.inner, f">{escape(value)}</{place.tag}>".encode())]
    if b"<" in packet[place.inner]:
        raise MetadataError("unsupported", f"its {place.name} is in an unknown form")
    return [(place.inner, escape(value).encode())]


def _add_keywords(packet: bytes, place: Place, words: list[str]) -> _Splice:
    bag = place.bag
    if bag is None:
        raise MetadataError("unsupported", "its keywords are in an unknown form")
    prefix, colon, _ = bag.tag.rpartition(":")
    tag = f"{prefix}{colon}li"
    space = b""
    at = bag.opened
    if bag.items:
        last = bag.items[-1]
        at, space = last.end, packet[_with_space(packet, slice(last.start, last.start))]
    text = b"".join(space + f"<{tag}>{escape(word)}</{tag}>".encode() for word in words)
    if bag.is_empty_tag:
        return slice(at - 2, at), b">" + text + f"</{bag.tag}>".encode()
    return slice(at, at), text


def _replace_block(
    packet: bytes, scanned: Packet, ours: Node | None, values: Mapping[str, str], words: list[str]
) -> list[_Splice]:
    if ours is None and not (values or words):
        return []
    about = next((node.about for node in scanned.nodes if node.about is not None), "") if ours is None else ours.about
    block = to_block(scanned, about or "", values, words) if values or words else b""
    if ours is not None:
        place = slice(ours.start, ours.end)
        if not block and packet[: ours.start].endswith(_INDENT):
            place = slice(ours.start - len(_INDENT), ours.end)
        return [(place, block)]
    if scanned.is_empty_tag:
        prefix = scanned.prefix and f"{scanned.prefix}:"
        return [(slice(scanned.rdf.stop - 2, scanned.rdf.stop), b">" + _INDENT + block + f"</{prefix}RDF>".encode())]
    return [(slice(scanned.end, scanned.end), _INDENT + block)]


def _apply(packet: bytes, splices: Iterable[_Splice]) -> bytes:
    parts, at = [], 0
    for place, text in sorted(splices, key=lambda splice: (splice[0].start, splice[0].stop)):
        parts += [packet[at : place.start], text]
        at = place.stop
    return b"".join([*parts, packet[at:]])


def _with_space(packet: bytes, place: slice) -> slice:
    """Return a place with the white space before it."""
    start = place.start
    while start and packet[start - 1] in b" \t\r\n":
        start -= 1
    return slice(start, place.stop)


def _to_number(text: str | None) -> int | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    if not abs(number) < 1e6:
        return None
    return 1 if 0 < number < 1 else round(number)


def _is_same(old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        return math.isclose(float(old), float(new), abs_tol=0)
    except ValueError:
        return False
