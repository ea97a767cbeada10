"""Ratings into photos and sidecars, one photo at a time, each decided on the very bytes that are replaced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Condition, Lock

from iqscore.disk import sync_folder
from iqscore.errors import IqscoreError, MetadataError, Signed
from iqscore.exchange import Carry, carry_nothing, replace_photo
from iqscore.formats import HEAD_BYTES
from iqscore.journal import Change, Journal, to_sha256
from iqscore.metadata import Found, Rating, can_embed, embed, is_same, read
from iqscore.metadata.sidecar import choose_sidecars, find_sidecars, merge_sidecar, read_sidecar
from iqscore.places import read_photo, read_sidecars, to_unreadable
from iqscore.rating import Decision, decide, get_author, says, to_rating
from iqscore.rating_plan import RatingPlan
from iqscore.records import Failure, PhotoScore, Rated, RatedOutcome, to_internal
from iqscore.sidefiles import check_new, create_file
from iqscore.tempfiles import remove_stale

_LOST = "what is not the rating would have changed; nothing was written; please report it"
_NOT_SAID = "the rating did not come back as it was written; nothing was changed; please report it"


class Rater:
    """Rates photos, in any number of threads; without a journal it is a dry run, which writes nothing."""

    def __init__(self, plan: RatingPlan, journal: Journal | None, carry: Carry = carry_nothing) -> None:
        self._plan = plan
        self._carry = carry
        self._journal = journal
        self._cleaned: set[str] = set()
        self._busy: set[str] = set()
        self._turn = Condition()
        self._lock = Lock()
        self._unsynced: dict[str, str] = {}
        """Folders that the disk has not learned all changes of, each with a path in it."""

    def rate(self, photo: PhotoScore) -> RatedOutcome:
        """Write the rating of a photo where it is to go, or tell why not."""
        try:
            for path in (photo.path, *photo.companions):
                self._clean(path)
            with self._alone(photo.path):
                return self._rate(photo, to_rating(photo, self._plan.wishes))
        except MetadataError as error:
            where = "" if error.path in ("", photo.path) else f"{error.path}: "
            return Failure(photo.path, error.code, f"{where}{error.message}")
        except IqscoreError:
            raise
        except Exception as error:  # noqa: BLE001 - it is as it was; the batch goes on and the photo is told
            return to_internal(photo.path, error)

    def _clean(self, path: str) -> None:
        """Remove what a killed run left in the folders that this photo may be written in, once each."""
        folders = {os.path.dirname(path), os.path.dirname(os.path.realpath(path))}  # noqa: PTH120
        with self._lock:
            new = folders - self._cleaned
            self._cleaned |= new
        if self._journal and new:
            self.sync()
            for folder in new:
                remove_stale(folder)

    @contextmanager
    def _alone(self, path: str) -> Iterator[None]:
        """Wait for a thread that has the same photo by another name, or one that may share a sidecar."""
        stem = os.path.splitext(os.path.realpath(path))[0]  # noqa: PTH122
        with self._turn:
            self._turn.wait_for(lambda: stem not in self._busy)
            self._busy.add(stem)
        try:
            yield
        finally:
            with self._turn:
                self._busy.remove(stem)
                self._turn.notify_all()

    def sync(self) -> None:
        """Have the disk learn of all changes: once a folder, as each photo is whole before and after."""
        with self._lock:
            unsynced, self._unsynced = self._unsynced, {}
        for path in unsynced.values():
            with suppress(OSError):  # a folder that is gone
                sync_folder(path)

    def _sync_later(self, path: str) -> None:
        with self._lock:
            self._unsynced[os.path.dirname(path)] = path  # noqa: PTH120

    def _rate(self, photo: PhotoScore, wanted: Rating) -> Rated:
        """Rate all files of a photo alike: what a person said of one of them holds for all."""
        others = [found for path in photo.companions for found in self._look(path)]
        rated = self._rate_first(photo.path, wanted, others)
        files = list(rated.files)
        for path in photo.companions:
            # asked again, as it is written; now that the first is written, what is ours there is no person's word
            files += self._put_beside(_Job(path, wanted, self._look(photo.path)), self._look_beside(path)).files
        return replace(rated, status="written", files=tuple(files)) if files else rated

    def _rate_first(self, path: str, wanted: Rating, others: list[Found]) -> Rated:
        beside = self._look_beside(path)
        note = ""
        if not self._plan.sidecar and can_embed(_read_head(path)):
            try:
                return self._embed(_Job(path, wanted, others), beside)
            except Signed:
                note = "signed (C2PA), so beside it"
        return self._put_beside(_Job(path, wanted, others), beside, note)

    def _look(self, path: str) -> list[Found]:
        """Return what a file and its sidecars say."""
        return [read_photo(path), *self._look_beside(path).values()]

    def _look_beside(self, path: str) -> dict[str, Found]:
        return read_sidecars(find_sidecars(Path(path)))

    def _embed(self, job: _Job, beside: dict[str, Found]) -> Rated:
        """Write into the photo, and into the sidecars that are there, which some programs believe first."""

        def change(data: bytes) -> bytes:
            found = read(data, path=job.path)
            job.decision = self._decide([found, *beside.values(), *job.others], job.wanted)
            rating = job.decision.rating
            if rating is None or says(found, rating):
                return data
            return embed(data, rating, path=job.path, break_signature=self._plan.break_signature)

        def verify(old: bytes, new: bytes) -> None:
            if not is_same(old, new, path=job.path):
                raise MetadataError("unverified", _LOST, job.path)

        self._replace(job, job.path, change, read, verify)
        for sidecar in beside:
            self._merge(job, sidecar)
        return job.to_rated()

    def _put_beside(self, job: _Job, beside: dict[str, Found], note: str = "") -> Rated:
        """Write sidecars: those that are there, and one that is made where there is none of the wanted name."""
        chosen = choose_sidecars(Path(job.path), self._plan.names)
        # a name that was asked for may be that of a sidecar which another photo has too
        beside |= read_sidecars(sidecar for sidecar in chosen if os.path.lexists(sidecar))
        job.decision = self._decide([read_photo(job.path), *beside.values(), *job.others], job.wanted)
        if job.decision.rating:
            for sidecar in map(str, chosen):
                if sidecar in beside:
                    self._merge(job, sidecar)
                else:
                    self._create(job, sidecar, job.decision.rating)
        return job.to_rated(note)

    def _decide(self, places: list[Found], wanted: Rating) -> Decision:
        return decide(places, wanted, overwrite=self._plan.wishes.overwrite)

    def _merge(self, job: _Job, sidecar: str) -> None:
        rating = job.decision.rating
        if rating is None:
            return

        def change(data: bytes) -> bytes:
            found = read_sidecar(data, path=sidecar)
            if rating.stars is not None and get_author(found) == "person" and not self._plan.wishes.overwrite:
                raise MetadataError("changed", "a person rated it at the same moment; run again", sidecar)
            return data if says(found, rating) else merge_sidecar(data, rating, path=sidecar)

        self._replace(job, sidecar, change, read_sidecar, lambda old, new: None)

    def _create(self, job: _Job, sidecar: str, rating: Rating) -> None:
        data = merge_sidecar(None, rating, path=sidecar)
        after = read_sidecar(data, path=sidecar)
        if self._journal is None:
            check_new(sidecar)
        else:
            note = Change(job.root, os.path.abspath(sidecar), Found(), after, to_sha256(data))  # noqa: PTH100
            create_file(sidecar, data, ready=lambda: self._tell(note), sync=self._sync_later)
        job.files.append(sidecar)

    def _replace(
        self,
        job: _Job,
        file: str,
        change: Callable[[bytes], bytes],
        look: Callable[..., Found],
        verify: Callable[[bytes, bytes], None],
    ) -> None:
        def check(old: bytes, new: bytes) -> None:
            verify(old, new)
            if job.decision.rating and not says(look(new, path=file), job.decision.rating):
                raise MetadataError("unverified", _NOT_SAID, file)

        def ready(old: bytes, new: bytes) -> None:
            self._tell(Change(job.root, os.path.abspath(file), look(old, path=file), look(new, path=file)))  # noqa: PTH100

        def done(before: os.stat_result, after: os.stat_result, new: bytes) -> None:
            if file == job.path:
                self._carry(file, before, after, new)

        care, is_dry = self._plan.care, self._journal is None
        if replace_photo(file, change, check, care=care, ready=ready, sync=self._sync_later, done=done, dry_run=is_dry):
            job.files.append(file)

    def _tell(self, change: Change) -> None:
        if self._journal:
            self._journal.write(change)


class _Job:
    """One file of a photo on its way, with its sidecars."""

    def __init__(self, path: str, wanted: Rating, others: Sequence[Found] = ()) -> None:
        self.path = path
        self.others = others
        """What further files of the same photo say."""
        self.root = os.path.abspath(path)  # noqa: PTH100 - the link, not what it leads to
        self.wanted = wanted
        self.decision = Decision(None, None, None)
        self.files: list[str] = []

    def to_rated(self, note: str = "") -> Rated:
        """Return what became of it."""
        old, new, why = self.decision.old, self.decision.new, self.decision.note
        if self.files:
            notes = ", ".join(text for text in (note, why) if text)
            return Rated(self.path, "written", old, new, tuple(self.files), notes, self.decision.edits)
        return Rated(self.path, "kept" if why else "unchanged", old, old, (), why)


def _read_head(path: str) -> bytes:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise to_unreadable(path, error) from error
