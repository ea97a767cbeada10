"""Sidecars: which there are, which are made, and what stays in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from iqscore.errors import MetadataError
from iqscore.metadata import Found, Rating
from iqscore.metadata.sidecar import (
    Names,
    choose_sidecars,
    find_sidecars,
    merge_sidecar,
    read_sidecar,
    restore_sidecar,
)
from tests.metadata.builders import read_triples
from tests.metadata.packets import packets, ratings

DARKTABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
   xmp:Rating="0"
   darktable:xmp_version="5">
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:operation="exposure" darktable:enabled="1" darktable:params="00 &lt; ff"/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def make_files(folder: Path, names: str) -> None:
    for name in names.split():
        (folder / name).touch()


@pytest.mark.parametrize(
    ("files", "photo", "found", "chosen"),
    [
        ("a.CR2", "a.CR2", "", "a.xmp"),
        ("a.CR2 a.jpg", "a.CR2", "", "a.xmp"),
        ("a.CR2 a.NEF", "a.CR2", "", "a.CR2.xmp"),
        ("a.cr2 a.nef", "a.cr2", "", "a.cr2.xmp"),
        ("a.CR2 a.NEF a.xmp", "a.CR2", "", "a.CR2.xmp"),
        ("a.CR2 a.xmp", "a.CR2", "a.xmp", "a.xmp"),
        ("a.CR2 a.CR2.xmp", "a.CR2", "a.CR2.xmp", "a.CR2.xmp"),
        ("a.CR2 a.xmp a.CR2.xmp", "a.CR2", "a.CR2.xmp a.xmp", "a.CR2.xmp a.xmp"),
        ("a.CR2 a.XMP", "a.CR2", "a.XMP", "a.XMP"),
        ("a.jpg", "a.jpg", "", "a.jpg.xmp"),
        ("a.jpg a.xmp", "a.jpg", "a.xmp", "a.xmp"),
        ("a.jpg a.CR2 a.xmp", "a.jpg", "", "a.jpg.xmp"),
        ("a.jpg a.heic a.xmp", "a.jpg", "", "a.jpg.xmp"),
        ("a.jpg a.jpg.xmp b.xmp", "a.jpg", "a.jpg.xmp", "a.jpg.xmp"),
        ("a.b.CR2 a.xmp", "a.b.CR2", "", "a.b.xmp"),
        ("photo", "photo", "", "photo.xmp"),
    ],
)
def test_names_follow_the_programs_that_read_them(
    tmp_path: Path, files: str, photo: str, found: str, chosen: str
) -> None:
    make_files(tmp_path, files)
    assert [path.name for path in find_sidecars(tmp_path / photo)] == found.split()
    assert [path.name for path in choose_sidecars(tmp_path / photo)] == chosen.split()


@pytest.mark.parametrize(
    ("files", "names", "chosen"),
    [
        ("a.CR2", "adobe", "a.xmp"),
        ("a.CR2", "full", "a.CR2.xmp"),
        ("a.CR2 a.xmp", "full", "a.CR2.xmp a.xmp"),
        ("a.CR2 a.CR2.xmp", "adobe", "a.CR2.xmp a.xmp"),
        ("a.CR2 a.NEF", "adobe", "a.xmp"),
        ("a.CR2 a.XMP", "adobe", "a.XMP"),
    ],
)
def test_a_name_that_was_asked_for_is_among_them(tmp_path: Path, files: str, names: Names, chosen: str) -> None:
    make_files(tmp_path, files)
    assert [path.name for path in choose_sidecars(tmp_path / "a.CR2", names)] == chosen.split()


def test_a_folder_is_no_sidecar(tmp_path: Path) -> None:
    (tmp_path / "a.xmp").mkdir()
    assert find_sidecars(tmp_path / "a.CR2") == []


def test_a_new_sidecar_holds_the_rating_and_goes_back_to_nothing() -> None:
    data = merge_sidecar(None, Rating(stars=5, label="Green"))
    assert data.startswith(b'<?xml version="1.0"')
    assert read_sidecar(data) == Found(xmp=5, microsoft=99, own=5, label="Green", own_label="Green")
    assert merge_sidecar(data, Rating(stars=5, label="Green")) == data
    assert restore_sidecar(data, Found()) == merge_sidecar(None, Rating())


@pytest.mark.parametrize("ends", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_developed_settings_stay_to_the_byte(ends: bytes, mark: bytes) -> None:
    sidecar = mark + DARKTABLE.replace(b"\n", ends)
    data = merge_sidecar(sidecar, Rating(stars=3, score=61.0))
    assert data.startswith(mark + b"<?xml")
    assert b'xmp:Rating="3"' in data
    start = sidecar.index(b"darktable:xmp_version")
    history = sidecar[start : sidecar.index(b"</rdf:RDF>")].rstrip()
    assert history in data
    assert read_triples(data) == read_triples(sidecar)
    assert restore_sidecar(data, read_sidecar(sidecar)) == sidecar


@given(packets(), ratings)
@settings(max_examples=30, deadline=None)
def test_any_sidecar_keeps_its_triples(packet: bytes, rating: Rating) -> None:
    assert read_triples(merge_sidecar(packet, rating)) == read_triples(packet)


def test_what_cannot_be_understood_is_refused_by_name() -> None:
    for function in (read_sidecar, lambda data, path: merge_sidecar(data, Rating(stars=1), path=path)):
        with pytest.raises(MetadataError) as caught:
            function(b"<!DOCTYPE x>" + DARKTABLE[39:], path="a.xmp")
        assert (caught.value.path, caught.value.code) == ("a.xmp", "unsupported")
    with pytest.raises(MetadataError, match=r"damaged .*; repair it, or move it away$"):
        read_sidecar(DARKTABLE[:-20])
