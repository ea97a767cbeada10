"""The one rdf:Description that iqscore adds to an XMP packet, for what the packet has no place for yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iqscore.metadata.packet import NAMESPACES, SIMPLE, SUBJECT, Node, Packet, Place

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"} | {c: f"&#{ord(c)};" for c in "\t\n\r"}


def is_ours(packet: bytes, scanned: Packet, node: Node) -> bool:
    """Tell whether a node is, to the byte, what we would write: another program's word in it makes it theirs."""
    values = {place.name: place.value for place in node.places if place.bag is None}
    words = [word for place in node.places for word in get_keywords(place)]
    return packet[node.start : node.end] == to_block(scanned.prefix, node.about or "", values, words)


def to_block(prefix: str, about: str, values: Mapping[str, str], words: Iterable[str]) -> bytes:
    """Return the rdf:Description of these values and keywords, always the same bytes for the same."""
    words = list(words)
    rdf = prefix or "rdf"
    names = [name for name in SIMPLE if name in values]
    used = {name.partition(":")[0] for name in [*names, *([SUBJECT] if words else [])]} | {"iqscore"}
    lines = [f'<{rdf}:Description {rdf}:about="{escape(about)}"']
    lines += [] if prefix else ['xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"']
    lines += [f'xmlns:{name}="{uri}"' for name, uri in NAMESPACES.items() if name in used]
    lines += [f'{name}="{escape(values[name])}"' for name in names]
    head = "\n    ".join(lines)
    if not words:
        return f"{head}/>".encode()
    items = "".join(f"\n     <{rdf}:li>{escape(word)}</{rdf}:li>" for word in words)
    bag = f"   <dc:subject>\n    <{rdf}:Bag>{items}\n    </{rdf}:Bag>\n   </dc:subject>"
    return f"{head}>\n{bag}\n  </{rdf}:Description>".encode()


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
