"""The command line: words typed become a Plan, which is run. The only place that knows Typer.

Nothing heavy is imported here: `--help` and `--version` load neither ONNX Runtime nor Pillow.
"""

from __future__ import annotations

from typing import Annotated

import typer

from iqscore._version import __version__
from iqscore.cli_bench import bench
from iqscore.cli_cache import cache_app
from iqscore.cli_check import check
from iqscore.cli_config import config_app
from iqscore.cli_explain import explain
from iqscore.cli_group import Commands
from iqscore.cli_models import help_without_command, models_app
from iqscore.cli_options import (
    Conditions,
    CsvFile,
    DeviceOption,
    ExifColumns,
    Files,
    FilesFrom,
    Hash,
    Jobs,
    JsonFile,
    Labels,
    MinScore,
    Models,
    NoCache,
    NoPairs,
    Null,
    Paths,
    PathsOnly,
    PhotosOnly,
    Print0,
    Quiet,
    Shape,
    TimeLimit,
    Unordered,
    Verbose,
    Xmp,
)
from iqscore.cli_rate import rate
from iqscore.cli_schema import schema
from iqscore.cli_settings import Profile
from iqscore.cli_watch import watch
from iqscore.cli_words import one_of
from iqscore.complaints import fail_with, fail_with_typo
from iqscore.errors import IqscoreError
from iqscore.interrupts import get_status
from iqscore.plan import Typed, build_plan
from iqscore.rating_plan import RatingPlan
from iqscore.sorting import SORT_KEYS

app = typer.Typer(
    name="iqscore",
    cls=Commands,
    help="Score photos offline: which are best, which are faulty, and why.",
    epilog="Exit status: 0 all scored (check: all passed); 1 a photo did not pass; 2 wrong usage or the run could not "
    "start; 3 some photos failed; 4 no photo found; 130 interrupted (143 by SIGTERM, 129 by SIGHUP).",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(models_app, name="models")
app.add_typer(config_app, name="config")
app.add_typer(cache_app, name="cache")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"iqscore {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Score photos offline: which are best, which are faulty, and why."""
    help_without_command(context)


@app.command()
def rank(
    paths: Paths = None,
    top: Annotated[int | None, typer.Option("--top", "-n", min=1, metavar="N", help="Only the first N photos.")] = None,
    sort: Annotated[
        str,
        typer.Option(
            "--sort",
            metavar="KEY",
            autocompletion=one_of(SORT_KEYS),
            help="score, aesthetic, technical, path, taken; worst first: exposure, saturation, blur, any, a defect.",
        ),
    ] = "score",
    reverse: Annotated[
        bool, typer.Option("--reverse", "-r", help="The other way round: the worst score first.")
    ] = False,
    min_score: MinScore = None,
    label: Labels = None,
    where: Conditions = None,
    paths_only: PathsOnly = False,
    print0: Print0 = False,
    format: Shape = None,
    output: Files = None,
    csv: CsvFile = None,
    json: JsonFile = None,
    files_from: FilesFrom = None,
    null: Null = False,
    model: Models = None,
    device: DeviceOption = "auto",
    jobs: Jobs = None,
    xmp: Xmp = False,
    exif: ExifColumns = False,
    time_limit: TimeLimit = None,
    no_pairs: NoPairs = False,
    photos_only: PhotosOnly = False,
    no_cache: NoCache = False,
    hash: Hash = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    profile: Profile = None,
) -> None:
    """Rank photos, best first, and say what is wrong with them.

    Every photo is scored 0 to 100 (50 is a middling photo, 90 starts the best tenth), whatever else is in the
    folder. Nothing is moved, changed or deleted; with --xmp, stars are written into photos that have none.
    """
    typed = Typed(
        inputs=paths or (), default_format="table", files_from=files_from, null_separated=null, format=format,
        files=output or (), csv=csv or (), json=json or (), models=model or (), device=device,
        jobs=jobs, sort=sort, reverse=reverse, top=top, min_score=min_score, labels=label or (), where=where or (),
        paths_only=paths_only, print_null=print0, quiet=quiet, verbose=verbose, pairs=not no_pairs,
        photos_only=photos_only, rating=RatingPlan() if xmp else None, no_cache=no_cache, hash=hash, exif=exif,
        time_limit=time_limit,
    )  # fmt: skip
    plan = build_plan(typed)
    from iqscore.run import run_rank

    raise typer.Exit(run_rank(plan))


@app.command()
def score(
    paths: Paths = None,
    min_score: MinScore = None,
    label: Labels = None,
    where: Conditions = None,
    paths_only: PathsOnly = False,
    print0: Print0 = False,
    unordered: Unordered = False,
    format: Shape = None,
    output: Files = None,
    csv: CsvFile = None,
    json: JsonFile = None,
    files_from: FilesFrom = None,
    null: Null = False,
    model: Models = None,
    device: DeviceOption = "auto",
    jobs: Jobs = None,
    xmp: Xmp = False,
    exif: ExifColumns = False,
    time_limit: TimeLimit = None,
    no_pairs: NoPairs = False,
    photos_only: PhotosOnly = False,
    no_cache: NoCache = False,
    hash: Hash = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    profile: Profile = None,
) -> None:
    """Score photos in the order given, each result written as soon as it is known (NDJSON by default)."""
    typed = Typed(
        inputs=paths or (), default_format="ndjson", files_from=files_from, null_separated=null, format=format,
        files=output or (), csv=csv or (), json=json or (), models=model or (), device=device,
        jobs=jobs, min_score=min_score, labels=label or (), where=where or (), unordered=unordered,
        paths_only=paths_only, print_null=print0, quiet=quiet, verbose=verbose, pairs=not no_pairs,
        photos_only=photos_only, rating=RatingPlan() if xmp else None, no_cache=no_cache, hash=hash, exif=exif,
        time_limit=time_limit,
    )  # fmt: skip
    plan = build_plan(typed)
    from iqscore.run import run_score

    raise typer.Exit(run_score(plan))


app.command()(rate)
app.command()(watch)
app.command()(bench)
app.command()(check)
app.command()(explain)
app.command()(schema)


@app.command()
def doctor(model: Models = None) -> None:
    """Say what this installation has, can read and runs on, and whether anything is wrong with it."""
    from iqscore.about import diagnose

    raise typer.Exit(diagnose(model or ()))


def run_app() -> int:
    """Run the command line; return the exit status."""
    typed = {"command": "iqscore"}
    try:
        result = app(standalone_mode=False, prog_name="iqscore", obj=typed)
    except IqscoreError as error:
        return fail_with(error, typed["command"])
    except KeyboardInterrupt as interrupt:
        return get_status(interrupt)
    except typer.Abort as abort:
        return get_status(abort.__cause__)
    except typer.Exit as exit_:
        return exit_.exit_code
    except SystemExit as error:
        # how Typer ends where a pipe is closed, with a status of its own
        if isinstance(error.__context__, BrokenPipeError):
            raise error.__context__ from None
        raise
    except Exception as error:
        # Typer's own complaints about what was typed, whose class has moved between its versions
        format_message = getattr(error, "format_message", None)
        if format_message is None:
            raise
        return fail_with_typo(error, format_message())
    return int(result or 0)
