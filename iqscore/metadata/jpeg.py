"""Ratings in JPEG: the XMP packet and the EXIF block, each a segment before the first scan."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from functools import reduce

from iqscore.errors import MetadataError, Signed
from iqscore.metadata import exif, mpf, xmp
from iqscore.metadata.edit import Change
from iqscore.metadata.packet import scan_packet
from iqscore.metadata.pins import find_pinned
from iqscore.metadata.places import SUBJECT
from iqscore.metadata.segments import (
    APP0,
    APP1,
    EXIF,
    MAX_BODY,
    MPF,
    XMP,
    Segment,
    find_exif,
    find_xmp,
    is_signed,
    join_extended,
    split_jpeg,
    to_rest,
    to_segment,
)
from iqscore.metadata.splice import Shift, Splice, apply_splices
from iqscore.metadata.tiff import is_block, read_directory
from iqscore.metadata.values import Found, Rating, fill_gaps

_MAX_BLOCK = MAX_BODY - len(EXIF)
_MAX_PACKET = MAX_BODY - len(XMP)
_AFCP = {b"AXS!", b"AXS*"}
"""How news agencies' captions behind the end of a JPEG end themselves; they are told by their place in the file."""
_JFIF_UNITS = {1: 2, 2: 3}


def embed(data: bytes, rating: Rating, *, break_signature: bool = False) -> bytes:
    """Return a JPEG with a rating in it; see metadata.embed."""
    segments, scan = split_jpeg(data)
    if not break_signature and is_signed(segments):
        raise Signed
    if data[-12:-8] in _AFCP:
        raise MetadataError("unsupported", "what is behind its end would be lost")
    change = xmp.to_change(rating)
    _check_extended(segments, change)
    pinned = find_pinned(data, segments, scan)
    splices = [] if rating.stars is None else _rate_exif(segments, scan, pinned, rating.stars)
    splices += _edit_xmp(segments, scan, pinned, lambda packet, create: xmp.merge_packet(packet, rating, create=create))
    return _apply(data, segments, scan, splices)


def restore(data: bytes, before: Found, added: Collection[str] = ()) -> bytes:
    """Return a JPEG that says what it said before; see metadata.restore."""
    segments, scan = split_jpeg(data)
    pinned = find_pinned(data, segments, scan)
    splices = []
    for segment in find_exif(segments):
        block = exif.restore_exif(segment.body[len(EXIF) :], before.exif, before.exif_percent)
        splices.append(_replace(segment, EXIF, block))
    splices += _edit_xmp(segments, scan, pinned, lambda packet, _: xmp.restore_packet(packet, before, added))
    return _apply(data, segments, scan, splices)


def read(data: bytes) -> Found:
    """Return what a JPEG says; see metadata.read."""
    segments, _ = split_jpeg(data)
    packets = [segment.body[len(XMP) :] for segment in find_xmp(segments)]
    founds = [xmp.read_packet(packet) for packet in [*packets, *_find_readable(join_extended(segments))]]
    for segment in find_exif(segments):
        rating, percent = exif.read_exif(segment.body[len(EXIF) :])
        founds.append(Found(exif=rating, exif_percent=percent))
    return reduce(fill_gaps, founds, Found())


def to_digest(data: bytes) -> str:
    """Return a digest of all that no rating may change; see metadata.to_digest."""
    segments, scan = split_jpeg(data)
    digest = hashlib.sha256()
    end = 2
    for segment in segments:
        digest.update(data[end : segment.start])
        end = segment.end
        body = _strip(segment, scan)
        if body:
            digest.update(struct.pack(">BI", segment.marker, len(body)))
            digest.update(body)
    digest.update(memoryview(data)[scan:])
    return digest.hexdigest()


def _strip(segment: Segment, scan: int) -> bytes:
    """Return what of a segment must stay, nothing of one that we made."""
    if segment.holds(EXIF):
        block = exif.strip_exif(segment.body[len(EXIF) :])
        return EXIF + block if block else b""
    if segment.holds(XMP):
        packet = xmp.strip_packet(segment.body[len(XMP) :])
        return b"" if packet == xmp.strip_packet(xmp.EMPTY) else XMP + packet
    return mpf.to_still(segment, scan) if segment.holds(MPF) else segment.body or b"\0"


