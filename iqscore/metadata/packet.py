"""Where in an XMP packet the properties stand that iqscore writes, as byte offsets; nothing is rewritten here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from iqscore.errors import MetadataError
from iqscore.metadata.places import RDF, SIMPLE, SPELLINGS, SUBJECT, Bag, Item, Node, Packet, Place

_XML = "http://www.w3.org/XML/1998/namespace"
# no XML may hold it, so no name does
_SEPARATOR = "\x0c"
_SPLIT = {name: name.partition(":")[::2] for name in (*SIMPLE, SUBJECT)}
_MANAGED = {(namespace, local): name for name, (prefix, local) in _SPLIT.items() for namespace in SPELLINGS[prefix]}
_ATTRIBUTE = re.compile(rb"\s+([^\s=]+)\s*=\s*(\"[^\"]*\"|'[^']*')")
_TAG = re.compile(rb"<[^\s/>]+")
_LISTS = {(RDF, "Bag"), (RDF, "Seq"), (RDF, "Alt")}
_ENCODINGS = {"utf-8", "utf8", "us-ascii", "ascii"}


def scan_packet(data: bytes) -> Packet:
    """Find the properties of a packet; MetadataError where it is no XMP in UTF-8, or holds what no XMP should."""
    # padding that some cameras write
    body = data.rstrip(b"\0")
    if b"\0" in body[:4]:
        raise MetadataError("unsupported", "its XMP is not in UTF-8")
    return _Scanner(body).scan()


@dataclass(slots=True)
class _Element:
    key: tuple[str, str]
    tag: str
    start: int
    attributes: list[str]
    inside: int = 0
    """Where the start tag ends."""
    is_empty_tag: bool = False
    texts: list[str] = field(default_factory=list)
    has_children: bool = False
    bag: Bag | None = None


class _Scanner:
    """One pass of expat; depth counts from rdf:RDF, which is 0: nodes, properties, lists, items."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.stack: list[_Element] = []
        self.root = -1
        self.packet: Packet | None = None
        self.bound: dict[str, str] = {}
        self.parser = expat.ParserCreate("UTF-8", _SEPARATOR)
        self.parser.namespace_prefixes = True
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.StartNamespaceDeclHandler = self.bind
        self.parser.StartElementHandler = self.open
        self.parser.EndElementHandler = self.close
        self.parser.CharacterDataHandler = self.read_text
        self.parser.StartDoctypeDeclHandler = _refuse_doctype
        self.parser.XmlDeclHandler = _check_encoding

    def scan(self) -> Packet:
        try:
            self.parser.Parse(self.body, True)
        except (expat.ExpatError, UnicodeError) as error:
            raise MetadataError("corrupt", f"its XMP is damaged ({error})") from error
        if self.packet is None:
            raise MetadataError("corrupt", "its XMP has no rdf:RDF")
        return self.packet

    @property
    def depth(self) -> int:
        return len(self.stack) - 1 - self.root if self.packet and self.root >= 0 else -1

    def bind(self, prefix: str | None, namespace: str | None) -> None:
        if prefix and namespace:
            self.bound.setdefault(namespace, prefix)

    def open(self, name: str, attributes: list[str]) -> None:
        if self.stack:
            self.stack[-1].has_children = True
        key, tag = _split(name)
        element = _Element(key, tag, self.parser.CurrentByteIndex, attributes)
        self.stack.append(element)
        if key == (RDF, "RDF"):
            self.open_rdf(element)
        elif self.depth == 1:
            self.open_node(element)
        elif 2 <= self.depth <= 4:
            self.find_inside(element)
            if self.depth == 3 and key in _LISTS:
                self.stack[-2].bag = Bag(tag, element.inside, element.is_empty_tag)

    def open_rdf(self, element: _Element) -> None:
        if self.packet is not None:
            raise MetadataError("unsupported", "its XMP has several rdf:RDF")
        self.find_inside(element)
        self.root = len(self.stack) - 1
        prefix = element.tag.rpartition(":")[0]
        tag = slice(element.start, element.inside)
        self.packet = Packet([], prefix, tag, element.is_empty_tag, self.bound)

    def open_node(self, element: _Element) -> None:
        assert self.packet is not None
        found = list(self.find_inside(element))
        keys = [_split(name) for name in element.attributes[::2]]
        values = {tag: (key, value) for (key, tag), value in zip(keys, element.attributes[1::2], strict=True)}
        about = next((value for key, value in values.values() if key in {(RDF, "about"), ("", "about")}), None)
        node = Node(element.start, element.inside, about)
        for tag, outer, inner in found:
            key, value = values.get(tag, (("", ""), ""))
            if key in _MANAGED:
                node.places.append(Place(_MANAGED[key], value, outer, inner, "attribute", tag))
        self.packet.nodes.append(node)

    def find_inside(self, element: _Element) -> list[tuple[str, slice, slice]]:
        """Set where a start tag ends; return each attribute's name, outer and inner bytes."""
        found = list(_find_attributes(self.body, element.start))
        match = _TAG.match(self.body, element.start)
        assert match is not None
        last = found[-1][1].stop if found else match.end()
        element.inside = self.body.index(b">", last) + 1
        element.is_empty_tag = self.body[element.inside - 2] == ord("/")
        return found

    def read_text(self, text: str) -> None:
        if self.depth in {2, 4}:
            self.stack[-1].texts.append(text)

    def close(self, _: str) -> None:
        depth, element = self.depth, self.stack.pop()
        if depth == 0:
            self.root = -1
        if not 1 <= depth <= 4 or self.packet is None:
            return
        node = self.packet.nodes[-1]
        start = self.parser.CurrentByteIndex
        end = element.inside if element.is_empty_tag else self.body.index(b">", start) + 1
        if depth == 1:
            node.end = end
        elif depth == 2 and element.key in _MANAGED:
            node.places.append(_to_place(element, start, end))
        elif depth == 4 and element.key == (RDF, "li") and (bag := self.stack[-2].bag) is not None:
            bag.items.append(Item("".join(element.texts), element.start, end))


