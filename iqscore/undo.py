"""A journal read backwards: every place says again what it said, unless somebody had another word since."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from iqscore.errors import MetadataError
from iqscore.exchange import Care, Carry, carry_nothing, replace_photo
from iqscore.journal import Change, to_sha256
from iqscore.metadata import Found, is_same, read, restore
from iqscore.metadata.sidecar import read_sidecar, restore_sidecar
from iqscore.rating import to_edits
from iqscore.records import Failure, Rated, RatedOutcome, to_internal
from iqscore.sidefiles import remove_file
from iqscore.tempfiles import remove_stale

_STARS = ("xmp", "exif", "exif_percent", "microsoft", "own")
_GROUPS = (_STARS, ("label", "own_label"), ("pick", "flag", "own_pick"), ("score", "model", "defects"))
_LOST = "what is not the rating would have changed; nothing was written; please report it"


def undo_all(
    changes: Sequence[Change], care: Care, *, dry_run: bool = False, carry: Carry = carry_nothing
) -> Iterator[RatedOutcome]:
    """Undo changes, the latest first, and yield what became of each; a dry run writes nothing."""
    cleaned: set[str] = set()
    for change in reversed(changes):
        folder = os.path.dirname(os.path.realpath(change.file))  # noqa: PTH120
        if not dry_run and folder not in cleaned:
            cleaned.add(folder)
            remove_stale(folder)
        try:
            yield _undo(change, care, carry, dry_run=dry_run)
        except MetadataError as error:
            yield Failure(change.file, error.code, error.message)
        except Exception as error:  # noqa: BLE001 - the file is as it was; the others are undone
            yield to_internal(change.file, error)


def to_earlier(now: Found, change: Change) -> Found:
    """Return what a place that says `now` is to say: as before, but where it is no longer what was written.

    Keywords that somebody added since stay.
    """
    back = [
        name
        for group in _GROUPS
        if all(getattr(now, name) == getattr(change.after, name) for name in group)
        for name in group
    ]
    if not set(_STARS) <= set(back):
        # score and model tell how our stars came about
        back = [name for name in back if name not in _GROUPS[-1]]
    keywords = tuple(word for word in now.keywords if word not in change.added)
    return replace(now, keywords=keywords, **{name: getattr(change.before, name) for name in back})


def _undo(change: Change, care: Care, carry: Carry, *, dry_run: bool) -> Rated:
    if change.made:
        if not os.path.lexists(change.file):
            return Rated(change.file, "unchanged", None, None, (), "is gone")
        if remove_file(change.file, lambda data: to_sha256(data) == change.made, dry_run=dry_run):
            return Rated(change.file, "written", change.after.stars, None, (change.file,), "sidecar removed")
    is_sidecar = change.file != change.photo
    look, give_back = (read_sidecar, restore_sidecar) if is_sidecar else (read, restore)
    seen = [Found()]

    def turn_back(data: bytes) -> bytes:
        seen[:] = [look(data, path=change.file)]
        earlier = to_earlier(seen[0], change)
        return data if earlier == seen[0] else give_back(data, earlier, added=change.added, path=change.file)

    def verify(old: bytes, new: bytes) -> None:
        if not (is_sidecar or is_same(old, new, path=change.file)) or look(new, path=change.file) != to_earlier(
            seen[0], change
        ):
            raise MetadataError("unverified", _LOST, change.file)

    done = partial(carry_nothing if is_sidecar else carry, change.photo)
    if replace_photo(change.file, turn_back, verify, care=care, done=done, dry_run=dry_run):
        now, earlier = seen[0], to_earlier(seen[0], change)
        edits = to_edits(now, earlier)
        return Rated(change.file, "written", now.stars, earlier.stars, (change.file,), _note(now, change), edits)
    note = _note(seen[0], change)
    return Rated(change.file, "kept" if note else "unchanged", seen[0].stars, seen[0].stars, (), note)


def _note(now: Found, change: Change) -> str:
    stars = [tuple(getattr(found, name) for name in _STARS) for found in (now, change.before, change.after)]
    return "" if stars[0] in stars[1:] else "rated again since"
