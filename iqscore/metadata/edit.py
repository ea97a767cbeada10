"""Changes of an XMP packet as splices, so that every byte that is not ours stays."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from iqscore.errors import MetadataError
from iqscore.metadata.block import escape, get_keywords, is_ours, to_block
from iqscore.metadata.packet import scan_packet
from iqscore.metadata.places import SUBJECT, Node, Packet, Place

_INDENT = b"\n  "
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
        return [(with_space(packet, slice(item.start, item.end)), b"") for item in dropped]
    if place.name not in change.values:
        return []
    value = change.values[place.name]
    if value is None:
        return [(place.outer if place.form == "attribute" else with_space(packet, place.outer), b"")]
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
        at, space = last.end, packet[with_space(packet, slice(last.start, last.start))]
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


def with_space(packet: bytes, place: slice) -> slice:
    """Return a place with the white space before it."""
    start = place.start
    while start and packet[start - 1] in b" \t\r\n":
        start -= 1
    return slice(start, place.stop)


def _is_same(old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        return math.isclose(float(old), float(new), abs_tol=0)
    except ValueError:
        return False
