"""Small photos that are rated and taken back in this process."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from iqscore.exchange import CAREFUL, Care
from iqscore.journal import Journal, read_journal
from iqscore.rater import Rater
from iqscore.rating_plan import RatingPlan
from iqscore.records import RatedOutcome
from iqscore.undo import undo_all
from tests.pictures import make_scene, to_bytes
from tests.samples import make_photo

EMBEDDING = pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
DARKTABLE = b"""<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
   xmp:Rating="%d"
   darktable:xmp_version="5"
   darktable:history_end="1">
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:num="0" darktable:operation="exposure" darktable:params="gz02eJxjYGiwYw=="/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""


def make_file(path: Path, kind: str = "JPEG", **options: Any) -> Path:
    """Write a small photo."""
    path.write_bytes(to_bytes(make_scene(len(path.name), 96, 64), kind, **options))
    return path


def rate(path: Path, journal: Journal | None, stars: int = 4, **options: Any) -> RatedOutcome:
    """Rate one photo."""
    return Rater(RatingPlan(**options), journal).rate(make_photo(str(path), stars=stars))


def undo(journal: Journal, care: Care = CAREFUL, *, dry_run: bool = False) -> list[RatedOutcome]:
    """Take back all of a journal."""
    changes, torn = read_journal(str(journal.path))
    assert torn == 0
    return list(undo_all(changes, care, dry_run=dry_run))


def take_picture(folder: Path) -> dict[str, tuple[str, int, int]]:
    """Return all that a change would change in a folder."""
    return {
        entry.name: (hashlib.sha256(entry.read_bytes()).hexdigest(), entry.stat().st_mtime_ns, entry.stat().st_ino)
        for entry in folder.iterdir()
    }
