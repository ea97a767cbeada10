"""Random XMP packets, as hypothesis draws them."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

from iqscore.metadata import Rating
from iqscore.metadata.places import NAMESPACES
from tests.metadata.builders import make_packet

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12)
WORD = TEXT.filter(str.strip).map(str.strip)
SPACE = st.sampled_from(["", " ", "\n", "\n  ", "\r\n\t"])
FOREIGN = {"dc": NAMESPACES["dc"], "crs": "http://ns.adobe.com/camera-raw-settings/1.0/", "lr": "urn:lr"}
OURS = {"xmp": NAMESPACES["xmp"], "xap": NAMESPACES["xmp"], "m": "http://ns.microsoft.com/photo/1.0/"}
OURS |= {"digiKam": NAMESPACES["digiKam"], "q": NAMESPACES["iqscore"]}
STARS = st.integers(-1, 5).map(str) | st.sampled_from(["3.0", " 2 "])

ratings = st.builds(
    Rating,
    stars=st.none() | st.integers(-1, 5),
    label=st.none() | WORD,
    pick=st.none() | st.sampled_from(["rejected", "pending", "accepted"]),
    keywords=st.lists(WORD, max_size=3).map(tuple),
    score=st.none() | st.floats(0, 100),
    model=st.none() | WORD,
    defects=st.none() | WORD,
)


@st.composite
def properties(draw: Any) -> tuple[str, str]:
    """Return the name and value of a simple property, foreign or ours."""
    if draw(st.booleans()):
        prefix = draw(st.sampled_from(sorted(FOREIGN)))
        return f"{prefix}:{draw(st.sampled_from(['a', 'Rating', 'Pick']))}", draw(TEXT)
    name = draw(st.sampled_from(["xmp:Rating", "xap:Rating", "m:Rating", "digiKam:PickLabel", "q:Rating"]))
    return name, draw(STARS)


@st.composite
def nodes(draw: Any) -> str:
    """Return an rdf:Description with attributes, elements, a comment, keywords and a structure, each perhaps."""
    names: dict[str, str] = dict(draw(st.lists(properties(), max_size=5)))
    # the same property twice is no XMP
    if "xmp:Rating" in names:
        names.pop("xap:Rating", None)
    bound = "".join(f"{draw(SPACE) or ' '}xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in (FOREIGN | OURS).items())
    attributes, elements = "", draw(SPACE)
    for name, value in names.items():
        if draw(st.booleans()):
            equals = draw(st.sampled_from(["=", " = ", "\n="]))
            attributes += f"{draw(SPACE) or ' '}{name}{equals}{quoteattr(value)}"
        else:
            elements += f"<{name}>{escape(value)}</{name}>{draw(SPACE)}"
    if draw(st.booleans()):
        words = draw(st.lists(WORD, max_size=3))
        items = "".join(f"{draw(SPACE)}<rdf:li>{escape(word)}</rdf:li>" for word in words)
        elements += f"<dc:subject><rdf:Bag>{items}{draw(SPACE)}</rdf:Bag></dc:subject>"
    elements += draw(st.sampled_from(["", "<!-- xmp:Rating='3' > -->", "<?pi <x?>", "<crs:d/>"]))
    elements += draw(st.sampled_from(["", '<crs:s rdf:parseType="Resource"><xmp:Rating>1</xmp:Rating></crs:s>']))
    return f'<rdf:Description rdf:about=""{bound}{attributes}>{elements}</rdf:Description>'


@st.composite
def packets(draw: Any) -> bytes:
    """Return a packet of some nodes."""
    inside = draw(SPACE) + "".join(node + draw(SPACE) for node in draw(st.lists(nodes(), max_size=3)))
    return make_packet(inside, padding=draw(st.sampled_from([0, 50])))
