"""The command `iqscore rate`: stars into photos, shown, and undone. Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated

import typer

from iqscore.cli_options import (
    Conditions,
    DeviceOption,
    FilesFrom,
    Hash,
    Jobs,
    Labels,
    MinScore,
    Models,
    NoCache,
    NoPairs,
    Null,
    Paths,
    PhotosOnly,
    Quiet,
    TimeLimit,
    Verbose,
)
from iqscore.cli_settings import Profile
from iqscore.cli_words import one_of
from iqscore.errors import UsageError
from iqscore.plan import Typed, build_plan
from iqscore.rating import SOURCES
from iqscore.rating_plan import LINES, NAMES, RatingPlan, TypedRating, build_rating


def rate(
    paths: Paths = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written, old -> new, and write nothing at all.")
    ] = False,
    show: Annotated[
        bool, typer.Option("--show", help="Show the ratings that photos have, place by place; nothing is scored.")
    ] = False,
    undo: Annotated[
        str | None,
        typer.Option("--undo", metavar="JOURNAL", help="Take back what a run wrote; what people did since stays."),
    ] = None,
    what: Annotated[
        list[str] | None,
        typer.Option("--what", metavar="LIST", help="What is written: stars (the default), label, pick, keywords."),
    ] = None,
    stars_from: Annotated[
        str,
        typer.Option(
            "--stars-from",
            metavar="WHAT",
            autocompletion=one_of(SOURCES),
            help="score; percentile, the place in this run; or label: 5, 3 or rejected.",
        ),
    ] = "score",
    cuts: Annotated[
        str | None,
        typer.Option("--cuts", metavar="A,B,C,D", help="Where two, three, four and five stars begin: 35,50,65,80."),
    ] = None,
    keywords: Annotated[
        list[str] | None,
        typer.Option("--keywords", metavar="LIST", help="Add these keywords too. May be repeated."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what people said, too.")] = False,
    sidecar: Annotated[
        bool, typer.Option("--sidecar", help="Write .xmp files beside the photos; the photos stay as they are.")
    ] = False,
    sidecar_name: Annotated[
        str,
        typer.Option(
            "--sidecar-name",
            metavar="KIND",
            autocompletion=one_of(NAMES),
            help="adobe (IMG.xmp), full (IMG.jpg.xmp) or auto.",
        ),
    ] = "auto",
    keep_mtime: Annotated[
        bool, typer.Option("--keep-mtime", help="Leave the time of the last change as it is.")
    ] = False,
    break_c2pa: Annotated[
        bool, typer.Option("--break-c2pa", help="Write into signed photos too, which breaks their signature.")
    ] = False,
    write_read_only: Annotated[
        bool, typer.Option("--write-read-only", help="Write into write-protected photos too; they stay so.")
    ] = False,
    hard_links: Annotated[
        bool,
        typer.Option("--hard-links", help="Write into photos with several names too; the others keep the old photo."),
    ] = False,
    journal: Annotated[
        str | None, typer.Option("--journal", metavar="FILE", help="Note the changes in FILE, for --undo.")
    ] = None,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            autocompletion=one_of(LINES),
            help="text or ndjson on standard output.",
        ),
    ] = "text",
    min_score: MinScore = None,
    label: Labels = None,
    where: Conditions = None,
    files_from: FilesFrom = None,
    null: Null = False,
    model: Models = None,
    device: DeviceOption = "auto",
    jobs: Jobs = None,
    time_limit: TimeLimit = None,
    no_pairs: NoPairs = False,
    photos_only: PhotosOnly = False,
    no_cache: NoCache = False,
    hash: Hash = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    profile: Profile = None,
) -> None:
    """Score photos and write stars into them, or into sidecars, for other programs to show.

    A rating that a person gave is never changed, an earlier one of iqscore is. Of each photo only the metadata changes;
    a journal of all changes is kept, and --undo takes them back.
    """
    rating = build_rating(
        TypedRating(
            what=what or (), stars_from=stars_from, cuts=cuts, keywords=keywords or (), overwrite=overwrite,
            sidecar=sidecar, sidecar_name=sidecar_name, dry_run=dry_run, journal=journal, keep_mtime=keep_mtime,
            break_c2pa=break_c2pa, write_read_only=write_read_only, hard_links=hard_links, lines=format,
        )
    )  # fmt: skip
    typed = Typed(
        inputs=paths or (), default_format="ndjson", files_from=files_from, null_separated=null, models=model or (),
        device=device, jobs=jobs, min_score=min_score, labels=label or (), where=where or (), quiet=quiet,
        verbose=verbose, rating=rating, no_cache=no_cache, hash=hash, time_limit=time_limit, pairs=not no_pairs,
        photos_only=photos_only,
    )  # fmt: skip
    if undo is not None:
        raise typer.Exit(_undo(undo, typed, rating, show=show))
    plan = build_plan(typed)
    if show:
        from iqscore.showing import run_show

        raise typer.Exit(run_show(plan))
    from iqscore.run import run_score

    raise typer.Exit(run_score(plan))


def _undo(journal: str, typed: Typed, rating: RatingPlan, *, show: bool) -> int:
    if typed.inputs or typed.files_from or show:
        raise UsageError("--undo takes back all that is in the journal; name no photos, and no --show")
    from iqscore.ratings import run_undo

    return run_undo(journal, rating, quiet=typed.quiet, caches=not typed.no_cache, hashing=typed.hash)
