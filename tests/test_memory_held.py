"""The memory of a photo counts as taken until nothing of its full size is left."""

from __future__ import annotations

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from iqscore import decode, decode_raw, limits
from iqscore.decode import decode_photo
from tests.encodings import ENCODINGS, Encoding
from tests.pictures import make_scene

NAMES = ["JPEG", "PNG", "WebP", "TIFF LZW", "GIF", "AVIF", "HEIC", "JPEG XL", "RAW (DNG)"]
PICTURE = make_scene(1, 64, 48)


@pytest.mark.parametrize("encoding", [e for e in ENCODINGS if e.name in NAMES], ids=lambda encoding: encoding.name)
def test_it_is_given_back_when_the_picture_is_gone(
    encoding: Encoding, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive: list[weakref.ref[Image.Image]] = []
    left: list[int] = []

    def watch(module: Any) -> None:
        shrink = module.shrink

        def note(image: Image.Image) -> Image.Image:
            alive.append(weakref.ref(image))
            assert limits._memory.free < limits.MAX_PIXELS
            return shrink(image)  # type: ignore[no-any-return]

        monkeypatch.setattr(module, "shrink", note)

    give_back = limits.Task.give_back

    def look(task: limits.Task, cost: int) -> int:
        left.append(sum(ref() is not None for ref in alive))
        return give_back(task, cost)

    watch(decode)
    watch(decode_raw)
    monkeypatch.setattr(limits.Task, "give_back", look)
    path = tmp_path / "a"
    path.write_bytes(encoding.encode(PICTURE))
    gc.disable()
    try:
        assert decode_photo(str(path)).width == PICTURE.width
    finally:
        gc.enable()
    assert len(alive) == 1
    assert left == [0]
    assert limits._memory.free == limits.MAX_PIXELS
