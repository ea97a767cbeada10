"""Names of photos: taken as they come, read from a stream, put together as Windows has them."""

from __future__ import annotations

import io
import ntpath
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iqscore import walk
from iqscore.walk import find_photos, read_paths
from tests.program import touch


@pytest.mark.usefixtures("folder")
def test_lazy() -> None:
    def type_inputs() -> Iterator[str]:
        yield "a.jpg"
        yield "deep"
        pytest.fail("asked for more than was needed")

    touch("a.jpg", "deep/b.jpg", "deep/more/c.jpg")
    photos = find_photos(type_inputs())
    assert list(islice(photos, 2)) == ["a.jpg", "deep/b.jpg"]
    touch("deep/more/b.jpg")
    assert next(photos) == "deep/more/b.jpg"


def test_read_lines() -> None:
    stream = io.BytesIO(b"a.jpg\r\n\n  \nb c.jpg \n\xe9.jpg\nlast.jpg")
    assert list(read_paths(stream, null_separated=False)) == ["a.jpg", "b c.jpg ", "\udce9.jpg", "last.jpg"]


def test_read_null_separated() -> None:
    stream = io.BytesIO(b"new\nline.jpg\0\0 \0cr\r\0last.jpg")
    assert list(read_paths(stream, null_separated=True)) == ["new\nline.jpg", " ", "cr\r", "last.jpg"]


@given(st.lists(st.binary(min_size=1).filter(lambda name: b"\0" not in name)), st.integers(1, 9))
def test_read_whatever_the_chunks(names: list[bytes], chunk: int) -> None:
    class Drip(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            return self.read(chunk)

    paths = read_paths(Drip(b"".join(name + b"\0" for name in names)), null_separated=True)
    assert [os.fsencode(path) for path in paths] == names


@pytest.mark.parametrize(("null_separated", "sent"), [(False, b"a.jpg\nb"), (True, b"a.jpg\0b")])
@pytest.mark.parametrize("buffering", [0, -1])
def test_a_name_comes_while_the_pipe_is_open(null_separated: bool, sent: bytes, buffering: int) -> None:
    reading, writing = os.pipe()
    with ThreadPoolExecutor(1) as pool, os.fdopen(reading, "rb", buffering=buffering) as stream:
        try:
            os.write(writing, sent)
            paths = read_paths(stream, null_separated=null_separated)
            assert pool.submit(next, paths).result(timeout=5) == "a.jpg"
        finally:
            # closed here, or a reader that waits for more would wait for ever
            os.close(writing)
        assert list(paths) == ["b"]


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        (r"\\nas\photos", r"\\nas\photos\x.jpg"),
        ("C:", "C:x.jpg"),
        ("C:\\", r"C:\x.jpg"),
        (r"C:\a", r"C:\a\x.jpg"),
        (".", "x.jpg"),
    ],
)
def test_names_on_windows_follow_their_folder(folder: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.join", ntpath.join)
    assert f"{walk.to_start(folder)}x.jpg" == path
