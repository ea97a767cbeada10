"""The command `iqscore schema`: what the outputs are, for programs. Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated

import typer


def schema(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="An output; all are listed where none is named.")
    ] = None,
) -> None:
    """Print the JSON Schema of an output: of each line of NDJSON, or of a whole JSON document."""
    from iqscore.schemas import list_schemas, read_schema

    text = read_schema(name) if name is not None else "".join(f"{line}\n" for line in list_schemas())
    typer.echo(text, nl=False)
