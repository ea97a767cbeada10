"""Files of settings."""

from __future__ import annotations

from pathlib import Path

USER = "user/iqscore/iqscore.toml"


def write(home: Path, name: str, text: str) -> None:
    (home / name).write_text(text, encoding="utf-8")
