"""Photos with odd metadata, made on the spot, and readers of it that share no code with iqscore."""

from __future__ import annotations

import io
import struct
import zlib
from collections import Counter
from collections.abc import Sequence
from xml.etree import ElementTree

import piexif
from PIL import Image

from iqscore.metadata.places import NAMESPACES, SIMPLE
from tests.pictures import make_pixels, to_bytes

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_HEADER = b"http://ns.adobe.com/xmp/extension/\0"
MANAGED = {f"{{{NAMESPACES[prefix]}}}{local}" for prefix, local in (name.split(":") for name in SIMPLE)}
MANAGED |= {"{http://ns.microsoft.com/photo/1.0/}Rating"}
SUBJECT = "{http://purl.org/dc/elements/1.1/}subject"


def make_jpeg(*segments: tuple[int, bytes], trailer: bytes = b"", jfif: bool = True) -> bytes:
    """Return a JPEG with segments, given as marker and body, before its tables, and bytes behind its end."""
    plain = to_bytes(make_pixels(48, 32), "JPEG")
    start = 20 if jfif else 2
    head = plain[:start] if jfif else plain[:2]
    return head + b"".join(to_segment(*segment) for segment in segments) + plain[20:] + trailer


def to_segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def make_packet(inside: str, *, about: str = "", padding: int = 0, end: str = "w") -> bytes:
    """Return a packet with the text of what is in its rdf:RDF."""
    text = (
        f'<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        f'<rdf:RDF xmlns:rdf="{RDF}">{inside}</rdf:RDF>\n</x:xmpmeta>\n{" " * padding}<?xpacket end="{end}"?>'
    )
    return text.encode()


def make_tiff(**tags: object) -> bytes:
    """Return an EXIF block as piexif builds it: camera, maker notes and a thumbnail, and further tags of IFD0."""
    thumbnail = to_bytes(make_pixels(16, 16), "JPEG")
    names = {getattr(piexif.ImageIFD, name): value for name, value in tags.items()}
    first = {piexif.ImageIFD.Make: b"Camera", piexif.ImageIFD.XResolution: (72, 1), **names}
    exif = {piexif.ExifIFD.MakerNote: b"Maker\0notes" * 20, piexif.ExifIFD.ExposureTime: (1, 60)}
    gps = {piexif.GPSIFD.GPSLatitudeRef: b"N"}
    parts = {"0th": first, "Exif": exif, "GPS": gps, "1st": {piexif.ImageIFD.Compression: 6}, "thumbnail": thumbnail}
    return bytes(piexif.dump(parts))[6:]


def make_mpf(order: str, pictures: Sequence[tuple[int, int]]) -> bytes:
    """Return the body of an MPF segment with pictures given as (length, offset)."""
    entries = b"".join(struct.pack(f"{order}IIIHH", 0, length, offset, 0, 0) for length, offset in pictures)
    directory = struct.pack(f"{order}H", 2)
    directory += struct.pack(f"{order}HHII", 0xB001, 4, 1, len(pictures))
    directory += struct.pack(f"{order}HHII", 0xB002, 7, len(entries), 8 + 2 + 24 + 4)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return b"MPF\0" + magic + struct.pack(f"{order}I", 8) + directory + bytes(4) + entries


def read_mpf(data: bytes) -> list[bytes]:
    """Return the pictures of a JPEG's MPF list: what is at each offset, of the length that is told."""
    base = data.index(b"MPF\0") + 4
    order = "<" if data[base : base + 2] == b"II" else ">"
    count = struct.unpack_from(f"{order}I", data, base + 8 + 2 + 8)[0]
    pictures = []
    for number in range(count):
        length, offset = struct.unpack_from(f"{order}II", data, base + 38 + 16 * number + 4)
        start = base + offset if offset else 0
        pictures.append(data[start : start + length])
    return pictures


def to_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def make_png(*chunks: bytes, trailer: bytes = b"") -> bytes:
    """Return a PNG with chunks behind its header, and bytes behind its end."""
    plain = to_bytes(make_pixels(48, 32), "PNG")
    return plain[:33] + b"".join(chunks) + plain[33:] + trailer


def make_itxt(packet: bytes, *, packed: bool = False) -> bytes:
    text = zlib.compress(packet) if packed else packet
    return to_chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes([packed, 0]) + b"\0\0" + text)


def make_webp(*, lossless: bool = False, trailer: bytes = b"", **options: bytes) -> bytes:
    """Return a WebP; Pillow writes a simple one where no metadata are given."""
    return to_bytes(make_pixels(47, 32), "WEBP", lossless=lossless, **options) + trailer


def decode(data: bytes) -> bytes:
    """Return the pixels of a photo."""
    with Image.open(io.BytesIO(data)) as image:
        return image.convert("RGB").tobytes()


def read_triples(packet: bytes) -> Counter[tuple[str, str, str]]:
    """Return all that a packet says but what iqscore writes, as (about, property, value in canonical XML)."""
    triples: Counter[tuple[str, str, str]] = Counter()
    for node in find_nodes(packet):
        about = node.get(f"{{{RDF}}}about", node.get("about", ""))
        others = node.attrib.keys() - MANAGED - {SUBJECT, f"{{{RDF}}}about", "about"}
        triples.update((about, name, node.attrib[name]) for name in others)
        for child in node:
            if child.tag not in MANAGED | {SUBJECT}:
                child.tail = ""
                triples[about, child.tag, ElementTree.canonicalize(ElementTree.tostring(child))] += 1
    return triples


def read_values(packet: bytes) -> dict[str, set[str]]:
    """Return the values of the properties that iqscore writes, by name in Clark's notation."""
    values: dict[str, set[str]] = {}
    for node in find_nodes(packet):
        for name in MANAGED & node.attrib.keys():
            values.setdefault(name, set()).add(node.get(name, ""))
        for child in node:
            if child.tag in MANAGED:
                values.setdefault(child.tag, set()).add(child.text or "")
            if child.tag == SUBJECT:
                items = [item.text or "" for item in child.iter(f"{{{RDF}}}li")]
                values.setdefault(child.tag, set()).update(items)
    return values


def find_nodes(packet: bytes) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(packet.rstrip(b"\0"))
    rdf = root if root.tag == f"{{{RDF}}}RDF" else root.find(f"{{{RDF}}}RDF")
    assert rdf is not None
    return list(rdf)
