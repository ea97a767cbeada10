"""Replacing a photo, in this process and in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from iqscore.errors import MetadataError
from iqscore.exchange import replace_photo
from tests.program import ROOT

OLD, NEW = b"old" * 1000, b"new photo" * 1000
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


def rewrite(path: Path, **options: object) -> bool:
    """Replace a file's bytes by NEW."""
    return replace_photo(str(path), lambda data: NEW, no_check, **options)  # type: ignore[arg-type]


def no_check(old: bytes, new: bytes) -> None:
    """Find everything right."""


@contextmanager
def fail_with(code: str) -> Iterator[None]:
    """Expect a MetadataError of a code, in one line."""
    with pytest.raises(MetadataError) as caught:
        yield
    assert caught.value.code == code
    assert caught.value.path
    assert "\n" not in caught.value.message


REPLACE = """
import sys
from iqscore.errors import MetadataError
from iqscore.exchange import replace_photo
try:
    replace_photo(sys.argv[1], lambda data: b"new photo" * int(sys.argv[2]), lambda old, new: None)
except MetadataError as error:
    sys.exit(f"{error.code}: {error.message}")
"""


def run_replace(path: Path, times: int = 1000, *, before: str = "", **options: object) -> str:
    """Replace a photo in a process of its own; return what it complained of, in one line."""
    ended = subprocess.run(
        [sys.executable, "-c", before + REPLACE, str(path), str(times)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, **options,
    )  # type: ignore[call-overload]  # fmt: skip
    assert "Traceback" not in ended.stderr
    assert (ended.returncode != 0) == bool(ended.stderr)
    return str(ended.stderr)
