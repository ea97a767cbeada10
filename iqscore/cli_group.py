"""The group of all commands, which knows a photo, or a folder of them, that was typed where a command belongs."""

from __future__ import annotations

import os
import shlex
from typing import Any

from typer.core import TyperGroup

from iqscore.errors import UsageError


class Commands(TyperGroup):
    """Commands by name, with advice for what is typed most where there is none."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that was typed; UsageError where another line was surely meant."""
        word = args[0]
        if word not in self.commands:
            if word == "help":
                raise UsageError("no such command: 'help'; it is an option")
            if os.path.lexists(word):
                raise UsageError(f"no such command: {word!r}; did you mean `iqscore rank {shlex.quote(word)}`?")
        return super().resolve_command(ctx, args)
