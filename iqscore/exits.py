"""Exit statuses, and which of them a run ends with."""

from __future__ import annotations

from iqscore.records import Summary

EXIT_OK, EXIT_GATE, EXIT_USAGE, EXIT_FAILURES, EXIT_NOTHING, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130


def get_exit_status(
    summary: Summary,
    interrupted: int = EXIT_INTERRUPTED,
    *,
    unrated: int = 0,
    breaching: int = 0,
    tolerant: bool = False,
) -> int:
    """Return the exit status of a run; `interrupted` is that of one which a signal ended.

    A photo that breaches a gate (1) is certain, whatever others could not be read (3, unless that is tolerated).
    """
    if summary.interrupted:
        return interrupted
    if breaching:
        return EXIT_GATE
    if (summary.failed and not tolerant) or unrated:
        return EXIT_FAILURES
    return EXIT_OK if summary.photos else EXIT_NOTHING
