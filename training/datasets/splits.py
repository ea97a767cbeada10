"""Which photos train, which choose between recipes and which judge: fixed for ever by a hash of the photo's id."""

from __future__ import annotations

import hashlib
from typing import Literal

Split = Literal["train", "validation", "test"]


def split_of(photo_id: str) -> Split:
    """Return the part of the photo: 80 % train, 10 % validation, 10 % test.

    It depends on the id alone, so that photos added or lost later move no other photo, and a photo that is in two
    data sets under one id is in the same part of both.
    """
    digest = hashlib.blake2b(photo_id.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    share = int.from_bytes(digest, "big") / 2**64
    if share < 0.8:
        return "train"
    return "validation" if share < 0.9 else "test"
