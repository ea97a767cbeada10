"""Photos in memory: what is scored is what a file of the same picture would be."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import iqscore.api
from iqscore import PhotoError, PhotoScore, Scorer, open_scorer, score_photo
from iqscore.decode import decode_photo
from iqscore.in_memory import to_photo
from tests.pictures import Pixels, make_pixels, make_scene, make_swapped_profile, to_bytes, to_exif
from tests.test_colours_by_code import BT2020, PQ, make_avif, make_png

SCENE = make_scene(3, 120, 80)


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return open_scorer("cpu")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a PNG of the scene."""
    (tmp_path / "a.png").write_bytes(to_bytes(SCENE, "PNG"))
    return tmp_path / "a.png"


def test_every_kind_of_photo_has_the_same_score(scorer: Scorer, file: Path) -> None:
    data = file.read_bytes()
    pixels = np.asarray(SCENE)
    with Image.open(file) as opened:
        kinds: list[Any] = [
            str(file),
            data,
            bytearray(data),
            memoryview(data),
            SCENE,
            opened,
            pixels,
            pixels[:, ::-1][:, ::-1],
        ]
        kinds += [pixels.astype(np.uint16) * 257, pixels / 255, (pixels / 255).astype(np.float32)]
        photos = [score_photo(kind, scorer=scorer) for kind in (file, *kinds)]
    assert {photo.score for photo in photos} == {scorer.score(str(file)).score}  # type: ignore[union-attr]
    assert {(photo.width, photo.height) for photo in photos} == {(120, 80)}
    assert [photo.path for photo in photos[:6]] == [str(file), str(file), "<bytes>", "<bytes>", "<bytes>", "<image>"]
    assert photos[-1].path == "<array>"
    assert [photo.format for photo in photos[5:8]] == ["image", "PNG", "array"]


def test_a_name_may_be_given(scorer: Scorer, file: Path) -> None:
    for photo in (file, file.read_bytes(), SCENE, np.asarray(SCENE)):
        assert score_photo(photo, scorer=scorer, name="upload 7").path == "upload 7"
    with pytest.raises(PhotoError) as caught:
        score_photo(b"no photo", scorer=scorer, name="upload 7")
    assert (caught.value.path, caught.value.code) == ("upload 7", "unrecognised")


