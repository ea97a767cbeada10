"""What is fuzzed: each parser with what it promises, and photos and texts to start from."""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path

from iqscore.cards import find_card
from iqscore.errors import MetadataError, ModelError, UsageError
from iqscore.formats import HEAD_BYTES, is_cut_short, to_format, to_plugin_kind
from iqscore.journal import Change, read_journal
from iqscore.metadata import Found, Rating, embed, exif, is_same, read, restore
from iqscore.metadata.sidecar import merge_sidecar, read_sidecar, restore_sidecar
from iqscore.opinion import load_calibration
from iqscore.places import find_rating
from iqscore.taken import read_taken
from iqscore.undo import to_earlier
from iqscore.walk import read_paths
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
    to_segment,
)
from tests.pictures import make_pixels, to_bytes
from tests.raws import RAWS

Parser = Callable[[bytes], None]

MODELS = Path(__file__).parent.parent / "models"

RATINGS = (
    Rating(stars=4, score=71.3, model="fuzz@00000000", defects="noise 0.61"),
    Rating(stars=-1, label="Red", pick="rejected", keywords=("iqscore:haze", "a & b")),
)
RDF_ATTRIBUTES = 'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
PACKETS = (
    make_packet(""),
    make_packet(f'<rdf:Description rdf:about="" {RDF_ATTRIBUTES} xmp:Rating="3" xmp:Label="Red"/>', padding=60),
    make_packet(
        f"<rdf:Description {RDF_ATTRIBUTES}><xmp:Rating>2</xmp:Rating><dc:subject><rdf:Bag><rdf:li>sea</rdf:li>"
        "</rdf:Bag></dc:subject></rdf:Description>"
    ),
)
PLAIN = make_jpeg()
BLOCKS = (make_tiff(), make_tiff(Rating=3, RatingPercent=50), exif.make_exif(4))


def check_photo(data: bytes) -> None:
    """A rating goes in, nothing else changes, and it comes out again; or a MetadataError says why not."""
    try:
        before = read(data)
    except MetadataError:
        return
    for rating in RATINGS:
        with suppress(MetadataError):
            after = embed(data, rating)
            check_change(data, after, before)


def check_change(data: bytes, after: bytes, before: Found) -> None:
    assert is_same(data, after), "more than the rating has changed"
    now = read(after)
    change = Change("", "", before, now)
    undone = restore(after, to_earlier(now, change), added=change.added)
    assert is_same(data, undone), "more than the rating has come back"
    assert read(undone) == before, "another rating has come back"


def check_jpeg(data: bytes) -> None:
    check_photo(b"\xff\xd8\xff" + data[3:])


def check_png(data: bytes) -> None:
    check_photo(b"\x89PNG\r\n\x1a\n" + data[8:])


def check_webp(data: bytes) -> None:
    check_photo(b"RIFF" + data[4:8] + b"WEBP" + data[12:])


def to_jpeg(marker: int, body: bytes) -> bytes:
    return PLAIN[:20] + to_segment(marker, body[:60_000]) + PLAIN[20:]


def check_packet(packet: bytes) -> None:
    """A packet as a sidecar, and in a JPEG."""
    with suppress(MetadataError):
        before = read_sidecar(packet)
        for rating in RATINGS:
            merged = merge_sidecar(packet, rating)
            found = read_sidecar(merged)
            added = frozenset(found.keywords).difference(before.keywords)
            assert read_sidecar(restore_sidecar(merged, before, added=added)) == before, "another rating has come back"
    check_photo(to_jpeg(0xE1, XMP_HEADER + packet))


def check_exif(block: bytes) -> None:
    """A block by itself, and in a JPEG with the body of an MPF segment behind it."""
    exif.read_exif(block)
    exif.strip_exif(block)
    exif.restore_exif(exif.merge_exif(block, 4) or b"", None, None)
    check_photo(to_jpeg(0xE1, b"Exif\0\0" + block))


def check_mpf(body: bytes) -> None:
    check_photo(to_jpeg(0xE2, b"MPF\0" + body) + PLAIN)


def check_head(data: bytes) -> None:
    """What tells formats, and what looks for ratings in files of any kind."""
    to_format(data[:HEAD_BYTES])
    for name in ("a.jpg", "a.nef", "a"):
        to_plugin_kind(name, data[:HEAD_BYTES])
    is_cut_short(str(write(data, "photo")))
    with suppress(MetadataError):
        find_rating(data)


def check_taken(data: bytes) -> None:
    taken = read_taken(str(write(data, "raw")))
    assert taken is None or len(taken) == 19


def check_journal(data: bytes) -> None:
    with suppress(UsageError):
        changes, _ = read_journal(str(write(data, "journal")))
        for change in changes:
            to_earlier(change.after, change)


def check_card(data: bytes) -> None:
    write(b"", "model.onnx")
    with suppress(ModelError):
        find_card(write(data, "model.json"))


def check_calibration(data: bytes) -> None:
    with suppress(ModelError):
        load_calibration(write(data, "calibration.json").parent)


def check_names(data: bytes) -> None:
    for null_separated in (False, True):
        for path in read_paths(BytesIO(data), null_separated=null_separated):
            assert path


PARSERS: dict[str, Parser] = {
    "jpeg": check_jpeg,
    "png": check_png,
    "webp": check_webp,
    "packet": check_packet,
    "exif": check_exif,
    "mpf": check_mpf,
    "head": check_head,
    "taken": check_taken,
    "journal": check_journal,
    "card": check_card,
    "calibration": check_calibration,
    "names": check_names,
}

_folder: list[Path] = []


def write(data: bytes, name: str) -> Path:
    """Return a file of the data, in a folder of this process."""
    if not _folder:
        _folder.append(Path(tempfile.mkdtemp(prefix="iqscore-fuzz-")))
    path = _folder[0] / name
    path.write_bytes(data)
    return path


def find_seeds(parser: str) -> Iterator[bytes]:
    """Yield inputs to start from."""
    yield from SEEDS[parser]()


def find_jpegs() -> Iterator[bytes]:
    segments = [(0xE1, b"Exif\0\0" + BLOCKS[0]), (0xE1, XMP_HEADER + PACKETS[1]), (0xE2, b"MPF\0" + MPF_BODY)]
    yield from (PLAIN, make_jpeg(*segments), make_jpeg(*segments[:2], jfif=False, trailer=b"AXS!" + bytes(8)))


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
}
