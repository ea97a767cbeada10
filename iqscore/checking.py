"""Run `check`: score photos, judge each, and let the exit status say whether all pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager

from iqscore import console
from iqscore.check_plan import CheckPlan
from iqscore.exits import get_exit_status
from iqscore.gate import Verdict
from iqscore.names import check_names
from iqscore.outputs import Outputs
from iqscore.plan import Plan
from iqscore.records import Outcome
from iqscore.run import check_models, open_plan_scorer, score_plan
from iqscore.tally import Tally
from iqscore.verdicts import VerdictFormat
from iqscore.verdicts.opening import VerdictWriter, open_verdict_writer
from iqscore.verdicts.words import CheckSummary, to_summary_line


class Verdicts:
    """The writers of a check and the count of what they were given."""

    def __init__(self, check: CheckPlan, tally: Tally) -> None:
        self._check = check
        self._tally = tally
        self._counts: Counter[bool | None] = Counter()
        self._writers: list[VerdictWriter] = []
        self._nobody_reads = False
        self.stopped = False

    def open(self, format: VerdictFormat, target: str | None) -> None:
        """Open one output more; OutputError where that is not possible."""
        self._writers.append(open_verdict_writer(format, target, tolerant=self._check.tolerant))

    @property
    def failed(self) -> int:
        """How many photos did not pass."""
        return self._counts[False]

    @property
    def is_settled(self) -> bool:
        """Whether nothing that comes can matter: the first failure was asked for, or nobody reads on after it."""
        failed = self.failed or (self._counts[None] and not self._check.tolerant)
        return bool(failed and self._check.fail_fast) or bool(self.failed and self._nobody_reads and not self._writers)

    def write(self, verdict: Verdict) -> None:
        """Count a verdict and append it to every output; who reads standard output may leave early."""
        self._counts[verdict.passed] += 1
        for writer in tuple(self._writers):
            try:
                writer.write(verdict)
            except BrokenPipeError:
                # a gate must not open because its words are not read
                self._nobody_reads = True
                self._writers.remove(writer)

    def close(self) -> None:
        """End every output, whatever happens to another."""
        summary = self.sum_up()
        with ExitStack() as stack:
            for writer in self._writers:
                stack.callback(_close, writer, summary)

    def sum_up(self) -> CheckSummary:
        """Return the summary so far."""
        run = self._tally.sum_up()
        return CheckSummary(
            photos=run.photos,
            passed=self._counts[True],
            failed=self.failed,
            unreadable=self._counts[None],
            seconds=run.seconds,
            interrupted=run.interrupted,
            stopped=self.stopped,
        )


def _close(writer: VerdictWriter, summary: CheckSummary) -> None:
    try:
        writer.close(summary)
    except BrokenPipeError:
        return


@contextmanager
def _open_verdicts(check: CheckPlan, tally: Tally) -> Iterator[Verdicts]:
    verdicts = Verdicts(check, tally)
    try:
        for format, target in check.outputs:
            verdicts.open(format, target)
        yield verdicts
    except BaseException:
        tally.interrupted = True
        raise
    finally:
        verdicts.close()


def run_check(plan: Plan, check: CheckPlan) -> int:
    """Judge all photos of a plan, or those up to the first that does not pass; return the exit status."""
    tally = Tally()
    check_names(plan)
    check_models(plan)
    with (
        _open_verdicts(check, tally) as verdicts,
        open_plan_scorer(plan) as scorer,
        closing(score_plan(plan, scorer, Outputs(is_single=False), tally)) as scored,
    ):
        _judge_all(scored, check, verdicts)
    if plan.quiet:
        _tell_failures(tally, tolerant=check.tolerant)
    else:
        _tell(tally, verdicts.sum_up())
    status = tally.status_of_interrupt
    return get_exit_status(tally.sum_up(), status, breaching=verdicts.failed, tolerant=check.tolerant)


def _judge_all(scored: Generator[Outcome], check: CheckPlan, verdicts: Verdicts) -> None:
    for outcome in scored:
        verdicts.write(check.gate.judge(outcome))
        if verdicts.is_settled:
            verdicts.stopped = check.fail_fast
            return


def _tell(tally: Tally, summary: CheckSummary) -> None:
    for line in tally.list_skipped():
        console.warn(line)
    _tell_failures(tally)
    console.print_line(to_summary_line(summary), console=console.open_console(stderr=True))
    if tally.has_found_nothing:
        console.warn("no photo found; name files, or folders with photos in them")


def _tell_failures(tally: Tally, *, tolerant: bool = False) -> None:
    if tally.failures and not tolerant:
        console.print_failures(tally.failures, console=console.open_console(stderr=True), verb="read")