def test_an_image_is_as_it_was(scorer: Scorer) -> None:
    data = to_bytes(make_scene(1, 3200, 2000), "JPEG", exif=to_exif({0x0112: 6}))
    with Image.open(io.BytesIO(data)) as image:
        photo = score_photo(image, scorer=scorer)
        assert image.size == (3200, 2000)
        assert np.array_equal(np.asarray(image), np.asarray(Image.open(io.BytesIO(data))))
    assert (photo.width, photo.height) == (2000, 3200)
    array = np.asarray(SCENE).copy()
    before = array.copy()
    score_photo(array, scorer=scorer)
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    "image",
    [
        SCENE.convert("L"),
        SCENE.convert("RGBA"),
        SCENE.convert("P"),
        SCENE.convert("CMYK"),
        Image.fromarray(np.asarray(SCENE.convert("L")).astype(np.uint16) * 257),
        make_scene(2, 4000, 300),
    ],
    ids=["grey", "alpha", "palette", "cmyk", "16 bit", "wide"],
)
def test_pixels_are_those_of_a_file(image: Image.Image, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    image.save(path)
    memory, file = to_photo(image, "x"), decode_photo(str(path))
    assert (memory.width, memory.height) == (file.width, file.height)
    assert np.array_equal(memory.pixels, file.pixels)


def test_profiles_and_orientation_count(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    SCENE.save(path, icc_profile=make_swapped_profile(), exif=to_exif({0x0112: 8}))
    with Image.open(path) as image:
        memory = to_photo(image, "x")
    assert np.array_equal(memory.pixels, decode_photo(str(path)).pixels)
    assert (memory.width, memory.height) == (80, 120)


@pytest.mark.parametrize("shape", [(0, 5, 3), (5,), (5, 5, 2), (5, 5, 3, 1)])
def test_arrays_that_are_no_images(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not the shape of an image"):
        to_photo(np.zeros(shape, np.uint8), "x")


def test_numbers_that_are_no_image() -> None:
    with pytest.raises(TypeError, match="int64"):
        to_photo(np.zeros((5, 5, 3), np.int64), "x")
    odd = np.array([[np.nan, np.inf], [-np.inf, 0.5]])
    assert to_photo(odd, "x").pixels[:, :, 0].tolist() == [[0, 255], [0, 128]]


def test_one_channel_and_four(scorer: Scorer) -> None:
    grey = make_pixels(40, 30)[:, :, :1]
    assert score_photo(grey, scorer=scorer).score == score_photo(grey[:, :, 0], scorer=scorer).score
    assert score_photo(np.dstack([make_pixels(40, 30), np.zeros((30, 40), np.uint8)]), scorer=scorer).width == 40


def test_what_cannot_be_read(scorer: Scorer, tmp_path: Path) -> None:
    data = to_bytes(SCENE, "JPEG")
    with Image.open(io.BytesIO(data[:900])) as torn, pytest.raises(PhotoError) as caught:
        score_photo(torn, scorer=scorer)
    assert caught.value.code == "truncated"
    for photo, code in ((b"", "empty"), (data[:900], "truncated"), (tmp_path / "gone.jpg", "not_found")):
        with pytest.raises(PhotoError) as caught:
            score_photo(photo, scorer=scorer)
        assert caught.value.code == code
    for odd in (5, None, ["a.jpg"]):
        with pytest.raises(TypeError, match="a path, bytes, a Pillow image or a NumPy array"):
            score_photo(odd, scorer=scorer)  # type: ignore[arg-type]


def test_threads_share_one_scorer_that_is_opened_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Scorer] = []

    def open_one() -> Scorer:
        opened.append(open_scorer("cpu"))
        return opened[-1]

    iqscore.api._open_default.cache_clear()
    monkeypatch.setattr("iqscore.api.open_scorer", open_one)
    photos: list[PhotoScore] = []
    threads = [threading.Thread(target=lambda: photos.append(score_photo(file))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    iqscore.api._open_default.cache_clear()
    assert len(opened) == 1
    assert len({photo.score for photo in photos}) == 1
    assert len(photos) == 4


def test_what_a_camera_says_is_kept_of_an_opened_image(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    inner = {0x9003: "2026:05:04 10:20:30", 0x829A: 0.004, 0x8827: 400}
    SCENE.save(path, exif=to_exif({0x0110: "Pretend", 0x0112: 6}, inner))
    with Image.open(path) as image:
        memory = to_photo(image, "x")
    file = decode_photo(str(path))
    assert (memory.exif, memory.taken) == (file.exif, file.taken)
    assert (memory.exif.iso, memory.taken) == (400, "2026-05-04T10:20:30")


@pytest.mark.parametrize("make", [make_avif, make_png])
def test_hdr_is_told_of_an_opened_image(make: Callable[[Pixels, int, int], bytes], tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(make(np.asarray(SCENE), BT2020, PQ))
    with Image.open(path) as image:
        memory = to_photo(image, "x")
    assert memory.hdr
    assert np.array_equal(memory.pixels, decode_photo(str(path)).pixels)


def test_limits_hold_for_what_is_in_memory_too(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: list[tuple[Any, int]] = [
        (SCENE, 1),
        (SCENE.convert("RGBA"), 2),
        (np.asarray(SCENE), 3),
        (np.asarray(SCENE) / 255, 3),
    ]
    for kind, copies in kinds:
        monkeypatch.setattr("iqscore.limits.MAX_PIXELS", 120 * 80 * copies)
        assert to_photo(kind, "x").width == 120
        monkeypatch.setattr("iqscore.limits.MAX_PIXELS", 120 * 80 * copies - 1)
        with pytest.raises(PhotoError, match="megapixels; at most") as caught:
            to_photo(kind, "x")
        assert (caught.value.path, caught.value.code) == ("x", "too_large")
