"""The commands `iqscore models …`, and what they share with the others. Nothing heavy is imported here either."""

from __future__ import annotations

from typing import Annotated

import typer

from iqscore.exits import EXIT_USAGE

models_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


def help_without_command(context: typer.Context) -> None:
    """Print the help and end with status 2 where only the group was typed; else note the command in `obj`."""
    if isinstance(context.obj, dict):
        context.obj["command"] = f"{context.command_path} {context.invoked_subcommand}"
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(EXIT_USAGE)


@models_app.callback()
def _models(context: typer.Context) -> None:
    """Show and check models, and import others."""
    help_without_command(context)


@models_app.command("list")
def list_models() -> None:
    """List the shipped models, one a line: role, identity, size."""
    from iqscore.about import print_models

    print_models()


@models_app.command("show")
def show_model(
    name: Annotated[
        str, typer.Argument(help="A role (aesthetic, defects), a model's name, or a model file (.onnx) or its card.")
    ],
) -> None:
    """Print a model's card as JSON."""
    from iqscore.about import print_card

    print_card(name)


@models_app.command("verify")
def verify_models(
    models: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Model files; the shipped ones where none is named.")
    ] = None,
) -> None:
    """Check every model against its checksum and run it once; exit status 1 where one is damaged."""
    from iqscore.about import verify

    raise typer.Exit(verify(models or ()))


@models_app.command("import")
def import_models(
    file: Annotated[str, typer.Argument(help="Weights that Keras saved: .hdf5 or .h5.")],
    output: Annotated[
        str | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="The model to write, ending in .onnx; its card goes beside."
        ),
    ] = None,
    photos: Annotated[
        str | None,
        typer.Option(
            "--photos", metavar="FOLDER", help="Photos on which to compare its marks with the shipped model's."
        ),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--name", metavar="NAME", help="What results call it; the file's name by default.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there already.")] = False,
) -> None:
    """Import a Keras NIMA MobileNet, trained on AVA for instance, as an int8 model for --model.

    Needs: pip install 'iqscore[import]'. Scores stay comparable: the model's marks are brought to the scale of the
    shipped model, by --photos where given.
    """
    from iqscore.importing import run_import

    raise typer.Exit(run_import(file, output, photos=photos, name=name, force=force))
