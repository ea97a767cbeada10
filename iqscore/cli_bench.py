"""The command `iqscore bench`. Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from iqscore.cli_options import Jobs, Models, Where
from iqscore.cli_words import one_of
from iqscore.errors import UsageError
from iqscore.plan import DEVICES

FORMATS = ("text", "json")


def bench(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PHOTO", help="Photos to measure with; generated ones by default.")
    ] = None,
    megapixels: Annotated[
        float, typer.Option("--megapixels", min=0.1, max=200, metavar="N", help="The size of generated photos.")
    ] = 12,
    photos: Annotated[
        int, typer.Option("--photos", min=1, max=1000, metavar="N", help="How many photos to generate.")
    ] = 4,
    format: Annotated[
        str,
        typer.Option(
            "--format",
            "-f",
            metavar="FORMAT",
            autocompletion=one_of(FORMATS),
            help="text or json on standard output.",
        ),
    ] = "text",
    model: Models = None,
    device: Where = "auto",
    jobs: Jobs = None,
) -> None:
    """Measure how fast this machine is: decoding, the models, and photos a second in a run.

    The cache is left alone. Generated photos are JPEG files with grain, as heavy as a camera's.
    """
    if format.lower() not in FORMATS:
        raise UsageError(f"no such format: {format!r}; choose from {', '.join(FORMATS)}")
    if device.lower() not in DEVICES:
        raise UsageError(f"no such device: {device!r}; choose from {', '.join(DEVICES)}")
    from iqscore.bench import run_bench

    run_bench(
        paths or (),
        megapixels=megapixels,
        count=photos,
        models=model or (),
        device=cast(Literal["auto", "cpu", "cuda"], device.lower()),
        jobs=jobs,
        shape=cast(Literal["text", "json"], format.lower()),
    )
