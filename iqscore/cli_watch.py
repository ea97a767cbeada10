"""The command `iqscore watch`: photos scored as they arrive. Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated

import typer

from iqscore.cli_options import (
    Conditions,
    CsvFile,
    DeviceOption,
    Files,
    Jobs,
    JsonFile,
    Labels,
    MinScore,
    Models,
    PhotosOnly,
    Quiet,
    TimeLimit,
    Verbose,
    Xmp,
)
from iqscore.cli_settings import Profile
from iqscore.cli_words import one_of
from iqscore.plan import FORMATS, Typed, build_plan
from iqscore.rating_plan import RatingPlan

Folders = Annotated[list[str], typer.Argument(metavar="DIR...", help="Folders to watch, with all that is in them.")]


Shape = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        # results come one by one, which is no table
        autocompletion=one_of([word for word in FORMATS if word != "table"]),
        help="csv, json or ndjson on standard output.",
    ),
]


def watch(
    folders: Folders,
    exec: Annotated[
        str | None,
        typer.Option(
            "--exec",
            metavar="CMD",
            help="Run CMD for each photo scored, {} being its path; its record is on standard input.",
        ),
    ] = None,
    xmp: Xmp = False,
    existing: Annotated[bool, typer.Option("--existing", help="Score the photos that are there already, too.")] = False,
    poll: Annotated[
        float | None,
        typer.Option(
            "--poll", metavar="SECONDS", min=0.1, help="Look that often; for network mounts, which tell no changes."
        ),
    ] = None,
    settle: Annotated[
        float,
        typer.Option("--settle", metavar="SECONDS", min=0, help="How long a file must be still before it is read."),
    ] = 1.0,
    idle: Annotated[
        float | None,
        typer.Option("--idle", metavar="SECONDS", min=0, help="End when nothing has arrived for that long."),
    ] = None,
    min_score: MinScore = None,
    label: Labels = None,
    where: Conditions = None,
    photos_only: PhotosOnly = False,
    format: Shape = None,
    output: Files = None,
    csv: CsvFile = None,
    json: JsonFile = None,
    model: Models = None,
    device: DeviceOption = "auto",
    jobs: Jobs = None,
    time_limit: TimeLimit = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
    profile: Profile = None,
) -> None:
    """Score photos as they arrive in folders, each once, as soon as it is whole (NDJSON by default).

    Files that are still being written are waited for; a photo that changes later is scored again, one that is moved is
    not. Ctrl-C ends the watch, with exit status 130.
    """
    typed = Typed(
        inputs=folders, default_format="ndjson", format=format, files=output or (), csv=csv or (), json=json or (),
        models=model or (), device=device, jobs=jobs, min_score=min_score, labels=label or (), where=where or (),
        quiet=quiet, verbose=verbose, rating=RatingPlan() if xmp else None, photos_only=photos_only,
        time_limit=time_limit,
    )  # fmt: skip
    from iqscore.watching.plan import TypedWatch, build_watch

    plan, watching = build_watch(
        build_plan(typed),
        TypedWatch(
            settle=settle, poll=poll, idle=idle, existing=existing, command=exec, names_format=format is not None
        ),
    )
    from iqscore.watching.run import run_watch

    raise typer.Exit(run_watch(plan, watching))
