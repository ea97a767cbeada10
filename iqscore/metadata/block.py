"""The one rdf:Description that iqscore adds to an XMP packet, for what the packet has no place for yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iqscore.metadata.places import RDF, SIMPLE, SPELLINGS, SUBJECT, Node, Packet, Place

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"} | {c: f"&#{ord(c)};" for c in "\t\n\r"}


def is_ours(packet: bytes, scanned: Packet, node: Node) -> bool:
    """Tell whether a node is, to the byte, what we would write: another program's word in it makes it theirs."""
    values = {place.name: place.value for place in node.places if place.bag is None}
    words = [word for place in node.places for word in get_keywords(place)]
    return packet[node.start : node.end] == to_block(scanned, node.about or "", values, words)


def to_block(scanned: Packet, about: str, values: Mapping[str, str], words: Iterable[str]) -> bytes:
    """Return the rdf:Description of these values and keywords, always the same bytes for the same.

    Its prefixes are those that the packet has: Adobe's toolkit stumbles over two for one namespace.
    """
    words = list(words)
    rdf = scanned.prefix or "rdf"
    names = [name for name in SIMPLE if name in values]
    used = {name.partition(":")[0] for name in [*names, *([SUBJECT] if words else [])]} | {"iqscore"}
    bound = {name: _bind(scanned, name) for name in SPELLINGS if name in used}
    lines = [f'<{rdf}:Description {rdf}:about="{escape(about)}"']
    lines += [] if scanned.prefix else [f'xmlns:rdf="{RDF}"']
    lines += [f'xmlns:{prefix}="{namespace}"' for prefix, namespace in bound.values()]
    lines += [f'{_rename(name, bound)}="{escape(values[name])}"' for name in names]
    head = "\n    ".join(lines)
    if not words:
        return f"{head}/>".encode()
    items = "".join(f"\n     <{rdf}:li>{escape(word)}</{rdf}:li>" for word in words)
    tag = _rename(SUBJECT, bound)
    bag = f"   <{tag}>\n    <{rdf}:Bag>{items}\n    </{rdf}:Bag>\n   </{tag}>"
    return f"{head}>\n{bag}\n  </{rdf}:Description>".encode()


def _bind(scanned: Packet, name: str) -> tuple[str, str]:
    """Return the prefix for a namespace and the namespace, as the packet has them."""
    spelling = next((spelling for spelling in SPELLINGS[name] if spelling in scanned.bound), SPELLINGS[name][0])
    return scanned.bound.get(spelling, name), spelling


def _rename(name: str, bound: Mapping[str, tuple[str, str]]) -> str:
    prefix, _, local = name.partition(":")
    return f"{bound[prefix][0]}:{local}"


def get_keywords(place: Place) -> list[str]:
    """Return the keywords of a property, none where it is another than dc:subject."""
    if place.name != SUBJECT:
        return []
    if place.bag is not None:
        return [item.text for item in place.bag.items]
    return [place.value.strip()] if place.value.strip() else []


def escape(text: str) -> str:
    """Return text as it stands in XML, in either quotes or between tags."""
    return "".join(_ESCAPES.get(character, character) for character in text)
