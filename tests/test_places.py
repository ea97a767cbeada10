"""Ratings found in photos of kinds that none is written into."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from iqscore.errors import MetadataError
from iqscore.metadata import Found
from iqscore.places import find_rating, read_photo, read_sidecars
from tests.pictures import to_exif

PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" %s/></rdf:RDF></x:xmpmeta>'
)
THREE = PACKET % b'xmp:Rating="3"'


def make_tiff(order: str, *entries: tuple[int, int, int]) -> bytes:
    """Return a TIFF header and directory of (tag, kind, value)."""
    body = b"".join(struct.pack(f"{order}HHIHH", tag, kind, 1, value, 0) for tag, kind, value in entries)
    magic = b"II*\0" if order == "<" else b"MM\0*"
    return magic + struct.pack(f"{order}IH", 8, len(entries)) + body + bytes(4)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", Found()),
        (b"\0" * 100, Found()),
        (b"head" + THREE + b"tail", Found(xmp=3)),
        (b"head" + THREE[THREE.index(b"<rdf:RDF") : THREE.index(b"</x:xmp")] + b"tail", Found(xmp=3)),
        # of several the one that speaks of stars
        (PACKET % b'xmp:Label="Red"' + b"..." + THREE, Found(xmp=3)),
        (PACKET % b'xmp:Label="Red"', Found(label="Red")),
        # cut short, or of something else
        (THREE[:-30], Found()),
        (PACKET % b"broken", Found()),
        (make_tiff("<", (0x4746, 3, 4), (0x4749, 3, 75)), Found(exif=4, exif_percent=75)),
        (make_tiff(">", (0x010F, 2, 1), (0x4746, 3, 4)), Found(exif=4)),
        (make_tiff("<", (0x4746, 2, 4)), Found()),
        (make_tiff("<", (0x4746, 3, 4)) + THREE, Found(xmp=3, exif=4)),
        (make_tiff("<", (0x4746, 3, 4))[:14], Found()),
        (b"II*\0\xff\xff\xff\xff" + bytes(20), Found()),
        (b"\0\0\0\x18ftypheic...." + to_exif({0x4746: 2}), Found(exif=2)),
        (b"\0\0\0\x18ftypheic....Exif\0\0", Found()),
    ],
)
def test_what_is_found(data: bytes, found: Found) -> None:
    assert find_rating(data) == found


def test_a_packet_that_speaks_of_stars_and_cannot_be_understood() -> None:
    with pytest.raises(MetadataError) as caught:
        find_rating(b"head" + PACKET % b'xmp:Rating="3" broken', "a.nef")
    assert caught.value.path == "a.nef"


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.nef").write_bytes(make_tiff("<", (0x4746, 3, 5)) + THREE)
    assert read_photo(str(tmp_path / "a.nef")) == Found(xmp=3, exif=5)
    (tmp_path / "b.nef").touch()
    assert read_photo(str(tmp_path / "b.nef")) == Found()
    (tmp_path / "a.xmp").write_bytes(THREE)
    assert read_sidecars([tmp_path / "a.xmp"]) == {str(tmp_path / "a.xmp"): Found(xmp=3)}
    for look in (lambda: read_photo(str(tmp_path / "c.nef")), lambda: read_sidecars([tmp_path / "c.xmp"])):
        with pytest.raises(MetadataError) as caught:
            look()
        assert caught.value.code == "not_found"
        assert "/c." in caught.value.path
