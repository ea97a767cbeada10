"""Views: what the models are shown of a photo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from iqscore.cards import Views
from iqscore.preprocess import TILE_CENTRES, is_monochrome, to_view_size, to_views, trim_border
from tests.pictures import Pixels, make_pixels, make_scene

VIEWS = Views(size=224, tiles=5, long_side=1500)
SMALL = Views(size=32, tiles=5, long_side=200)


def make_noise(width: int, height: int) -> Pixels:
    """Return pixels of which no two places look the same."""
    return np.random.RandomState(width * height).randint(0, 256, (height, width, 3)).astype(np.uint8)


def make_coordinates(width: int, height: int) -> Pixels:
    """Return pixels that say where they are, red from left to right and green from top to bottom, 0 to 250."""
    x = (np.arange(width) + 0.5) / width * 250
    y = (np.arange(height) + 0.5) / height * 250
    return np.dstack(np.broadcast_arrays(x[None, :], y[:, None], 0)).round().astype(np.uint8)


def find_centre(view: Pixels) -> NDArray[np.float64]:
    """Return where the middle of a view of make_coordinates was in the photo, as shares of width and height."""
    return np.array([view[..., 0].mean(), view[..., 1].mean()]) / 250


@given(
    sides=st.tuples(st.integers(1, 60), st.integers(1, 3000)),
    tall=st.booleans(),
    size=st.sampled_from([8, 32, 224]),
    tiles=st.integers(0, 5),
    long_side=st.sampled_from([200, 1500]),
)
@settings(max_examples=60, deadline=None)
def test_any_size_has_its_views(sides: tuple[int, int], tall: bool, size: int, tiles: int, long_side: int) -> None:
    width, height = sides if tall else sides[::-1]
    views = to_views(make_pixels(width, height), Views(size, tiles, long_side))
    assert views.shape == (1 + tiles, size, size, 3)
    assert views.dtype == np.uint8
    assert views.flags.c_contiguous


@pytest.mark.parametrize("size", [(1, 1), (1, 2999), (2999, 1), (7, 5), (60, 3000), (223, 225), (1500, 1500)])
def test_a_constant_photo_has_constant_views(size: tuple[int, int]) -> None:
    photo = np.full((*size, 3), (12, 130, 255), np.uint8)
    views = to_views(photo, VIEWS)
    assert views.shape == (6, 224, 224, 3)
    assert (views == (12, 130, 255)).all()


@given(st.integers(1, 400), st.integers(1, 400), st.integers(0, 255))
@settings(max_examples=40, deadline=None)
def test_views_show_no_level_that_the_photo_has_not(width: int, height: int, level: int) -> None:
    photo = np.minimum(make_noise(width, height), level)
    assert to_views(photo, SMALL).max() <= photo.max()
    assert to_views(255 - photo, SMALL).min() >= 255 - photo.max()


@pytest.mark.parametrize("size", [(224, 224), (500, 300), (300, 800), (40, 30), (890, 890)])
def test_the_first_view_is_the_whole_photo_squeezed(size: tuple[int, int]) -> None:
    photo = make_noise(*size)
    expected = Image.fromarray(photo).resize((224, 224), Image.Resampling.BILINEAR)
    np.testing.assert_array_equal(to_views(photo, VIEWS)[0], np.asarray(expected))


def test_the_first_view_of_a_large_photo_is_nearly_the_same() -> None:
    photo = make_scene(1, 1200, 900)
    expected = np.asarray(photo.resize((224, 224), Image.Resampling.BILINEAR), float)
    difference = np.abs(to_views(np.asarray(photo), VIEWS)[0] - expected)
    assert difference.mean() < 1
    assert np.percentile(difference, 99) < 12


@pytest.mark.parametrize("size", [(800, 600), (225, 224), (224, 224), (1500, 1000), (301, 1499)])
def test_the_middle_tile_is_cut_out_pixel_for_pixel(size: tuple[int, int]) -> None:
    photo = make_noise(*size)
    tile = to_views(photo, VIEWS)[1]
    left, top = round((size[0] - 224) / 2), round((size[1] - 224) / 2)
    np.testing.assert_array_equal(tile, photo[top : top + 224, left : left + 224])


def test_every_tile_of_a_small_photo_is_cut_out_pixel_for_pixel() -> None:
    photo = make_noise(1000, 800)
    corners = [(388, 288), (108, 88), (668, 88), (108, 488), (668, 488)]
    for tile, (left, top) in zip(to_views(photo, VIEWS)[1:], corners, strict=True):
        np.testing.assert_array_equal(tile, photo[top : top + 224, left : left + 224])


def test_tiles_near_an_edge_stay_within_the_photo() -> None:
    photo = make_noise(250, 230)
    corners = [(13, 3), (0, 0), (26, 0), (0, 6), (26, 6)]
    for tile, (left, top) in zip(to_views(photo, VIEWS)[1:], corners, strict=True):
        np.testing.assert_array_equal(tile, photo[top : top + 224, left : left + 224])


@pytest.mark.parametrize("size", [(3000, 2000), (2000, 3000), (1800, 1200)])
def test_tiles_of_a_larger_photo_are_cut_as_if_it_were_shrunk(size: tuple[int, int]) -> None:
    photo = Image.fromarray(make_noise(*size))
    shrunk = photo.resize((size[0] * 1500 // max(size), size[1] * 1500 // max(size)), Image.Resampling.BILINEAR)
    expected = to_views(np.asarray(shrunk), VIEWS)[1:]
    difference = np.abs(to_views(np.asarray(photo), VIEWS)[1:].astype(int) - expected)
    assert difference.max() <= 3
    assert difference.mean() < 0.2


def test_noise_is_shrunk_away_and_not_skipped_over() -> None:
    assert make_noise(3000, 2000).std() > 70
    # two pixels in each direction become one, with their neighbours: a variance well below half
    assert to_views(make_noise(3000, 2000), VIEWS)[1:].std() < 35


def test_tiles_come_in_the_order_of_their_centres() -> None:
    views = to_views(make_coordinates(1400, 1400), VIEWS)
    for tile, centre in zip(views[1:], TILE_CENTRES, strict=True):
        assert find_centre(tile) == pytest.approx(centre, abs=0.005)
    assert TILE_CENTRES[0] == (0.5, 0.5)
    assert len(set(TILE_CENTRES)) == len(TILE_CENTRES) == 5


@pytest.mark.parametrize("tiles", range(6))
def test_fewer_tiles_are_the_first_ones(tiles: int) -> None:
    photo = make_noise(400, 300)
    some = to_views(photo, Views(32, tiles, 200))
    np.testing.assert_array_equal(some, to_views(photo, SMALL)[: 1 + tiles])


def test_a_narrow_photo_is_cut_in_squares_of_its_width() -> None:
    photo = make_coordinates(20, 1000)
    tiles = to_views(photo, VIEWS)[1:]
    # enlarged, a tile of 20 rows spans 20 / 1000 of the height and all the width
    for tile, (_, down) in zip(tiles, TILE_CENTRES, strict=True):
        assert find_centre(tile) == pytest.approx((0.5, down), abs=0.005)
        assert np.ptp(tile[..., 1]) <= 250 * 20 / 1000 + 1
        assert np.ptp(tile[..., 0]) >= 230


def test_the_photo_is_neither_needed_writable_nor_changed() -> None:
    photo = make_noise(640, 480)
    before = photo.copy()
    photo.flags.writeable = False
    first = to_views(photo, VIEWS)
    np.testing.assert_array_equal(photo, before)
    np.testing.assert_array_equal(to_views(photo, VIEWS), first)
    first[:] = 0
    np.testing.assert_array_equal(photo, before)


OWN = Views(size=224, tiles=0, long_side=1500, keep_aspect=True)


@pytest.mark.parametrize(
    ("photo", "view"),
    [
        ((6000, 4000), (288, 192)),
        ((4000, 6000), (192, 288)),
        ((4000, 3000), (256, 192)),
        ((1000, 1000), (224, 224)),
        ((1920, 1080), (288, 160)),
        ((3000, 1000), (384, 128)),
        ((5000, 10), (672, 64)),
        ((1, 1), (224, 224)),
    ],
)
def test_the_whole_photo_in_its_own_aspect(photo: tuple[int, int], view: tuple[int, int]) -> None:
    assert to_view_size(photo, OWN) == view


@given(st.tuples(st.integers(1, 5000), st.integers(1, 5000)))
def test_an_aspect_is_kept_and_so_is_the_area(photo: tuple[int, int]) -> None:
    width, height = to_view_size(photo, OWN)
    assert (width % 32, height % 32) == (0, 0)
    assert 0.8 < width * height / 224**2 < 1.25
    assert (width, height) == to_view_size(photo[::-1], OWN)[::-1]
    if 1 / 9 < photo[0] / photo[1] < 9:
        assert 0.75 < (width / height) / (photo[0] / photo[1]) < 1.34


def test_a_view_in_its_own_aspect_is_made() -> None:
    views = to_views(make_pixels(600, 400), OWN)
    assert views.shape == (1, 192, 288, 3)


def tone(pixels: Pixels, chroma: float, colour: tuple[int, int, int] = (0, 0, 0)) -> Pixels:
    grey = np.asarray(Image.fromarray(pixels).convert("L"), dtype=np.float64)[..., None]
    mixed = grey + chroma * (pixels - grey) + np.array(colour) * np.sin(grey / 255 * np.pi)
    toned: Pixels = mixed.clip(0, 255).round().astype(np.uint8)
    return toned


def test_grey_and_toned_photos_are_monochrome() -> None:
    scene = np.asarray(make_scene(1, 400, 300))
    assert is_monochrome(tone(scene, 0.0))
    assert is_monochrome(tone(scene, 0.0, (30, 10, -25)))
    assert not is_monochrome(scene)
    assert not is_monochrome(tone(scene, 0.3))


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (64, 64)])
def test_any_size_may_be_monochrome(size: tuple[int, int]) -> None:
    assert is_monochrome(np.full((*size, 3), (90, 80, 70), np.uint8))


@given(
    thickness=st.tuples(*[st.integers(1, 6)] * 4),
    colour=st.sampled_from([(0, 0, 0), (255, 255, 255), (30, 60, 90)]),
    seed=st.integers(0, 5),
)
@settings(max_examples=30, deadline=None)
def test_a_thin_border_is_not_looked_at(
    thickness: tuple[int, int, int, int], colour: tuple[int, int, int], seed: int
) -> None:
    photo = make_noise(160 + seed, 120)
    top, bottom, left, right = thickness
    framed = np.full((120 + top + bottom, 160 + seed + left + right, 3), colour, np.uint8)
    framed[top : top + 120, left : left + 160 + seed] = photo
    assert (trim_border(framed) == photo).all()
    assert (to_views(framed, SMALL) == to_views(photo, SMALL)).all()


def test_a_border_on_some_sides_or_a_background_stays() -> None:
    photo = make_noise(160, 120)
    bars, backdrop = photo.copy(), np.full((240, 320, 3), 255, np.uint8)
    bars[:4] = bars[-4:] = 0
    backdrop[60:180, 80:240] = photo
    for pixels in (photo, bars, backdrop, np.zeros((1, 1, 3), np.uint8), np.zeros((90, 90, 3), np.uint8)):
        assert trim_border(pixels) is pixels
