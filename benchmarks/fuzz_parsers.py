"""What is fuzzed: each parser with what it promises, and photos and texts to start from."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

from PIL import Image

from iqscore import codepoints, jxl, webp
from iqscore.cards import find_card
from iqscore.config_files import read_files
from iqscore.errors import MetadataError, ModelError, UsageError
from iqscore.exif import get_orientation, read_exif, read_tiff_header
from iqscore.exif import read_taken as read_exif_taken
from iqscore.formats import HEAD_BYTES, is_cut_short, to_format, to_plugin_kind
from iqscore.journal import Change, read_journal
from iqscore.metadata import Found, Rating, embed, exif, is_same, read, restore
from iqscore.metadata.sidecar import merge_sidecar, read_sidecar, restore_sidecar
from iqscore.opinion import load_calibration
from iqscore.picture import get_camera_colours
from iqscore.places import find_rating
from iqscore.query import Kind, parse_query
from iqscore.setting_values import Option
from iqscore.settings import Settings
from iqscore.sight import from_bytes
from iqscore.taken import read_taken
from iqscore.undo import to_earlier
from iqscore.walk import read_paths
from tests.metadata.builders import XMP_HEADER, make_jpeg, to_segment

Parser = Callable[[bytes], None]

RATINGS = (
    Rating(stars=4, score=71.3, model="fuzz@00000000", defects="noise 0.61"),
    Rating(stars=-1, label="Red", pick="rejected", keywords=("iqscore:haze", "a & b")),
)
PLAIN = make_jpeg()
FIELDS: dict[str, Kind] = {"score": "number", "iso": "number", "camera": "text"}
OPTIONS = {
    "min_score": Option("min_score", "number", many=False, least=0, most=100),
    "jobs": Option("jobs", "integer", many=False, least=1),
    "label": Option("label", "text", many=True),
    "model": Option("model", "text", many=True),
    "photos_only": Option("photos_only", "flag", many=False),
}


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


def check_colours(data: bytes) -> None:
    for colours in (codepoints.read_avif(data), codepoints.read_png(data)):
        assert colours is None or (colours.primaries < 1 << 16 and colours.transfer < 1 << 16)


def check_header(data: bytes) -> None:
    """What says how large a picture is, before anything is decoded."""
    size = jxl.read_size(data)
    assert size is None or min(size) >= 0
    header = webp.read_header(data)
    assert header is None or min(header.width, header.height) >= 0


def check_facts(block: bytes) -> None:
    """What a camera says, from the directories of TIFF and from EXIF."""
    said = Image.Exif()
    with suppress(Exception):  # Pillow's own, which decode has caught by then
        said.load(b"Exif\0\0" + block)
    for tags in (read_tiff_header(BytesIO(block)), said):
        assert 1 <= get_orientation(tags) <= 8
        facts, taken = read_exif(tags), read_exif_taken(tags)
        assert all(value is None or isinstance(value, str) or value > 0 for value in asdict(facts).values())
        assert taken is None or len(taken) == 19
        get_camera_colours(tags)


def check_condition(data: bytes) -> None:
    with suppress(UsageError):
        query = parse_query(data.decode("utf-8", "replace"), FIELDS)
        query.matches({"score": 71.3, "iso": None, "camera": "Canon"})


def check_settings(data: bytes) -> None:
    place = write(data, "iqscore.toml")
    with suppress(UsageError):
        environ = {"IQSCORE_CONFIG": str(place)}
        Settings(read_files(environ, place.parent), environ, {"rank": OPTIONS}).resolve("rank")


def check_sight(data: bytes) -> None:
    """What is kept of a photo; a damaged record is forgotten."""
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        from_bytes(data, {"aesthetic": "a", "defects": "d"})


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
    "colours": check_colours,
    "header": check_header,
    "facts": check_facts,
    "condition": check_condition,
    "settings": check_settings,
    "sight": check_sight,
}

_folder: list[Path] = []


def write(data: bytes, name: str) -> Path:
    """Return a file of the data, in a folder of this process."""
    if not _folder:
        _folder.append(Path(tempfile.mkdtemp(prefix="iqscore-fuzz-")))
    path = _folder[0] / name
    path.write_bytes(data)
    return path
