"""Ratings in WebP: the XMP packet in a chunk at the end; a rating that an EXIF chunk holds changes in its place."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import reduce

from iqscore.errors import MetadataError, Signed
from iqscore.metadata import exif, xmp
from iqscore.metadata.splice import Splice, apply_splices
from iqscore.metadata.values import Found, Rating, fill_gaps

_START = 12
_XMP_FLAG, _ALPHA_FLAG = 0x04, 0x10
_XMP = {b"XMP ", b"XMP\0"}
"""The second is a mistake of some programs, which no reader understands; it is put right where a rating comes in."""
_EXIF_HEADER = b"Exif\0\0"
"""Some programs put it before the block, as in JPEG."""
_MOST = 0xFFFFFFFF - 1


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int
    end: int
    """Where its content ends."""
    after: int
    """Where the zero ends that follows where the length is odd; behind the last chunk it may be missing."""

    @property
    def inside(self) -> slice:
        return slice(self.start + 8, self.end)


def embed(data: bytes, rating: Rating, *, break_signature: bool = False) -> bytes:
    """Return a WebP with a rating in it; see metadata.embed."""
    chunks = _split(data)
    if not break_signature and any(chunk.kind == b"C2PA" for chunk in chunks):
        raise Signed
    splices = _edit_xmp(data, chunks, lambda packet, create: xmp.merge_packet(packet, rating, create=create))
    stars = rating.stars
    if stars is not None:
        splices += _edit_exif(data, chunks, lambda block: exif.merge_exif(block, stars, create=False) or block)
    return _apply(data, splices)


def restore(data: bytes, before: Found, added: Collection[str] = ()) -> bytes:
    """Return a WebP that says what it said before; see metadata.restore."""
    chunks = _split(data)
    splices = _edit_xmp(data, chunks, lambda packet, _: xmp.restore_packet(packet, before, added))
    rating, percent = before.exif, before.exif_percent
    splices += _edit_exif(data, chunks, lambda block: exif.write_values(block, rating, percent, create=False))
    return _apply(data, splices)


def read(data: bytes) -> Found:
    """Return what a WebP says; see metadata.read."""
    chunks = _split(data)
    founds = [xmp.read_packet(data[chunk.inside]) for chunk in chunks if chunk.kind in _XMP]
    for chunk in chunks:
        if chunk.kind == b"EXIF":
            rating, percent = exif.read_exif(data[chunk.inside].removeprefix(_EXIF_HEADER))
            founds.append(Found(exif=rating, exif_percent=percent))
    return reduce(fill_gaps, founds, Found())


def to_digest(data: bytes) -> str:
    """Return a digest of all that no rating may change; see metadata.to_digest."""
    digest = hashlib.sha256()
    chunks = _split(data)
    if chunks[0].kind != b"VP8X":
        # one comes in with a rating
        digest.update(_to_chunk(b"VP8X", _make_extended(data, chunks)))
    for chunk in chunks:
        body = _strip(chunk.kind, data[chunk.inside])
        kind = b"XMP " if chunk.kind in _XMP else chunk.kind
        digest.update(b"" if body is None else _to_chunk(kind, body))
    digest.update(memoryview(data)[chunks[-1].after :])
    return digest.hexdigest()


def _strip(kind: bytes, body: bytes) -> bytes | None:
    """Return what of a chunk must stay, None of one that we made."""
    if kind in _XMP:
        packet = xmp.strip_packet(body)
        return None if packet == xmp.strip_packet(xmp.EMPTY) else packet
    if kind == b"EXIF":
        return exif.strip_exif(body.removeprefix(_EXIF_HEADER))
    return _set_flag(body, has_xmp=False) if kind == b"VP8X" else body


def _edit_xmp(data: bytes, chunks: list[_Chunk], change: Callable[[bytes, bool], bytes]) -> list[Splice]:
    """Return what becomes of XMP by a change of (packet, whether properties may be added to it)."""
    found = [chunk for chunk in chunks if chunk.kind in _XMP]
    if not found:
        packet = change(xmp.EMPTY, True)
        if packet == xmp.EMPTY:
            return []
        place = chunks[-1].after
        zero = b"\0" * ((place - _START) % 2)
        return [Splice(place, place, zero + _to_chunk(b"XMP ", packet)), *_announce_xmp(data, chunks, has_xmp=True)]
    packets = [change(data[chunk.inside], number == 0) for number, chunk in enumerate(found)]
    splices = [_replace(data, chunk, packet) for chunk, packet in zip(found, packets, strict=True)]
    has_xmp = any(packet != xmp.EMPTY for packet in packets)
    return [*splices, *_announce_xmp(data, chunks, has_xmp=has_xmp)]


def _replace(data: bytes, chunk: _Chunk, packet: bytes) -> Splice:
    if packet == data[chunk.inside] and chunk.kind == b"XMP ":
        return Splice(chunk.start, chunk.start, b"")
    return Splice(chunk.start, chunk.after, b"" if packet == xmp.EMPTY else _to_chunk(b"XMP ", packet))


def _announce_xmp(data: bytes, chunks: list[_Chunk], *, has_xmp: bool) -> list[Splice]:
    """Return what becomes of the header chunk, which says whether there is XMP; a simple WebP gets one."""
    first = chunks[0]
    if not has_xmp and _is_needless(data, chunks):
        return [Splice(first.start, first.after, b"")]
    if first.kind == b"VP8X":
        return [Splice(first.start + 8, first.end, _set_flag(data[first.inside], has_xmp=has_xmp))]
    body = _set_flag(_make_extended(data, chunks), has_xmp=True)
    return [Splice(first.start, first.start, _to_chunk(b"VP8X", body))] if has_xmp else []


def _is_needless(data: bytes, chunks: list[_Chunk]) -> bool:
    """Tell whether a header chunk says only what the one picture behind it says, as one does that we put in."""
    rest = [chunk for chunk in chunks[1:] if chunk.kind not in _XMP]
    if chunks[0].kind != b"VP8X" or len(rest) != 1 or rest[0].kind not in {b"VP8 ", b"VP8L"}:
        return False
    return _set_flag(data[chunks[0].inside], has_xmp=False) == _make_extended(data, rest)


def _set_flag(body: bytes, *, has_xmp: bool) -> bytes:
    return bytes([body[0] | _XMP_FLAG if has_xmp else body[0] & ~_XMP_FLAG]) + body[1:]


def _make_extended(data: bytes, chunks: list[_Chunk]) -> bytes:
    """Return the header chunk of a simple WebP, of which the picture itself tells size and alpha."""
    first = chunks[0]
    head = data[first.start + 8 : min(first.end, first.start + 18)]
    if first.kind == b"VP8L" and len(head) >= 5 and head[0] == 0x2F:
        bits = int.from_bytes(head[1:5], "little")
        width, height, has_alpha = bits & 0x3FFF, bits >> 14 & 0x3FFF, bits >> 28 & 1
    elif first.kind == b"VP8 " and len(head) >= 10 and head[3:6] == b"\x9d\x01\x2a":
        sides = struct.unpack_from("<HH", head, 6)
        width, height = ((side & 0x3FFF) - 1 for side in sides)
        has_alpha = 0
    else:
        width = height = has_alpha = -1
    if min(width, height) < 0:
        raise MetadataError("corrupt", "this WebP holds no picture")
    flags = _ALPHA_FLAG if has_alpha else 0
    return struct.pack("<I", flags) + width.to_bytes(3, "little") + height.to_bytes(3, "little")


def _edit_exif(data: bytes, chunks: list[_Chunk], change: Callable[[bytes], bytes]) -> list[Splice]:
    """Return what becomes of EXIF by a change that keeps its length."""
    splices = []
    for chunk in chunks:
        if chunk.kind == b"EXIF":
            block = data[chunk.inside].removeprefix(_EXIF_HEADER)
            splices.append(Splice(chunk.end - len(block), chunk.end, change(block)))
    return splices


def _apply(data: bytes, splices: list[Splice]) -> bytes:
    """Return data with splices made, and the length in its header that follows from them."""
    changed = apply_splices(data, splices)
    growth = sum(len(splice.text) - (splice.stop - splice.start) for splice in splices)
    size: int = struct.unpack_from("<I", data, 4)[0] + growth
    if changed is data:
        return data
    if size > _MOST:
        raise MetadataError("too_large", "there is no room for a rating")
    return changed[:4] + struct.pack("<I", size) + changed[8:]


def _split(data: bytes) -> list[_Chunk]:
    """Return the chunks of a WebP; MetadataError where it is cut short or starts with no picture."""
    chunks = list(_find_chunks(data))
    if not chunks or chunks[0].kind not in {b"VP8X", b"VP8 ", b"VP8L"}:
        raise MetadataError("corrupt", "this WebP holds no picture")
    if chunks[0].kind == b"VP8X" and len(data[chunks[0].inside]) < 10:
        raise MetadataError("corrupt", "the header of this WebP is damaged")
    return chunks


def _find_chunks(data: bytes) -> Iterator[_Chunk]:
    at = _START
    stop = _START - 4 + int.from_bytes(data[4:8], "little")
    while at < stop:
        kind, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + length
        if end > len(data) or at + 8 > len(data):
            raise MetadataError("truncated", "the file ends too early; copy or export it again")
        if end > stop:
            raise MetadataError("corrupt", f"no WebP goes on as this does at byte {at}")
        after = min(end + length % 2, stop, len(data))
        yield _Chunk(kind, at, end, after)
        at = end + length % 2


def _to_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
