"""The matrix: the same picture in every format, mode, depth, profile and orientation is the same picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from iqscore.decode import decode_photo
from iqscore.records import PhotoScore
from iqscore.scorer import Scorer, open_scorer
from tests.decoding import decode_bytes, distance
from tests.encodings import ENCODINGS, Encoding
from tests.pictures import Pixels, make_pixels, make_scene, to_bytes, to_exif
from tests.profiles import SPACES, convert, make_profile
from tests.test_decode import UPRIGHT

ORIENTATION = 0x0112
PICTURE = make_scene(3, 192, 128)
NEAR = 0.15
"""How far the aesthetic mark of a photo may be off in another encoding, of 1 to 10."""


def name(encoding: Encoding) -> str:
    return encoding.name


@pytest.mark.parametrize("encoding", ENCODINGS, ids=name)
def test_pixels(encoding: Encoding, tmp_path: Path) -> None:
    photo = decode_bytes(tmp_path, encoding.encode(PICTURE))
    if encoding.name.startswith("RAW"):
        # a preview of this size is below view scale
        expected = np.asarray(PICTURE.reduce(2))
    else:
        expected = np.asarray(PICTURE.convert("L").convert("RGB") if encoding.is_grey else PICTURE)
    assert (photo.width, photo.height) == PICTURE.size
    assert distance(photo, expected) <= encoding.tolerance
    assert not photo.hdr


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_orientation(picture_format: str, orientation: int, tmp_path: Path) -> None:
    """HEIC and AVIF turn by properties of their own, which the encoders set from EXIF and leave EXIF as it is."""
    stored = make_pixels(64, 32)
    photo = decode_bytes(tmp_path, to_bytes(stored, picture_format, exif=to_exif({ORIENTATION: orientation})))
    expected = UPRIGHT[orientation](stored)
    assert (photo.height, photo.width) == expected.shape[:2]
    assert distance(photo, expected) < 4


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("picture_format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_turned_in_the_colours_of_a_profile(picture_format: str, space: str, orientation: int, tmp_path: Path) -> None:
    stored = make_pixels(64, 32)
    picture = convert(Image.fromarray(stored), space)
    for mode in ("RGB", "RGBA") if picture_format != "JPEG" else ("RGB",):
        options = {"icc_profile": make_profile(space), "exif": to_exif({ORIENTATION: orientation}), "quality": 95}
        photo = decode_bytes(tmp_path, to_bytes(picture.convert(mode), picture_format, **options))
        expected = UPRIGHT[orientation](stored)
        assert (photo.height, photo.width) == expected.shape[:2]
        assert distance(photo, expected) < 6


def make_jpeg_in_jxl(folder: Path, stored: Pixels, orientation: int) -> bytes:
    """Return a JPEG XL file that a JPEG can be restored from; its codestream is turned as the JPEG's EXIF says."""
    (folder / "a.jpg").write_bytes(to_bytes(stored, "JPEG", quality=95, exif=to_exif({ORIENTATION: orientation})))
    with Image.open(folder / "a.jpg") as image:
        return to_bytes(image, "JXL", lossless_jpeg=True)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("restores", [True, False])
def test_orientation_of_jpeg_xl(orientation: int, restores: bool, tmp_path: Path) -> None:
    stored = make_pixels(64, 32)
    data = make_jpeg_in_jxl(tmp_path, stored, orientation)
    assert b"jbrd" in data
    # without what restores the JPEG, libjxl decodes the codestream, and turns it
    photo = decode_bytes(tmp_path, data if restores else data.replace(b"jbrd", b"free"))
    expected = UPRIGHT[orientation](stored)
    assert (photo.height, photo.width) == expected.shape[:2]
    assert distance(photo, expected) < 4


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return open_scorer("cpu")


@pytest.fixture(scope="module")
def scene() -> Image.Image:
    # photos are softer from one pixel to the next than what is drawn at this size
    return make_scene(5, 1000, 750).resize((1600, 1200), Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def reference(scorer: Scorer, scene: Image.Image, tmp_path_factory: pytest.TempPathFactory) -> PhotoScore:
    """What is said about the sRGB JPEG."""
    path = tmp_path_factory.mktemp("reference") / "a.jpg"
    path.write_bytes(to_bytes(scene, "JPEG", quality=95))
    return scorer.score_photo(decode_photo(str(path)))


ALIKE = [e for e in ENCODINGS if not e.is_grey and e.tolerance < 9 and not e.is_half]


@pytest.mark.parametrize("encoding", ALIKE, ids=name)
def test_the_same_scene_gets_the_same_mark(
    encoding: Encoding, scorer: Scorer, scene: Image.Image, reference: PhotoScore, tmp_path: Path
) -> None:
    photo = decode_bytes(tmp_path, encoding.encode(scene))
    mark = scorer.score_photo(photo).aesthetic.mean
    assert abs(mark - reference.aesthetic.mean) <= NEAR, f"{mark:.3f}, as a JPEG {reference.aesthetic.mean:.3f}"


def test_raw_data_gets_the_mark_of_the_same_scene_at_half_the_size(
    scorer: Scorer, scene: Image.Image, reference: PhotoScore, tmp_path: Path
) -> None:
    large = scene.resize((3200, 2400), Image.Resampling.BICUBIC)
    (encoding,) = [encoding for encoding in ENCODINGS if encoding.is_half]
    photo = decode_bytes(tmp_path, encoding.encode(large))
    assert photo.decoded_from == "raw"
    assert abs(scorer.score_photo(photo).aesthetic.mean - reference.aesthetic.mean) <= NEAR
