"""The segments of a JPEG up to its first scan, and what those hold that are about metadata."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from iqscore.errors import MetadataError

APP0, APP1, APP2, APP11 = 0xE0, 0xE1, 0xE2, 0xEB
EXIF = b"Exif\0\0"
XMP = b"http://ns.adobe.com/xap/1.0/\0"
EXTENDED_XMP = b"http://ns.adobe.com/xmp/extension/\0"
MPF = b"MPF\0"
MAX_BODY = 0xFFFF - 2

# some programs count the length of a segment wrongly, so that bytes are left behind it
_MARKER = re.compile(rb"\xff[^\x00\xff]", re.DOTALL)
_SOS, _EOI = 0xDA, 0xD9
_GUID_BYTES = 32
_MOST_SEGMENTS = 10_000
_MAX_EXTENDED = 256 << 20


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment before the first scan."""

    marker: int
    start: int
    """Where its first 0xFF stands: any number of them may come before the marker."""
    inside: int
    """Where its body starts."""
    body: bytes

    @property
    def end(self) -> int:
        return self.inside + len(self.body)

    def holds(self, kind: bytes) -> bool:
        """Tell whether it is metadata of a kind, one of EXIF, XMP, EXTENDED_XMP and MPF."""
        return self.marker == (APP2 if kind == MPF else APP1) and self.body.startswith(kind)


def split_jpeg(data: bytes) -> tuple[list[Segment], int]:
    """Return the segments between the start of a JPEG and its first scan, and where that starts.

    Raises MetadataError where the file ends before that, or holds there what no JPEG may.
    """
    segments = list(islice(_find_segments(data), _MOST_SEGMENTS))
    if len(segments) == _MOST_SEGMENTS:
        raise _to_corrupt(segments[-1].start)
    return segments, segments[-1].end if segments else 2


def _find_segments(data: bytes) -> Iterator[Segment]:
    at = 2
    while True:
        marker, start, after = _read_marker(data, at)
        if marker == _SOS:
            return
        if marker < 0xC0 or 0xD0 <= marker <= _EOI:
            raise _to_corrupt(start)
        if after + 2 > len(data):
            raise _to_truncated()
        length: int = struct.unpack_from(">H", data, after)[0]
        if length < 2:
            raise _to_corrupt(start)
        if after + length > len(data):
            raise _to_truncated()
        yield Segment(marker, start, after + 2, data[after + 2 : after + length])
        at = after + length


def _read_marker(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the next marker, where it starts and where it ends; like decoders, skip what is none."""
    match = _MARKER.search(data, at)
    if match is None:
        raise _to_truncated()
    start = match.start()
    while start > at and data[start - 1] == 0xFF:
        start -= 1
    return data[match.end() - 1], start, match.end()


def to_segment(marker: int, body: bytes) -> bytes:
    """Return a segment as it stands in a file; MetadataError where it would be too long."""
    return bytes([0xFF, marker]) + to_rest(body)


def to_rest(body: bytes) -> bytes:
    """Return what of a segment comes after its marker."""
    if len(body) > MAX_BODY:
        raise MetadataError("too_large", "its metadata has no room for a rating")
    return struct.pack(">H", len(body) + 2) + body


def is_signed(segments: list[Segment]) -> bool:
    """Tell whether a JPEG holds a C2PA manifest: a JUMBF box in APP11."""
    boxes = [segment.body for segment in segments if segment.marker == APP11 and segment.body.startswith(b"JP")]
    return any(b"jumb" in body[:32] and b"c2pa" in body for body in boxes)


def find_exif(segments: list[Segment]) -> list[Segment]:
    """Return the segments with EXIF, which may be several."""
    return [segment for segment in segments if segment.holds(EXIF)]


def find_xmp(segments: list[Segment]) -> list[Segment]:
    """Return the segments with an XMP packet of their own, which should be at most one."""
    return [segment for segment in segments if segment.holds(XMP)]


def join_extended(segments: list[Segment]) -> list[bytes]:
    """Return each extended packet that is there in full."""
    packets: dict[bytes, bytearray] = {}
    for segment in segments:
        head = len(EXTENDED_XMP) + _GUID_BYTES + 8
        if not segment.holds(EXTENDED_XMP) or len(segment.body) < head:
            continue
        length, offset = struct.unpack_from(">II", segment.body, head - 8)
        part = segment.body[head:]
        packet = packets.setdefault(segment.body[len(EXTENDED_XMP) : head - 8], bytearray())
        if offset == len(packet) and len(packet) + len(part) <= min(length, _MAX_EXTENDED):
            packet += part
    return [bytes(packet) for packet in packets.values()]


def _to_truncated() -> MetadataError:
    return MetadataError("truncated", "the file ends too early; copy or export it again")


def _to_corrupt(at: int) -> MetadataError:
    return MetadataError("corrupt", f"no JPEG goes on as this does at byte {at}")
