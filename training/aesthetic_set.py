"""Rated photos in memory, for training the aesthetic model."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.networks import DEVICE
from training.photosets import Example
from training.spoil import frame, lower, shrink, spoil
from training.views import Index, ViewStore


class AestheticSet:
    """All examples with their views and histograms, addressed by index."""

    def __init__(self, examples: list[Example], cache: Path) -> None:
        self.examples = examples
        names = "\n".join(str(example.path) for example in examples)
        self.cache = cache / f"views_{hashlib.sha256(names.encode()).hexdigest()[:8]}"
        """Where views are kept and whatever else is made of them, by suffix."""
        self.views = ViewStore([example.path for example in examples], self.cache)
        self.histograms = torch.tensor(np.stack([e.histogram for e in examples]), dtype=torch.float32)
        self.means = np.array([e.mean for e in examples])
        self.tile = np.array([e.domain == "tiles" for e in examples])
        self.source = np.array([e.source for e in examples])

    def draw(self, part: Index, rng: np.random.Generator, recipe: dict[str, float]) -> tuple[Tensor, Tensor]:
        """Return a batch of changed views (photos, 3, height, width) in -1 … 1, and its histograms (photos, 10)."""
        drawn = [self._draw_one(int(photo), rng, recipe) for photo in part]
        photos = torch.cat([view for view, _ in drawn]) / 127.5 - 1
        targets = torch.stack([target for _, target in drawn])
        return photos.to(DEVICE, memory_format=torch.channels_last), targets.to(DEVICE)

    def _draw_one(self, photo: int, rng: np.random.Generator, recipe: dict[str, float]) -> tuple[Tensor, Tensor]:
        view, target = self.views.crop(photo, rng, recipe["least_crop"]), self.histograms[photo]
        if self.tile[photo]:
            return view, target
        if rng.random() < recipe["spoil_share"]:
            view, strength = spoil(view, rng)
            target = lower(target[None], strength)[0]
        if rng.random() < recipe["shrink_share"]:
            view = shrink(view, rng)
        if rng.random() < recipe["frame_share"]:
            view = frame(view, rng)
        return view, target
