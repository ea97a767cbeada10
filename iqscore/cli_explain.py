"""The command `iqscore explain`: one photo in depth. Nothing heavy is imported here either."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from iqscore.cli_options import TEXT_OR_JSON, DeviceOption, Models, NoCache, Quiet, TextOrJson, TimeLimit
from iqscore.cli_settings import Profile
from iqscore.errors import UsageError
from iqscore.plan import Typed, build_plan
from iqscore.words import choose


def explain(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="A photo; - is one on standard input.")],
    format: TextOrJson = "text",
    model: Models = None,
    device: DeviceOption = "auto",
    time_limit: TimeLimit = None,
    no_cache: NoCache = False,
    quiet: Quiet = False,
    profile: Profile = None,
) -> None:
    """Explain one photo: its marks, each defect as a bar, why it has this score, and what would change it."""
    shape = choose("no such format:", format, TEXT_OR_JSON)
    if os.path.isdir(photo):  # noqa: PTH112 - Path("") is the current folder
        raise UsageError(f"{photo}: a folder; explain looks at one photo, so name it (rank lists them all)")
    typed = Typed(
        inputs=[photo], default_format="ndjson", models=model or (), device=device, quiet=quiet, no_cache=no_cache,
        time_limit=time_limit,
    )  # fmt: skip
    plan = build_plan(typed)
    from iqscore.explaining import run_explain

    raise typer.Exit(run_explain(plan, as_json=shape == "json"))