def _to_place(element: _Element, start: int, end: int) -> Place:
    name = _MANAGED[element.key]
    attributes = set(map(_split, element.attributes[::2])) - {((_XML, "lang"), "xml:lang")}
    if (element.has_children or attributes) and (element.bag is None or name != SUBJECT):
        raise MetadataError("unsupported", f"its {name} is in an unknown form")
    inner = slice(element.inside, start)
    if element.is_empty_tag:
        inner = slice(element.inside - 2, element.inside)
    form = "empty" if element.is_empty_tag else "element"
    return Place(name, "".join(element.texts), slice(element.start, end), inner, form, element.tag, element.bag)


def _split(name: str) -> tuple[tuple[str, str], str]:
    """Return ((namespace, local name), name as written) of a name that expat tells."""
    parts = name.split(_SEPARATOR)
    if len(parts) == 1:
        return ("", name), name
    return (parts[0], parts[1]), ":".join(reversed(parts[1:]))


def _find_attributes(body: bytes, start: int) -> Iterator[tuple[str, slice, slice]]:
    """Yield the name, outer and inner bytes of each attribute of a start tag, which expat has accepted."""
    match = _TAG.match(body, start)
    while match is not None:
        match = _ATTRIBUTE.match(body, match.end())
        if match is not None:
            inner = slice(match.start(2) + 1, match.end(2) - 1)
            yield match[1].decode(), slice(match.start(), match.end()), inner


def _check_encoding(_: str, encoding: str | None, __: int) -> None:
    if encoding is not None and encoding.lower() not in _ENCODINGS:
        raise MetadataError("unsupported", f"its XMP is in {encoding}, not UTF-8")


def _refuse_doctype(*_: object) -> None:
    raise MetadataError("unsupported", "its XMP has a DOCTYPE, which no XMP should; remove it from the file first")
