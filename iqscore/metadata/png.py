"""Ratings in PNG: the XMP packet in an iTXt chunk; a rating that an eXIf chunk holds changes in its place."""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import reduce

from iqscore.errors import MetadataError, Signed
from iqscore.metadata import exif, xmp
from iqscore.metadata.packet import scan_packet
from iqscore.metadata.splice import Splice, apply_splices
from iqscore.metadata.values import Found, Rating, fill_gaps

_START = 8
_OVERHEAD = 12
_KIND = re.compile(rb"[A-Za-z]{4}")
_KEYWORD = b"XML:com.adobe.xmp\0"
_RAW_KEYWORD = b"Raw profile type xmp\0"
"""As ImageMagick kept XMP: a text chunk with the packet in hexadecimal."""
_RAW_PROFILE = re.compile(rb"\s*xmp\s+(\d{1,9})\s+([0-9a-f\s]+)", re.IGNORECASE)
_MAX_TEXT = 64 << 20
_MOST_PACKETS = 8


@dataclass(frozen=True, slots=True)
class _Chunk:
    kind: bytes
    start: int
    length: int
    packet: bytes | None = None
    """The XMP that it holds."""
    is_raw: bool = False
    """Whether it holds that as ImageMagick did."""

    @property
    def end(self) -> int:
        return self.start + _OVERHEAD + self.length

    @property
    def inside(self) -> slice:
        return slice(self.start + 8, self.start + 8 + self.length)


def embed(data: bytes, rating: Rating, *, break_signature: bool = False) -> bytes:
    """Return a PNG with a rating in it; see metadata.embed."""
    chunks = _split(data)
    if not break_signature and any(chunk.kind == b"caBX" for chunk in chunks):
        raise Signed
    _check_raw(chunks)
    splices = _edit_xmp(chunks, lambda packet, create: xmp.merge_packet(packet, rating, create=create))
    stars = rating.stars
    if stars is not None:
        splices += _edit_exif(data, chunks, lambda block: exif.merge_exif(block, stars, create=False) or block)
    return apply_splices(data, splices)


def restore(data: bytes, before: Found, added: Collection[str] = ()) -> bytes:
    """Return a PNG that says what it said before; see metadata.restore."""
    chunks = _split(data)
    splices = _edit_xmp(chunks, lambda packet, _: xmp.restore_packet(packet, before, added))
    rating, percent = before.exif, before.exif_percent
    splices += _edit_exif(data, chunks, lambda block: exif.write_values(block, rating, percent, create=False))
    return apply_splices(data, splices)


def read(data: bytes) -> Found:
    """Return what a PNG says; see metadata.read."""
    chunks = _split(data)
    founds = [xmp.read_packet(chunk.packet) for chunk in _find_xmp(chunks) if chunk.packet is not None]
    for chunk in chunks:
        if chunk.kind == b"eXIf":
            rating, percent = exif.read_exif(data[chunk.inside])
            founds.append(Found(exif=rating, exif_percent=percent))
    return reduce(fill_gaps, founds, Found())


def to_digest(data: bytes) -> str:
    """Return a digest of all that no rating may change; see metadata.to_digest."""
    digest = hashlib.sha256()
    view = memoryview(data)
    end = 0
    for chunk in _split(data):
        digest.update(view[end : chunk.start])
        end = chunk.end
        if chunk.packet is not None:
            packet = xmp.strip_packet(chunk.packet)
            digest.update(b"" if packet == xmp.strip_packet(xmp.EMPTY) else _to_framed(packet))
        elif chunk.kind == b"eXIf":
            digest.update(_to_framed(exif.strip_exif(data[chunk.inside])))
        else:
            digest.update(view[chunk.start : chunk.end])
    digest.update(view[end:])
    return digest.hexdigest()


