"""Threads that work on one photo each and can be replaced.

No thread can be ended from outside, least of all within a decoder: one that takes too long is given up, goes on if it
must, and does not keep the program from ending.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread, current_thread
from typing import Generic, TypeVar

from iqscore.limits import GivenUp, Task

_LOOK_EVERY = 0.5
"""Seconds between looks at the clock, while something is waited for."""

T = TypeVar("T")
Q = TypeVar("Q")


class Job(Generic[T]):
    """Something to be done, and what came of it; `tell` is called with the job as soon as that is known."""

    def __init__(
        self, work: Callable[[], T], give_up: Callable[[float], T], tell: Callable[[Job[T]], None] | None = None
    ) -> None:
        self.work = work
        self.give_up = give_up
        self._tell = tell
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
            if self._tell:
                self._tell(self)
            self.done.set()
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
        self._waiting: SimpleQueue[Job[T] | None] = SimpleQueue()
        self._lock = Lock()
        self._active: dict[Thread, Job[T] | None] = {}
        """What each thread works on, those left out that were given up."""
        self._stopped = False

    def start(
        self, work: Callable[[], T], give_up: Callable[[float], T], tell: Callable[[Job[T]], None] | None = None
    ) -> Job[T]:
        """Have work done; `give_up` says what comes of it where it takes longer than the limit. See Job for `tell`."""
        job = Job(work, give_up, tell)
        self._waiting.put(job)
        with self._lock:
            if len(self._active) < self._count and not self._stopped:
                self._add_thread()
        return job

    def wait(self, job: Job[T]) -> T:
        """Return the result of a job as soon as there is one."""
        self._wait_for(job.done)
        return job.get()

    def get(self, queue: SimpleQueue[Q]) -> Q:
        """Return the next of a queue that jobs that are done may get into, giving up those that take too long."""
        while True:
            try:
                return queue.get(timeout=min(_LOOK_EVERY, self._limit / 4))
            except Empty:
                self._give_up_late()

    def stop(self) -> None:
        """Wait for the jobs that were begun and drop the rest."""
        with self._lock:
            self._stopped = True
            threads = list(self._active)
        for _ in threads:
            self._waiting.put(None)
        for thread in threads:
            while thread.is_alive() and thread in self._active:
                thread.join(min(_LOOK_EVERY, self._limit / 4))
                self._give_up_late()

    def _wait_for(self, done: Event) -> None:
        while not done.wait(min(_LOOK_EVERY, self._limit / 4)):
            self._give_up_late()

    def _give_up_late(self) -> None:
        with self._lock:
            late = [(thread, job) for thread, job in self._active.items() if job and job.task.is_late(self._limit)]
            for thread, job in late:
                if job.settle(job.give_up(self._limit)):
                    job.task.give_up()
                    del self._active[thread]
                    if not self._stopped:
                        self._add_thread()

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
            _run(job)
            with self._lock:
                if job.task.given_up:
                    return
                self._active[thread] = None
        with self._lock:
            self._active.pop(thread, None)


def _run(job: Job[T]) -> None:
    try:
        with job.task.running():
            result = job.work()
    except GivenUp:
        return
    except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
        job.settle(None, error)
    else:
        job.settle(result)
