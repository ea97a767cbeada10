"""No thread of a pipeline outlives its test."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.pipeline.outcomes import WAIT


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + WAIT / 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not set(threading.enumerate()) - before
