"""The front of metadata: by content, with the path in each error."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from iqscore.errors import MetadataError, PhotoError, Signed
from iqscore.metadata import Found, Rating, can_embed, embed, read, restore, to_digest
from tests.metadata.builders import make_jpeg, make_png, make_webp
from tests.pictures import make_pixels, to_bytes


@pytest.mark.parametrize("data", [make_jpeg(), make_png(), make_webp()])
def test_formats_are_told_by_content(data: bytes) -> None:
    assert can_embed(data[:64])
    assert read(embed(data, Rating(stars=2))).stars == 2


@pytest.mark.parametrize("kind", ["TIFF", "GIF", "BMP"])
def test_others_hold_no_rating(kind: str) -> None:
    data = to_bytes(make_pixels(8, 8), kind)
    assert not can_embed(data[:64])
    for function in (read, to_digest, lambda data, path: embed(data, Rating(), path=path)):
        with pytest.raises(MetadataError, match=kind) as caught:
            function(data, path="a/b")
        assert (caught.value.code, caught.value.path) == ("unsupported", "a/b")


def test_no_photo_at_all_is_refused() -> None:
    with pytest.raises(PhotoError, match="such files"):
        restore(b"text", Found())


def test_each_error_says_what_to_do() -> None:
    for data in (b"text", make_jpeg()[:30], make_png()[:40], make_webp()[:40], make_webp(xmp=b"<a")):
        with pytest.raises(MetadataError, match=r"; [a-z ]+") as caught:
            read(data, path="a")
        assert str(caught.value) == caught.value.message
        assert caught.value.message.count(";") == 1


def test_a_signed_photo_is_a_refused_one() -> None:
    assert issubclass(Signed, MetadataError)


@pytest.mark.parametrize("make", [make_jpeg, make_png, make_webp])
def test_nothing_to_write_gives_the_photo_itself(make: object) -> None:
    data = make()  # type: ignore[operator]
    assert embed(data, Rating()) is data
    assert restore(data, read(data)) is data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_digest_sees_one_changed_byte_of_the_picture(kind: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    data = embed(to_bytes(Image.fromarray(noise), kind), Rating(stars=1))
    place = {"JPEG": b"\xff\xda", "PNG": b"IDAT", "WEBP": b"VP8 "}[kind]
    at = data.index(place) + 30
    changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    assert to_digest(changed) != to_digest(data)
    assert to_digest(embed(data, Rating(stars=5, label="Red", keywords=("a",)))) == to_digest(data)
