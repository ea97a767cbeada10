"""The code points (ITU-T H.273) by which a file says what its colours are: in the boxes of AVIF, in a chunk of PNG."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_MOST = 4096
"""Boxes, properties or associations that are looked at; files have a hundred, hostile ones millions."""


@dataclass(frozen=True, slots=True)
class Nclx:
    """Colours by code points; 2 is unspecified."""

    primaries: int
    transfer: int


def read_png(data: bytes) -> Nclx | None:
    """Return the colours of a PNG by its cICP chunk, of which the beginning is enough; None where unsaid."""
    at = data.find(b"\0\0\0\x04cICP")
    return None if at < 0 or at + 10 > len(data) else Nclx(data[at + 8], data[at + 9])


def read_avif(data: bytes) -> Nclx | None:
    """Return the colours of the primary picture of an AVIF file, of which the beginning is enough; None where unsaid.

    See ISO/IEC 14496-12 and 23008-12 for the boxes.
    """
    try:
        return _read_nclx(memoryview(data))
    except (struct.error, IndexError):
        return None


def _read_nclx(data: memoryview) -> Nclx | None:
    meta = _find(data, b"meta")
    if meta is None:
        return None
    meta = meta[4:]
    pitm, iprp = _find(meta, b"pitm"), _find(meta, b"iprp")
    if pitm is None or iprp is None:
        return None
    (primary,) = struct.unpack_from(">I" if pitm[0] else ">H", pitm, 4)
    properties = [body for _, body in _walk(_find(iprp, b"ipco") or iprp[:0])]
    names = [name for name, _ in _walk(_find(iprp, b"ipco") or iprp[:0])]
    for index in _find_associated(_find(iprp, b"ipma"), primary):
        if 0 < index <= len(names) and names[index - 1] == b"colr" and bytes(properties[index - 1][:4]) == b"nclx":
            return Nclx(*struct.unpack_from(">HH", properties[index - 1], 4))
    return None


def _walk(data: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yield the name and the content of each box."""
    at = 0
    for _ in range(_MOST):
        if at + 8 > len(data):
            return
        size, name = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start)
            start += 8
        end = at + size if size else len(data)
        if end < start:
            return
        yield name, data[start:end]
        at = end


def _find(data: memoryview, wanted: bytes) -> memoryview | None:
    return next((body for name, body in _walk(data) if name == wanted), None)


def _find_associated(ipma: memoryview | None, item: int) -> Iterator[int]:
    """Yield the numbers of an item's properties, the first of which is 1."""
    if ipma is None:
        return
    version, wide = ipma[0], ipma[3] & 1
    (count,), at = struct.unpack_from(">I", ipma, 4), 8
    for _ in range(min(count, _MOST)):
        (owner,) = struct.unpack_from(">I" if version else ">H", ipma, at)
        at += 4 if version else 2
        number, at = ipma[at], at + 1
        form, size = (">H", 2) if wide else (">B", 1)
        for _ in range(number):
            (index,), at = struct.unpack_from(form, ipma, at), at + size
            if owner == item:
                yield index & (0x7FFF if wide else 0x7F)
