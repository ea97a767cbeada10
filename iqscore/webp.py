"""What the header of a WebP file says: Pillow makes room for all of a picture when it opens one."""

from __future__ import annotations

from dataclasses import dataclass

_ALPHA_OR_MOTION = 0x12
_START = b"\x9d\x01\x2a"


@dataclass(frozen=True, slots=True)
class Header:
    """How large a picture is, and whether decoding takes more than for a plain lossy one."""

    width: int
    height: int
    takes_more: bool


def read_header(data: bytes) -> Header | None:
    """Return what the first 30 bytes of a file say (RFC 9649); None where they are no header."""
    name, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if name == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (4, 7))
        return Header(width, height, bool(body[0] & _ALPHA_OR_MOTION))
    if name == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return Header((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, True)
    if name == b"VP8 " and body[3:6] == _START:
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return Header(width, height, False)
    return None
