"""What changes in folders, put into a queue by two threads: one listens to the system, one looks for itself.

What the system tells is quick but not all: its queue overflows in a burst, files that come with a new folder go
untold, and network mounts tell nothing. So folders are looked through after each burst, and now and then.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread

from iqscore.formats import is_photo_name
from iqscore.walk import FileId, to_file_id
from iqscore.watching.arrivals import read_mark
from iqscore.watching.scan import Entry, is_within_reach, join, scan_folder

ROUTINE_SECONDS = 60.0
"""How often folders are looked through where the system tells of changes."""
FALLBACK_SECONDS = 2.0
"""The same where it should, and cannot."""
_QUIET_SECONDS = 1.5
_SHARE = 20
"""Looking through folders takes one part in so many of the time, at most; half of it when that is all there is."""
_JOIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Found:
    """Files that are there, or changed, or are gone."""

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Swept:
    """All folders were looked through; the next time waits till this is taken."""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know."""

    text: str


class Changes:
    """The two threads; `poll`, seconds, leaves it to the one that looks for itself."""

    def __init__(self, folders: Sequence[str], queue: SimpleQueue[object], poll: float | None = None) -> None:
        self._folders = folders
        self._queue = queue
        self._poll = poll
        self._stopped = Event()
        self._wake = Event()
        self._taken = Event()
        self._is_deaf = False
        self._has_told = False
        self._gone: set[str] = set()
        self._identities: tuple[FileId | None, ...] = self._identify()
        targets = [self._look] if poll else [self._look, self._listen]
        self._threads = [Thread(target=target, name="iqscore-watch", daemon=True) for target in targets]

    def start(self) -> None:
        """Begin to put Found, Swept and Notice into the queue."""
        for thread in self._threads:
            thread.start()

    def take(self) -> None:
        """Note that a Swept was taken from the queue."""
        self._taken.set()

    def look_soon(self) -> None:
        """Have all folders looked through soon."""
        self._wake.set()

    def stop(self) -> None:
        """End both threads; one that hangs in a network mount is left behind."""
        self._stopped.set()
        self._wake.set()
        self._taken.set()
        for thread in self._threads:
            thread.join(_JOIN_SECONDS)

    # the one that looks

    def _look(self) -> None:
        while not self._stopped.is_set():
            started = time.monotonic()
            self._wake.clear()
            is_whole = self._look_through()
            took = time.monotonic() - started
            if is_whole:
                self._taken.clear()
                self._queue.put(Swept())
                self._taken.wait()
            self._rest(took)

    def _look_through(self) -> bool:
        """Put all that is there into the queue; tell whether every folder could be read."""
        whole = True
        for folder in self._folders:
            try:
                for entries in scan_folder(folder):
                    self._queue.put(Found(entries))
                self._come_back(folder)
            except OSError as error:
                whole = False
                self._miss(folder, error)
        self._identities = self._identify()
        return whole

    def _rest(self, took: float) -> None:
        if self._poll:
            self._stopped.wait(max(self._poll, took))
            return
        if self._is_deaf or self._gone:
            self._stopped.wait(max(FALLBACK_SECONDS, took))
            return
        self._stopped.wait(min(_SHARE * took, ROUTINE_SECONDS))
        if self._wake.wait(ROUTINE_SECONDS):
            self._stopped.wait(_QUIET_SECONDS)

    def _miss(self, folder: str, error: OSError) -> None:
        if folder not in self._gone:
            self._gone.add(folder)
            self._queue.put(Notice(f"{folder}: cannot be read now ({error.strerror}); waiting for it to come back"))

    def _come_back(self, folder: str) -> None:
        if folder in self._gone:
            self._gone.discard(folder)
            self._queue.put(Notice(f"{folder}: there again"))

    def _identify(self) -> tuple[FileId | None, ...]:
        return tuple(map(_to_identity, self._folders))

    # the one that listens

    def _listen(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen_while_the_same()
            except Exception as error:  # noqa: BLE001 - a limit of the system, a name it cannot tell, a folder gone
                self._go_deaf(error)
            self._wake.set()
            self._stopped.wait(1)

    def _listen_while_the_same(self) -> None:
        """Tell changes until stopped, or until another folder stands where one was."""
        from watchfiles import watch

        identities = self._identities
        is_over = _Condition(lambda: self._stopped.is_set() or self._identities != identities)
        changes = watch(
            *map(os.path.abspath, self._folders), watch_filter=None, debounce=400, step=50, rust_timeout=500,
            stop_event=is_over, yield_on_timeout=True, raise_interrupt=False, ignore_permission_denied=True,
        )  # fmt: skip
        self._is_deaf = True
        for change in changes:
            if self._is_deaf:
                self._is_deaf = False
                # for what came before the system began to tell
                self._wake.set()
            if change:
                self._tell({path for _, path in change})

    def _go_deaf(self, error: Exception) -> None:
        self._is_deaf = True
        # that a folder is gone is told by the one that looks
        if isinstance(error, FileNotFoundError) or self._has_told:
            return
        self._has_told = True
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        self._queue.put(
            Notice(f"the system does not tell all changes ({reason}); looking every {FALLBACK_SECONDS:g} seconds too")
        )

    def _tell(self, paths: Iterable[str]) -> None:
        entries: list[Entry] = []
        for typed, relative in filter(None, map(self._to_typed, paths)):
            if not is_within_reach(relative):
                continue
            self._wake.set()
            if os.path.isdir(typed):  # noqa: PTH112
                self._tell_folder(typed)
            elif is_photo_name(relative):
                entries.append((typed, read_mark(typed)))
        if entries:
            self._queue.put(Found(entries))

    def _tell_folder(self, folder: str) -> None:
        try:
            for entries in scan_folder(folder):
                self._queue.put(Found(entries))
        except OSError:
            return

    def _to_typed(self, path: str) -> tuple[str, str] | None:
        """Return a path as the folder it is in was typed, and from there on; None for the folder itself."""
        for folder in self._folders:
            # macOS tells the real path, others the one that is watched
            for prefix in (os.path.abspath(folder), os.path.realpath(folder)):  # noqa: PTH100
                if path.startswith(os.path.join(prefix, "")):  # noqa: PTH118
                    relative = os.path.relpath(path, prefix)
                    return join(folder, relative), relative
        return None


class _Condition:
    """What watchfiles takes for an event to stop at."""

    def __init__(self, is_set: Callable[[], bool]) -> None:
        self.is_set = is_set


def _to_identity(folder: str) -> FileId | None:
    try:
        return to_file_id(os.stat(folder))  # noqa: PTH116
    except OSError:
        return None
