"""What the places that may hold a photo's rating say: the photo itself, of whatever kind, and its sidecars."""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from iqscore.errors import MetadataError
from iqscore.formats import HEAD_BYTES
from iqscore.metadata import Found, can_embed, read
from iqscore.metadata.sidecar import read_sidecar
from iqscore.metadata.xmp import read_packet

_PACKET = re.compile(rb"<(\w+:xmpmeta|\w+:xapmeta|rdf:RDF)[\s>]")
_LARGEST_PACKET = 16 << 20
_EXIF = b"Exif\0\0"
_RATING, _PERCENT, _SHORT = 0x4746, 0x4749, 3
_ORDERS: Final = {b"II": "<", b"MM": ">"}

Bytes = bytes | mmap.mmap


def read_photo(path: str) -> Found:
    """Return what a photo says itself; MetadataError where it says something that cannot be understood."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(HEAD_BYTES)
            if can_embed(head):
                return read(head + file.read(), path=path)
            if not head:
                return Found()
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return find_rating(data, path)
    except OSError as error:
        raise to_unreadable(path, error) from error


def to_unreadable(path: str, error: OSError) -> MetadataError:
    """Return the MetadataError of a photo or sidecar that cannot be opened or read."""
    code = "not_found" if isinstance(error, FileNotFoundError) else "unreadable"
    return MetadataError(code, f"it cannot be read ({error.strerror})", path)


def read_sidecars(paths: Iterable[Path]) -> dict[str, Found]:
    """Return what each sidecar says; MetadataError where one cannot be read."""
    return {str(path): _read_sidecar(path) for path in paths}


def _read_sidecar(path: Path) -> Found:
    try:
        return read_sidecar(path.read_bytes(), path=str(path))
    except OSError as error:
        raise to_unreadable(str(path), error) from error


def find_rating(data: Bytes, path: str = "") -> Found:
    """Return what a file of a kind that holds no rating of ours says: XMP packets wherever they are, EXIF of TIFF.

    RAW, TIFF, HEIC and AVIF all have their XMP in one piece. Raises MetadataError for one that speaks of a rating and
    cannot be understood.
    """
    packets = [_read_packet(packet, path) for packet in _find_packets(data)]
    found = next((found for found in packets if found.stars is not None or found.own is not None), None)
    found = found or next(iter(packets), Found())
    for rating, percent in _find_exif(data):
        found = replace(found, exif=rating, exif_percent=percent)
    return found


def _read_packet(packet: bytes, path: str) -> Found:
    try:
        return read_packet(packet)
    except MetadataError as error:
        if b"Rating" not in packet:
            return Found()
        error.path = path
        raise


def _find_packets(data: Bytes) -> Iterator[bytes]:
    at = 0
    while match := _PACKET.search(data, at):
        end = b"</" + match[1] + b">"
        stop = data.find(end, match.end(), match.end() + _LARGEST_PACKET)
        at = match.end() if stop < 0 else stop + len(end)
        if stop >= 0:
            yield bytes(data[match.start() : at])


def _find_exif(data: Bytes) -> Iterator[tuple[int | None, int | None]]:
    """Yield rating and percent of the first directory of a TIFF file, or of an EXIF block in another file."""
    start = 0 if bytes(data[:2]) in _ORDERS else data.find(_EXIF) + len(_EXIF)
    order = _ORDERS.get(bytes(data[start : start + 2]))
    if order is None or (start and bytes(data[start - len(_EXIF) : start]) != _EXIF):
        return
    values = dict(_find_shorts(data, start, order))
    if values:
        yield values.get(_RATING), values.get(_PERCENT)


def _find_shorts(data: Bytes, start: int, order: str) -> Iterator[tuple[int, int]]:
    try:
        (first,) = struct.unpack_from(f"{order}I", data, start + 4)
        (count,) = struct.unpack_from(f"{order}H", data, start + first)
        for n in range(count):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", data, start + first + 2 + 12 * n)
            if tag in (_RATING, _PERCENT) and kind == _SHORT:
                yield tag, value
    except struct.error:
        return
