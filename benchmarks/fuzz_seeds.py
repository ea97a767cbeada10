"""What fuzzing starts from: photos, headers and texts that each parser understands."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pillow_jxl  # noqa: F401 - registers JPEG XL with Pillow

from iqscore.metadata import exif
from tests.metadata.builders import (
    XMP_HEADER,
    make_itxt,
    make_jpeg,
    make_mpf,
    make_packet,
    make_png,
    make_tiff,
    make_webp,
    to_chunk,
)
from tests.pictures import make_pixels, to_bytes, to_exif
from tests.raws import RAWS
from tests.tiffs import make_dng

MODELS = Path(__file__).parent.parent / "models"
RDF_ATTRIBUTES = 'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
PACKETS = (
    make_packet(""),
    make_packet(f'<rdf:Description rdf:about="" {RDF_ATTRIBUTES} xmp:Rating="3" xmp:Label="Red"/>', padding=60),
    make_packet(
        f"<rdf:Description {RDF_ATTRIBUTES}><xmp:Rating>2</xmp:Rating><dc:subject><rdf:Bag><rdf:li>sea</rdf:li>"
        "</rdf:Bag></dc:subject></rdf:Description>"
    ),
)
BLOCKS = (make_tiff(), make_tiff(Rating=3, RatingPercent=50), exif.make_exif(4))


def find_seeds(parser: str) -> Iterator[bytes]:
    """Yield inputs to start from."""
    yield from SEEDS[parser]()


def find_jpegs() -> Iterator[bytes]:
    segments = [(0xE1, b"Exif\0\0" + BLOCKS[0]), (0xE1, XMP_HEADER + PACKETS[1]), (0xE2, b"MPF\0" + MPF_BODY)]
    yield from (make_jpeg(), make_jpeg(*segments), make_jpeg(*segments[:2], jfif=False, trailer=b"AXS!" + bytes(8)))


def find_pngs() -> Iterator[bytes]:
    yield from (make_png(), make_png(make_itxt(PACKETS[1])), make_png(make_itxt(PACKETS[2], packed=True)))
    yield make_png(to_chunk(b"eXIf", BLOCKS[1]), make_itxt(PACKETS[0]))


def find_webps() -> Iterator[bytes]:
    yield from (make_webp(), make_webp(lossless=True), make_webp(xmp=PACKETS[1], exif=b"Exif\0\0" + BLOCKS[1]))


MPF_BODY = make_mpf("<", [(900, 0), (300, 900)])[4:]
JOURNAL = (
    json.dumps(
        {
            "schema": 1, "kind": "rating", "photo": "/a.jpg", "file": "/a.jpg", "made": None,
            "before": {"xmp": 3, "keywords": ["a"]}, "after": {"xmp": 4, "own": 4},
        },
        separators=(",", ":"),
    ).encode() + b"\n"
)  # fmt: skip


def find_heads() -> Iterator[bytes]:
    """Yield the beginnings of files of all kinds."""
    for picture_format in ("GIF", "BMP", "TIFF", "AVIF"):
        yield to_bytes(make_pixels(16, 16), picture_format)
    for brands in (b"heicmif1", b"crx isom", b"avifmif1", b"mif1heic"):
        yield struct.pack(">I", 24) + b"ftyp" + brands[:4] + bytes(4) + brands + PACKETS[1]
    yield from (b"FUJIFILMCCD-RAW 0201", b"IIRO" + bytes(60), b"\xff\x0a" + bytes(60), BLOCKS[1] + PACKETS[2])


CONDITIONS = (
    b'score > 60 and not (iso <= 400 or camera ~ "Canon|Nikon")',
    b"iso is not null and score != 1e3 or camera !~ '^a''b'",
)
SETTINGS_FILES = (
    b'jobs = 4\nmin-score = 30.5\n[rank]\nlabel = ["accepted", "pending"]\nmodel = "~/a.onnx"\n',
    b'default-profile = "upload"\n[profile.upload]\nphotos-only = true\n[profile.upload.rank]\nmin_score = 45\n',
)
SIGHT = (
    b'{"facts":{"width":6,"height":4,"format":"JPEG","exif":{"camera":"Canon","lens":null,"iso":400,"shutter":0.004,'
    b'"aperture":2.8,"focal":50.0},"hdr":false},"is_monochrome":false,"is_graphic":false,"is_motion_sought":true,'
    b'"motion":30,"outputs":{"a":["AACAPw=="],"d":["AACAPw==","AACAPw=="]}}'
)


def find_coloured() -> Iterator[bytes]:
    """Yield pictures that say their colours by code points."""
    yield to_bytes(make_pixels(16, 16), "AVIF")
    yield make_png(to_chunk(b"cICP", bytes([9, 16, 0, 1])))


def find_sized() -> Iterator[bytes]:
    """Yield the beginnings of files that are measured before they are opened."""
    yield from (b"\xff\x0a" + bytes(range(40, 54)), to_bytes(make_pixels(40, 30), "JXL"))
    container = b"\0\0\0\x0cJXL \r\n\x87\n" + struct.pack(">I4s", 20, b"ftyp") + b"jxl \0\0\0\0jxl "
    yield container + struct.pack(">I4sI", 40, b"jxlp", 0) + b"\xff\x0a" + bytes(range(26))
    yield from find_webps()


SEEDS: dict[str, Callable[[], Iterable[bytes]]] = {
    "jpeg": find_jpegs,
    "png": find_pngs,
    "webp": find_webps,
    "packet": lambda: PACKETS,
    "exif": lambda: BLOCKS,
    "mpf": lambda: (MPF_BODY, make_mpf(">", [(900, 0), (300, 900)])[4:]),
    "head": find_heads,
    "taken": RAWS.values,
    "journal": lambda: [JOURNAL],
    "card": lambda: [path.read_bytes() for path in MODELS.glob("*-*.json")],
    "calibration": lambda: [(MODELS / "calibration.json").read_bytes()],
    "names": lambda: (b"a.jpg\r\nb c.jpg\n\n", b"a.jpg\0\n\0"),
    "colours": find_coloured,
    "header": find_sized,
    "facts": lambda: (*BLOCKS, make_dng(make_pixels(4, 4)), to_exif({0x0112: 6}, {0x9003: "2026:05:04 10:20:30"})[6:]),
    "condition": lambda: CONDITIONS,
    "settings": lambda: SETTINGS_FILES,
    "sight": lambda: [SIGHT],
}
