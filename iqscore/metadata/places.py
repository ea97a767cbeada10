"""The properties that iqscore writes into XMP, and where a packet holds them, as byte offsets."""

from __future__ import annotations

from dataclasses import dataclass, field

NAMESPACES = {
    "iqscore": "https://iqscore.org/ns/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "MicrosoftPhoto": "http://ns.microsoft.com/photo/1.0",
    "digiKam": "http://www.digikam.org/ns/1.0/",
    "xmpDM": "http://ns.adobe.com/xmp/1.0/DynamicMedia/",
    "dc": "http://purl.org/dc/elements/1.1/",
}
SPELLINGS = {prefix: (namespace,) for prefix, namespace in NAMESPACES.items()} | {
    "MicrosoftPhoto": (NAMESPACES["MicrosoftPhoto"], NAMESPACES["MicrosoftPhoto"] + "/")
}
"""The same as packets have them; programs differ in the one that its makers end without a slash."""
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
SUBJECT = "dc:subject"
SIMPLE = (
    "xmp:Rating",
    "xmp:Label",
    "MicrosoftPhoto:Rating",
    "digiKam:PickLabel",
    "xmpDM:pick",
    "iqscore:Score",
    "iqscore:Model",
    "iqscore:Rating",
    "iqscore:Defects",
    "iqscore:Label",
    "iqscore:Pick",
)
"""The properties of one value that iqscore writes; dc:subject is the only list."""


@dataclass(slots=True)
class Item:
    """An rdf:li of a list: its text and where it stands."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Bag:
    """The list of dc:subject: the name of its tag, where that ends, and what is in it."""

    tag: str
    opened: int
    """Where the start tag ends."""
    is_empty_tag: bool
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class Place:
    """A property that iqscore writes, wherever it stands: outer bytes with its name, inner ones with its value."""

    name: str
    value: str
    outer: slice
    inner: slice
    form: str
    """attribute, element or empty: an element with no end tag, whose inner bytes are its "/>"."""
    tag: str
    bag: Bag | None = None


@dataclass(slots=True)
class Node:
    """A child of rdf:RDF, as a rule an rdf:Description."""

    start: int
    end: int
    about: str | None
    places: list[Place] = field(default_factory=list)


@dataclass(slots=True)
class Packet:
    """What of a packet matters for a change of it."""

    nodes: list[Node]
    prefix: str
    """Of rdf:RDF; "" where RDF is the default namespace."""
    rdf: slice
    """The start tag of rdf:RDF."""
    is_empty_tag: bool
    bound: dict[str, str]
    """The first prefix of each namespace."""

    @property
    def end(self) -> int:
        """Where a further child of rdf:RDF goes."""
        return self.nodes[-1].end if self.nodes else self.rdf.stop
