"""The commands `iqscore cache …`. Nothing heavy is imported here either."""

from __future__ import annotations

import os
import sys

import typer

from iqscore.cli_models import help_without_command

cache_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@cache_app.callback()
def _cache(context: typer.Context) -> None:
    """Show or empty the cache, which spares photos that were scored before."""
    help_without_command(context)


@cache_app.command("info")
def info() -> None:
    """Say where the cache is, how many photos it knows and what it takes."""
    from iqscore.cache import MAX_BYTES, get_cache_file, read_info
    from iqscore.console import to_shown

    file = get_cache_file()
    found = read_info(file)
    typer.echo(f"file    {to_shown(str(file), sys.stdout.encoding)}")
    typer.echo(f"photos  {found.photos:,}")
    typer.echo(f"size    {found.bytes / 1e6:,.1f} MB of at most {MAX_BYTES / 1e6:,.0f}")


@cache_app.command("path")
def path() -> None:
    """Print the file of the cache."""
    from iqscore.cache import get_cache_file

    # bytes, as the name of a folder need not be text
    typer.echo(os.fsencode(get_cache_file()))


@cache_app.command("clear")
def clear() -> None:
    """Forget all photos; the next run sees them anew."""
    from iqscore.cache import clear_cache, get_cache_file

    freed = clear_cache(get_cache_file())
    typer.echo(f"{freed / 1e6:,.1f} MB freed")
