"""Whether two versions of a photo differ in more than a rating, told without hashing all of them."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from iqscore.errors import MetadataError
from iqscore.metadata import Rating, embed, is_same, to_digest
from tests.pictures import make_scene, to_bytes, to_exif


def make_large(kind: str) -> bytes:
    """Return a photo of more than a megabyte, most of it picture."""
    rng = random.Random(1)
    image = make_scene(1, 700, 500).convert("RGB")
    image.frombytes(rng.randbytes(700 * 500 * 3))
    options = {"quality": 95, "exif": to_exif({0x010F: "Camera"})} if kind == "JPEG" else {}
    return to_bytes(image, kind, **options) + (b"" if kind != "JPEG" else rng.randbytes(600_000))


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_rating_changes_nothing_else(kind: str) -> None:
    data = make_large(kind)
    rated = embed(data, Rating(stars=4, score=71.0))
    assert rated != data
    assert is_same(data, rated)
    assert is_same(rated, data)
    assert is_same(rated, embed(rated, Rating(stars=1)))


@pytest.mark.parametrize("change", [lambda n: n // 2, lambda n: n - 1, lambda n: n - 1_100_000, lambda n: n - 500_000])
def test_another_picture_is_told(change: Callable[[int], int]) -> None:
    data = make_large("JPEG")
    rated = embed(data, Rating(stars=4))
    assert not is_same(data, flip(rated, change(len(rated))))
    assert not is_same(data, rated[:-1])
    assert not is_same(data, rated + b"\0")
    assert not is_same(data, rated[:400_000] + rated[400_001:])


def test_another_tag_is_told() -> None:
    data = make_large("JPEG")
    rated = embed(data, Rating(stars=4))
    assert not is_same(data, rated.replace(b"Camera", b"camera"))


def test_it_says_what_the_digests_say() -> None:
    chance, data = random.Random(2), make_large("JPEG")
    rated = embed(data, Rating(stars=4, keywords=("one",)))
    for _ in range(40):
        other = flip(rated, chance.choice([chance.randrange(2000), chance.randrange(len(rated))]))
        try:
            same = to_digest(other) == to_digest(data)
        except MetadataError:
            continue
        assert is_same(data, other) == same


def test_most_of_a_large_photo_is_not_hashed(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = []

    def note(data: bytes, *, path: str = "") -> str:
        lengths.append(len(data))
        return to_digest(data)

    monkeypatch.setattr("iqscore.metadata.to_digest", note)
    data = make_large("JPEG")
    assert is_same(data, embed(data, Rating(stars=4)))
    assert len(data) > 1_000_000
    assert max(lengths) < 300_000
