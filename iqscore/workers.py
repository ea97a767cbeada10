"""Threads that work on one photo each and can be replaced.

No thread can be ended from outside, least of all within a decoder: one that takes too long is given up, goes on if it
must, and does not keep the program from ending.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import SimpleQueue
from threading import Condition, Event, Lock, Thread, current_thread
from typing import Generic, TypeVar

from iqscore.limits import GivenUp, Task

_LOOK_EVERY = 0.5
"""Seconds between looks at the clock, while something is waited for."""
_PATIENCE = 3.0
"""Seconds that jobs which were begun are waited for at the end: enough for nearly all of them."""

T = TypeVar("T")


class Job(Generic[T]):
    """Something to be done, and what came of it."""

    def __init__(self, work: Callable[[], T], give_up: Callable[[float], T]) -> None:
        self.work = work
        self.give_up = give_up
        self.on_done: Callable[[Job[T]], None] | None = None
        self.task = Task()
        self.done = Event()
        self._lock = Lock()
        self._result: T | None = None
        self._error: BaseException | None = None

    def settle(self, result: T | None, error: BaseException | None = None) -> bool:
        """Set the result, unless there is one already; tell whether it was set."""
        with self._lock:
            if self.done.is_set():
                return False
            self._result, self._error = result, error
            self.done.set()
        if self.on_done:
            self.on_done(self)
        return True

    def get(self) -> T:
        """Return the result, or raise what was raised."""
        if self._error:
            raise self._error
        return self._result  # type: ignore[return-value]


class Workers(Generic[T]):
    """A number of threads that take jobs in their order."""

    def __init__(self, threads: int, time_limit: float) -> None:
        self._count = threads
        self._limit = time_limit
        self.look_every = min(_LOOK_EVERY, time_limit / 4)
        """Seconds that whoever waits should let pass between calls of give_up_late."""
        self._next_look = 0.0
        self._waiting: SimpleQueue[Job[T] | None] = SimpleQueue()
        self._lock = Lock()
        self._active: dict[Thread, Job[T] | None] = {}
        """What each thread works on, those left out that were given up."""
        self._idle = Condition(self._lock)
        self._pending = 0
        self._stopped = False

    def start(self, job: Job[T]) -> None:
        """Have a job done."""
        with self._lock:
            self._pending += 1
        self._waiting.put(job)
        with self._lock:
            if len(self._active) < self._count and not self._stopped:
                self._add_thread()

    def finish(self) -> None:
        """Wait till all jobs are done, or it was stopped."""
        with self._lock:
            self._idle.wait_for(lambda: self._stopped or not self._pending)

    def wait(self, job: Job[T]) -> T:
        """Return the result of a job as soon as there is one."""
        self._wait_for(job.done)
        return job.get()

    def stop(self) -> None:
        """Drop the jobs that were not begun, and wait for the others, though for a few seconds only."""
        with self._lock:
            self._stopped = True
            self._idle.notify_all()
            threads = list(self._active)
        for _ in threads:
            self._waiting.put(None)
        # what takes longer is still given up in its time, for what it holds to be free again
        ending = Thread(target=self._see_out, args=(threads,), name="iqscore-end", daemon=True)
        ending.start()
        ending.join(_PATIENCE)

    def _see_out(self, threads: list[Thread]) -> None:
        for thread in threads:
            while thread.is_alive() and thread in self._active:
                thread.join(self.look_every)
                self.give_up_late()

    def _wait_for(self, done: Event) -> None:
        while not done.wait(self.look_every):
            self.give_up_late()

    def give_up_late(self) -> None:
        """Give up the jobs that take longer than the limit; to be called often, as it looks only now and then."""
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + self.look_every
        with self._lock:
            late = [(thread, job) for thread, job in self._active.items() if job and job.task.is_late(self._limit)]
        for thread, job in late:
            if job.settle(job.give_up(self._limit)):
                job.task.give_up()
                self._replace(thread)

    def _replace(self, thread: Thread) -> None:
        with self._lock:
            del self._active[thread]
            self._note_end()
            if not self._stopped:
                self._add_thread()

    def _note_end(self) -> None:
        self._pending -= 1
        self._idle.notify_all()

    def _add_thread(self) -> None:
        # a daemon: one that never ends must not keep the program from ending
        thread = Thread(target=self._work, name="iqscore", daemon=True)
        self._active[thread] = None
        thread.start()

    def _work(self) -> None:
        thread = current_thread()
        while (job := self._waiting.get()) is not None and not self._stopped:
            with self._lock:
                self._active[thread] = job
            is_ours = _run(job)
            with self._lock:
                if not is_ours:
                    return
                self._active[thread] = None
                self._note_end()


def _run(job: Job[T]) -> bool:
    """Do a job; tell whether it was not given up meanwhile."""
    try:
        with job.task.running():
            result = job.work()
    except GivenUp:
        return False
    except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
        return job.settle(None, error)
    return job.settle(result)
