"""Small made-up photos with colour, contrast and detail, for tests of what judges photos."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def make_scene(seed: int, width: int = 192, height: int = 144) -> NDArray[np.uint8]:
    """Return pixels (height, width, 3) of coloured rectangles on a gradient."""
    rng = np.random.default_rng(seed)
    x = np.linspace(40, 200, width)[None, :, None]
    photo = np.broadcast_to(x, (height, width, 3)).copy()
    for _ in range(120):
        top, left = int(rng.integers(0, height - 8)), int(rng.integers(0, width - 8))
        down, right = int(rng.integers(4, height // 4)), int(rng.integers(4, width // 4))
        photo[top : top + down, left : left + right] = rng.normal(110, 30) + rng.normal(0, 45, 3)
    photo[: height // 3] = rng.normal(190, 5, 3)
    photo[-height // 8 :] = rng.normal(12, 3, 3)
    return np.clip(photo, 0, 255).astype(np.uint8)
