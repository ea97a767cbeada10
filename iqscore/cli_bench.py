"""The command `iqscore bench`. Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated

import typer

from iqscore.cli_options import TEXT_OR_JSON, DeviceOption, Jobs, Models, TextOrJson
from iqscore.plan import DEVICES
from iqscore.words import choose


def bench(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PHOTO]...", help="Photos to measure with; generated ones by default."),
    ] = None,
    megapixels: Annotated[
        float, typer.Option("--megapixels", min=0.1, max=200, metavar="N", help="The size of generated photos.")
    ] = 12,
    photos: Annotated[
        int, typer.Option("--photos", min=1, max=1000, metavar="N", help="How many photos to generate.")
    ] = 4,
    format: TextOrJson = "text",
    model: Models = None,
    device: DeviceOption = "auto",
    jobs: Jobs = None,
) -> None:
    """Measure how fast this machine is: decoding, the models, and photos a second in a run.

    The cache is left alone. Generated photos are JPEG files with grain, as heavy as a camera's.
    """
    shape = choose("no such format:", format, TEXT_OR_JSON)
    chosen = choose("no such device:", device, DEVICES)
    from iqscore.bench import run_bench

    run_bench(
        paths or (),
        megapixels=megapixels,
        count=photos,
        models=model or (),
        device=chosen,
        jobs=jobs,
        shape=shape,
    )
