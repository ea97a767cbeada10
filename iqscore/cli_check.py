"""The command `iqscore check`: do photos pass? Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated

import typer

from iqscore.cli_options import (
    DeviceOption,
    FilesFrom,
    Hash,
    Jobs,
    Models,
    NoCache,
    NoPairs,
    Null,
    Paths,
    PhotosOnly,
    Quiet,
    TimeLimit,
    Unordered,
    Verbose,
)
from iqscore.cli_settings import Profile
from iqscore.cli_words import one_of
from iqscore.plan import Typed, build_plan
from iqscore.records import LABELS
from iqscore.verdicts import FORMATS, UNREADABLE


def check(
    paths: Paths = None,
    min_score: Annotated[
        float | None,
        typer.Option("--min-score", min=0, max=100, metavar="N", help="The score must be N, 0 to 100, or more."),
    ] = None,
    min_aesthetic: Annotated[
        float | None,
        typer.Option("--min-aesthetic", min=1, max=10, metavar="N", help="The aesthetic mark must be N or more."),
    ] = None,
    min_technical: Annotated[
        float | None,
        typer.Option("--min-technical", min=1, max=10, metavar="N", help="The technical mark must be N or more."),
    ] = None,
    max: Annotated[
        list[str] | None,
        typer.Option(
            "--max",
            metavar="DEFECT=N",
            help="A severity must be N, 0 to 1, or less: blur=0.5, haze=0.6, any=0.8. May be repeated.",
        ),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(
            "--label",
            metavar="LABEL",
            autocompletion=one_of(LABELS),
            help="The label must be this: accepted, pending or rejected. May be repeated.",
        ),
    ] = None,
    require: Annotated[
        list[str] | None,
        typer.Option(
            "--require",
            metavar="EXPR",
            help="This must be true: 'width >= 2000 and format = \"JPEG\"'. May be repeated.",
        ),
    ] = None,
    unreadable: Annotated[
        str,
        typer.Option(
            "--unreadable",
            metavar="WHAT",
            autocompletion=one_of(UNREADABLE),
            help="Photos that cannot be read: fail (exit status 3) or warn.",
        ),
    ] = "fail",
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", "-x", help="Stop at the first photo that fails or cannot be read.")
    ] = False,
    unordered: Unordered = False,
    no_pairs: NoPairs = False,
    photos_only: PhotosOnly = False,
    format: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            autocompletion=one_of(FORMATS),
            help="text, table, ndjson, json, github, junit or sarif on standard output.",
        ),
    ] = None,
    output: Annotated[
        list[str] | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FILE",
            help="Write FILE too: .json, .ndjson, .xml (JUnit) or .sarif. May be repeated.",
        ),
    ] = None,
    files_from: FilesFrom = None,
    null: Null = False,
    model: Models = None,
    device: DeviceOption = "auto",
    jobs: Jobs = None,
    time_limit: TimeLimit = None,
    no_cache: NoCache = False,
    hash: Hash = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    profile: Profile = None,
) -> None:
    """Check that photos pass: every limit must be kept. Without any, rejected photos fail.

    A line for each photo that fails says why. Exit status: 0 all pass; 1 some fail; else 3 where some cannot be read.
    """
    from iqscore.check_plan import build_check_plan
    from iqscore.gate import build_gate

    typed = Typed(
        inputs=paths or (), default_format="ndjson", files_from=files_from, null_separated=null, models=model or (),
        device=device, jobs=jobs, labels=label or (), unordered=unordered, quiet=quiet, verbose=verbose,
        no_cache=no_cache, hash=hash, pairs=not no_pairs, photos_only=photos_only, time_limit=time_limit,
    )  # fmt: skip
    plan = build_plan(typed)
    gate = build_gate(
        floors={"score": min_score, "aesthetic": min_aesthetic, "technical": min_technical},
        ceilings=max or (), labels=plan.labels, requires=require or (),
    )  # fmt: skip
    checks = build_check_plan(
        plan, gate, format=format, files=output or (), unreadable=unreadable, fail_fast=fail_fast
    )  # fmt: skip
    from iqscore.checking import run_check

    raise typer.Exit(run_check(plan, checks))