def _to_framed(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def _edit_xmp(chunks: list[_Chunk], change: Callable[[bytes, bool], bytes]) -> list[Splice]:
    """Return what becomes of XMP by a change of (packet, whether properties may be added to it)."""
    found = _find_xmp(chunks)
    if not found:
        packet = change(xmp.EMPTY, True)
        place = next(chunk.start for chunk in chunks if chunk.kind == b"IDAT")
        return [] if packet == xmp.EMPTY else [Splice(place, place, _to_itxt(packet))]
    splices = []
    for number, chunk in enumerate(found):
        assert chunk.packet is not None
        packet = change(chunk.packet, number == 0)
        if packet != chunk.packet:
            splices.append(Splice(chunk.start, chunk.end, b"" if packet == xmp.EMPTY else _to_itxt(packet)))
    return splices


def _edit_exif(data: bytes, chunks: list[_Chunk], change: Callable[[bytes], bytes]) -> list[Splice]:
    """Return what becomes of EXIF by a change that keeps its length."""
    found = [chunk for chunk in chunks if chunk.kind == b"eXIf"]
    changed = [(chunk, change(data[chunk.inside])) for chunk in found]
    return [
        Splice(chunk.start, chunk.end, _to_chunk(b"eXIf", block))
        for chunk, block in changed
        if block != data[chunk.inside]
    ]


def _find_xmp(chunks: list[_Chunk]) -> list[_Chunk]:
    """Return the chunks with XMP: those of ImageMagick count only where there are no others."""
    found = [chunk for chunk in chunks if chunk.packet is not None]
    return [chunk for chunk in found if not chunk.is_raw] or found


def _check_raw(chunks: list[_Chunk]) -> None:
    """Refuse what would say two things: a packet and, as ImageMagick kept it, another one with a rating."""
    found = [chunk for chunk in chunks if chunk.packet is not None]
    raw = [chunk.packet for chunk in found if chunk.packet is not None and chunk.is_raw]
    for packet in raw if len(raw) < len(found) else []:
        if any(node.places for node in scan_packet(packet).nodes):
            raise MetadataError("unsupported", "it holds two kinds of XMP")


def _split(data: bytes) -> list[_Chunk]:
    """Return the chunks of a PNG up to IEND; MetadataError where it is cut short or has no picture."""
    chunks = list(_find_chunks(data))
    if not any(chunk.kind == b"IDAT" for chunk in chunks):
        raise MetadataError("corrupt", "this PNG holds no picture")
    return chunks


def _find_chunks(data: bytes) -> Iterator[_Chunk]:
    at, kind, count = _START, b"", 0
    while kind != b"IEND":
        if at + _OVERHEAD > len(data):
            raise MetadataError("truncated", "the file ends too early; copy or export it again")
        length, kind = struct.unpack_from(">I4s", data, at)
        if not _KIND.fullmatch(kind):
            raise MetadataError("corrupt", f"no PNG goes on as this does at byte {at}")
        if at + _OVERHEAD + length > len(data):
            raise MetadataError("truncated", "the file ends too early; copy or export it again")
        packet, is_raw = _read_text(data, at, kind, length)
        count += packet is not None
        if count > _MOST_PACKETS:
            raise MetadataError("corrupt", "it holds too many XMP packets")
        yield _Chunk(kind, at, length, packet, is_raw)
        at += _OVERHEAD + length


def _read_text(data: bytes, at: int, kind: bytes, length: int) -> tuple[bytes | None, bool]:
    """Return the XMP of a text chunk, None where it has none, and whether it is kept as ImageMagick did."""
    body = data[at + 8 : at + 8 + min(length, len(_RAW_KEYWORD))]
    if kind not in {b"tEXt", b"zTXt", b"iTXt"} or not body.startswith((_KEYWORD, _RAW_KEYWORD)):
        return None, False
    body = data[at + 8 : at + 8 + length]
    if zlib.crc32(kind + body) != struct.unpack_from(">I", data, at + 8 + length)[0]:
        raise MetadataError("corrupt", "its XMP is damaged (wrong checksum)")
    if body.startswith(_KEYWORD):
        return (_open_itxt(body[len(_KEYWORD) :]), False) if kind == b"iTXt" else (None, False)
    return _open_raw_profile(_open_text(kind, body[len(_RAW_KEYWORD) :])), True


def _open_raw_profile(text: bytes) -> bytes:
    match = _RAW_PROFILE.match(text)
    digits = b"".join(match[2].split()) if match else b""
    length = 2 * int(match[1]) if match else 0
    if len(digits) < length or not length:
        raise MetadataError("corrupt", "its XMP is damaged (no profile)")
    return bytes.fromhex(digits[:length].decode())


def _open_text(kind: bytes, rest: bytes) -> bytes:
    """Return the text of a text chunk, of which `rest` comes after the keyword."""
    if kind == b"iTXt":
        return _open_itxt(rest)
    return _inflate(rest[1:]) if kind == b"zTXt" else rest


def _open_itxt(rest: bytes) -> bytes:
    """Return the text of an iTXt chunk, of which `rest` comes after the keyword: a flag, a method, two names."""
    text = rest[2:].split(b"\0", 2)
    if len(text) < 3:
        raise MetadataError("corrupt", "its XMP is damaged (no text)")
    return _inflate(text[2]) if rest[0] == 1 else text[2]


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(packed, _MAX_TEXT)
    except zlib.error as error:
        raise MetadataError("corrupt", f"its XMP is damaged ({error})") from error
    if not inflater.eof:
        raise MetadataError("corrupt", "its XMP is cut short or too long")
    return text


def _to_itxt(packet: bytes) -> bytes:
    return _to_chunk(b"iTXt", _KEYWORD + b"\0\0\0\0" + packet)


def _to_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
