"""The watch itself: changes come in, photos that are whole are scored, results go out, in one thread."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue

from iqscore import console
from iqscore.exits import get_exit_status
from iqscore.formats import guess_plugin_kind
from iqscore.interrupts import unbroken
from iqscore.outputs import Outputs, open_outputs
from iqscore.pipeline import get_default_jobs
from iqscore.plan import Plan
from iqscore.ratings import Ratings, open_ratings
from iqscore.records import Failure, Outcome, PhotoScore, to_internal, to_timeout
from iqscore.run import check_models, load_scorer, open_plan_store
from iqscore.scorer import Scorer
from iqscore.tally import Tally
from iqscore.walk import NOT_READ
from iqscore.watching.arrivals import Arrivals, Mark, read_mark
from iqscore.watching.changes import Changes, Found, Notice, Swept
from iqscore.watching.plan import WatchPlan
from iqscore.watching.scan import scan_folder
from iqscore.workers import Job, Workers

UNFINISHED = frozenset(["truncated", "empty", "corrupt", "unrecognised", "unreadable"])
"""What is wrong with a photo that somebody is still writing, or has locked."""

Looked = tuple[Mark | None, Outcome]
"""What a photo was just before it was read, as far as that is known, and what came of it."""

_AHEAD = 2
_WAKE_SECONDS = 0.2
"""How long Ctrl-C waits at most where it does not end a wait, as on Windows."""


def run_watch(plan: Plan, watch: WatchPlan) -> int:
    """Score photos as they arrive, till a signal or a time without any; return the exit status."""
    tally = Tally()
    check_models(plan)
    with (
        open_outputs(plan, tally) as outputs,
        open_plan_store(plan) as store,
        open_ratings(plan, tally, store) as ratings,
    ):
        watcher = _Watcher(plan, watch, load_scorer(plan, store), tally, outputs, ratings)
        try:
            watcher.run()
        except KeyboardInterrupt as interrupt:
            tally.interrupt(interrupt)
        finally:
            watcher.stop()
    return _finish(plan, tally, watcher.failed_commands)


class _Watcher:
    """All that happens in the main thread."""

    def __init__(
        self, plan: Plan, watch: WatchPlan, scorer: Scorer, tally: Tally, outputs: Outputs, ratings: Ratings
    ) -> None:
        self._plan = plan
        self._watch = watch
        self._scorer = scorer
        self._tally = tally
        self._outputs = outputs
        self._ratings = ratings
        self._arrivals = Arrivals(watch.settle)
        self._queue: SimpleQueue[object] = SimpleQueue()
        self._changes = Changes(watch.folders, self._queue, watch.poll)
        self._jobs = plan.jobs or get_default_jobs()
        self._workers: Workers[Looked] = Workers(self._jobs, plan.time_limit)
        self._busy = 0
        self._last_arrival = time.monotonic()
        self.failed_commands = 0

    def run(self) -> None:
        """Watch till the folders have been idle for long enough, or for ever."""
        self._look_first()
        self._changes.start()
        self._warn(f"watching {', '.join(self._watch.folders)} for photos; Ctrl-C ends")
        self._tally.start()
        self._last_arrival = time.monotonic()
        while not self._is_over():
            try:
                self._handle(self._queue.get(timeout=self._get_patience()))
                while not self._queue.empty():
                    self._handle(self._queue.get())
            except Empty:
                pass
            self._submit()

    def stop(self) -> None:
        """Wait for the photos that were begun, though for a few seconds only, and drop them."""
        self._changes.stop()
        self._workers.stop()

    def _look_first(self) -> None:
        """Get to know what is there before the watch begins."""
        learn = self._arrivals.note if self._watch.existing else self._arrivals.know
        now = time.monotonic()
        for folder in self._watch.folders:
            try:
                for entries in scan_folder(folder):
                    for path, mark in entries:
                        learn(path, mark, now)
            except OSError as error:
                self._warn(f"{folder}: cannot be read now ({error.strerror})")

    def _is_over(self) -> bool:
        idle = self._watch.idle
        return idle is not None and self._arrivals.is_idle and time.monotonic() - self._last_arrival >= idle

    def _get_patience(self) -> float:
        due = self._arrivals.due
        if due is None or self._is_full:
            return _WAKE_SECONDS
        return min(max(due - time.monotonic(), 0.001), _WAKE_SECONDS)

    @property
    def _is_full(self) -> bool:
        return self._busy >= _AHEAD * self._jobs

    def _handle(self, message: object) -> None:
        match message:
            case Found(entries):
                now = time.monotonic()
                for path, mark in entries:
                    if self._arrivals.note(path, mark, now):
                        self._last_arrival = now
            case Swept():
                self._arrivals.sweep(time.monotonic())
                self._changes.take()
            case Notice(text):
                self._warn(text)
            case (str(path), Job() as job):
                self._busy -= 1
                with unbroken:
                    self._take_outcome(path, *job.get())
                self._last_arrival = time.monotonic()
                self._submit()

    def _submit(self) -> None:
        """Have the photos scored that are due, in place of those that take too long."""
        self._workers.give_up_late()
        for path in self._arrivals.take(time.monotonic(), _AHEAD * self._jobs - self._busy):
            self._busy += 1
            self._workers.start(self._to_job(path))

    def _to_job(self, path: str) -> Job[Looked]:
        job: Job[Looked] = Job(lambda: _score_safely(self._scorer, path), lambda limit: (None, to_timeout(path, limit)))
        job.on_done = lambda done: self._queue.put((path, done))
        return job

    def _take_outcome(self, path: str, mark: Mark | None, outcome: Outcome) -> None:
        if isinstance(outcome, Failure):
            if outcome.code == "not_found":
                self._arrivals.drop(path)
                # it may have been moved
                self._changes.look_soon()
                return
            if outcome.code in UNFINISHED and self._arrivals.retry(path, time.monotonic()):
                return
            if outcome.code == "unsupported" and guess_plugin_kind(path):
                self._tally.skip(path, NOT_READ)
                self._arrivals.finish(path, time.monotonic(), scored=mark)
                return
            self._warn(f"{path}: {outcome.message}")
        if self._plan.leaves_out(outcome):
            self._tally.leave_out()
            self._arrivals.finish(path, time.monotonic(), scored=mark)
            return
        self._tally.add(outcome)
        changed = self._use(outcome)
        self._arrivals.finish(path, time.monotonic(), scored=mark, changed=changed)

    def _use(self, outcome: Outcome) -> bool:
        """Write, rate and hand on an outcome that passes the filters; tell whether the photo may differ now."""
        if not self._plan.keeps(outcome):
            return False
        self._tally.kept += isinstance(outcome, PhotoScore)
        self._outputs.write(outcome)
        if self._plan.rating:
            self._ratings.add(outcome)
            self._ratings.finish()
        if self._watch.command is None or isinstance(outcome, Failure):
            return self._plan.rating is not None
        has_results = any(output.target is None for output in self._plan.outputs)
        trouble = self._watch.command.run(outcome, to_stderr=has_results)
        if trouble:
            self.failed_commands += 1
            self._warn(f"{outcome.path}: {trouble}")
        return True

    def _warn(self, text: str) -> None:
        if not self._plan.quiet:
            console.warn(text)


def _score_safely(scorer: Scorer, path: str) -> Looked:
    mark = read_mark(path)
    try:
        return mark, scorer.score(path)
    except Exception as error:  # noqa: BLE001 - whatever one photo does, the watch goes on and the photo is told
        return mark, to_internal(path, error)


def _finish(plan: Plan, tally: Tally, failed_commands: int) -> int:
    summary = tally.sum_up()
    if not plan.quiet:
        for line in tally.list_skipped():
            console.warn(line)
        stderr = console.open_console(stderr=True)
        console.print_summary(summary, console=stderr)
        if plan.rating:
            console.print_ratings(tally.ratings, tally.unrated, console=stderr, dry_run=False)
    return get_exit_status(summary, tally.status_of_interrupt, unrated=len(tally.unrated) + failed_commands)