def _apply(data: bytes, segments: list[Segment], scan: int, splices: list[Splice]) -> bytes:
    """Return data with splices made, and with the offsets of further pictures that follow from them."""
    lists = [segment for segment in segments if segment.holds(MPF)]
    return apply_splices(data, [*splices, *mpf.move_pictures(lists, scan, Shift(splices))])


def _rate_exif(segments: list[Segment], scan: int, pinned: Segment | None, stars: int) -> list[Splice]:
    """Return what becomes of EXIF: the first whole block gets the rating, others only in place of one they hold."""
    found = find_exif(segments)
    if not found:
        block = exif.merge_exif(None, stars, density=_read_density(segments))
        place = _get_place(segments, scan, _count_jfif(segments))
        return [] if block is None else [Splice(place, place, to_segment(APP1, EXIF + block))]
    main = next((segment for segment in found if read_directory(segment.body[len(EXIF) :])), None)
    splices = []
    for segment in found:
        block = segment.body[len(EXIF) :]
        may_grow = segment is main and pinned is None and not _is_continued(segments, segment)
        merged = exif.merge_exif(block, stars, create=may_grow)
        if merged is None or len(merged) > _MAX_BLOCK:
            merged = exif.merge_exif(block, stars, create=False)
        splices.append(_replace(segment, EXIF, merged))
    return splices


def _is_continued(segments: list[Segment], segment: Segment) -> bool:
    """Tell whether a block goes on in the next segment, as one of more than 64 KB does: it has no end to add to."""
    following = segments[segments.index(segment) + 1 :][:1]
    return any(other.holds(EXIF) and not is_block(other.body[len(EXIF) :]) for other in following)


def _edit_xmp(
    segments: list[Segment], scan: int, pinned: Segment | None, change: Callable[[bytes, bool], bytes]
) -> list[Splice]:
    """Return what becomes of XMP by a change of (packet, whether properties may be added to it)."""
    found = find_xmp(segments)
    if not found:
        packet = change(xmp.EMPTY, True)
        place = pinned.start if pinned else _get_place(segments, scan, _count_before_xmp(segments))
        return [] if packet == xmp.EMPTY else [Splice(place, place, to_segment(APP1, XMP + packet))]
    splices = []
    for number, segment in enumerate(found):
        before = segment.body[len(XMP) :]
        packet = change(before, number == 0)
        if pinned and segment.start > pinned.start:
            packet = xmp.fit_packet(packet, len(before), len(before))
        fitting = xmp.fit_packet(packet, 0, _MAX_PACKET)
        splices.append(_replace(segment, XMP, None if packet == xmp.EMPTY else fitting))
    return splices


def _replace(segment: Segment, kind: bytes, content: bytes | None) -> Splice:
    if content is None:
        return Splice(segment.start, segment.end, b"")
    return Splice(segment.inside - 2, segment.end, to_rest(kind + content))


def _get_place(segments: list[Segment], scan: int, number: int) -> int:
    return segments[number].start if number < len(segments) else scan


def _count_jfif(segments: list[Segment]) -> int:
    """Return how many segments of JFIF come first; nothing may come before them, and EXIF is next."""
    markers = [segment.marker for segment in segments]
    return next((number for number, marker in enumerate(markers) if marker != APP0), len(markers))


def _count_before_xmp(segments: list[Segment]) -> int:
    last = max((number for number, segment in enumerate(segments) if segment.holds(EXIF)), default=-1)
    return max(last + 1, _count_jfif(segments))


def _read_density(segments: list[Segment]) -> exif.Density:
    """Return the density that JFIF tells, for EXIF to tell the same."""
    for segment in segments:
        if segment.marker == APP0 and segment.body.startswith(b"JFIF\0") and len(segment.body) >= 12:
            unit, across, down = struct.unpack_from(">BHH", segment.body, 7)
            if unit in _JFIF_UNITS and across and down:
                return across, down, _JFIF_UNITS[unit]
    return exif.DEFAULT_DENSITY


def _check_extended(segments: list[Segment], change: Change) -> None:
    names = {*change.values, *([SUBJECT] if change.keywords else [])}
    for packet in _find_readable(join_extended(segments)):
        if names & {place.name for node in scan_packet(packet).nodes for place in node.places}:
            raise MetadataError("unsupported", "its extended XMP holds a rating")


def _find_readable(packets: list[bytes]) -> Iterator[bytes]:
    for packet in packets:
        with suppress(MetadataError):
            scan_packet(packet)
            yield packet
