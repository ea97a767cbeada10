"""The two networks: NIMA for aesthetics, and a defect model that looks at the whole photo and at tiles.

Both take views as `iqscore.preprocess` makes them, uint8 (photos, views, size, size, 3), so that nothing of the
preprocessing is outside the model file but the resize.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from iqscore.records import DEFECTS
from training.histograms import ANGLES, COLOURS, DETAIL, count_colours, count_edges, describe, measure_detail

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
"""Where training happens; CUDA_VISIBLE_DEVICES= keeps it on the CPU."""
BOLDNESS = dict.fromkeys(DEFECTS, 0.75) | {
    "defocus_blur": 0.57,
    "undersaturation": 0.55,
    "oversaturation": 0.55,
    "overexposure": 0.65,
    "white_balance": 0.65,
    "motion_blur": 0.68,
    "lens_flare": 0.8,
    "jpeg_artifacts": 0.9,
    "composition": 1.0,
}
"""Severities are raised to these powers, which keep their order: a network that is never sure says too little.

Chosen by its means on spoilt photos of severity 0.5 and 0.9 and on held-back ones marked 1 and 2, which get 0.05 to 0.3
where 0.25 and 0.55 are meant.
"""
HALF = 0.4
"""How much the photo at half the size weighs in the aesthetic mark."""
COMPOSITION = DEFECTS.index("composition")
CROP, FRAME = (0.95, 1.25), (0.6, 2.0)
"""How severe the worst crop is, and the worst frame that is bad in another way, and powers that both are raised to.

They are less certain than tilts, and many small doubts must not hide a slight tilt.
"""
HIDING = [DEFECTS.index(name) for name in ("underexposure", "overexposure", "haze", "defocus_blur", "motion_blur")]
"""Where these have left nothing to be seen, nothing is known of how it is cut."""
DEEP, NEAR = 1024, 512
TILE = NEAR + DETAIL
FIXED = DEEP + 128 + COLOURS + TILE + 2 * ANGLES
TILE_LAYERS = 11  # convolutions of MobileNet V1 that tiles go through: 256 channels at 1/8


def to_input(views: Tensor) -> Tensor:
    """Return (photos * views, 3, size, size) in -1 … 1 of uint8 (photos, views, size, size, 3)."""
    photos = views.flatten(0, 1).permute(0, 3, 1, 2).to(torch.float32)
    return photos / 127.5 - 1.0


def make_head(size: int, dropout: float) -> nn.Sequential:
    """Return what makes logits (photos, 10) of standardised features (photos, size)."""
    return nn.Sequential(nn.Dropout(dropout), nn.Linear(size, 256), nn.ReLU(), nn.Dropout(dropout), nn.Linear(256, 10))


def pool_depths(middle: Tensor, end: Tensor) -> Tensor:
    """Return square roots of pooled features (photos, size) of two depths, maps of 0 or more."""
    pooled = torch.cat((middle.mean((2, 3)), end.mean((2, 3))), 1)
    return torch.sqrt(pooled.float() + 1e-4)


class AestheticNet(nn.Module):
    """MobileNet NIMA (Talebi and Milanfar, arXiv 1709.05424) on features of two depths, at two sizes.

    Square roots of the pooled features are standardised by the mean and deviation of the training photos: on frozen
    features that is worth about 0.02 SRCC over plain pooling. The same network looks at the photo once more at half the
    size, where a small copy looks as the photo does.
    """

    MIDDLE = 23  # convolutions up to the middle features: 512 channels at 1/16

    def __init__(self, backbone: nn.Sequential, dropout: float = 0.3) -> None:
        super().__init__()
        self.early = backbone[: self.MIDDLE]
        self.late = backbone[self.MIDDLE :]
        self.register_buffer("centre", torch.zeros(1536))
        self.register_buffer("scale", torch.ones(1536))
        self.head = make_head(1536, dropout)

    @property
    def backbone(self) -> nn.Sequential:
        """All convolutions, to start another network from."""
        return nn.Sequential(*self.early, *self.late)

    def features(self, x: Tensor) -> Tensor:
        """Return square roots of pooled features (photos, 1536) of a normalised batch (photos, 3, size, size)."""
        middle = self.early(x)
        return pool_depths(middle, self.late(middle))

    def judge(self, features: Tensor) -> Tensor:
        """Return logits (photos, 10) of features."""
        logits: Tensor = self.head((features - self.centre) / self.scale)
        return logits

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (photos, 10) of a normalised batch (photos, 3, size, size)."""
        whole = self.judge(self.features(x))
        half = self.judge(self.features(functional.avg_pool2d(x, 2)))
        return (1 - HALF) * whole + HALF * half


class AestheticServing(nn.Module):
    """What is exported: views in, histogram out."""

    def __init__(self, net: AestheticNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, views: Tensor) -> Tensor:
        return torch.softmax(self.net(to_input(views)), dim=1)


class DefectNet(nn.Module):
    """Twelve severities and a technical mark from the whole photo and any number of tiles.

    `look` makes features, which are served in int8, `judge` an opinion of them. The first layers of MobileNet V1 see
    every view; the rest sees the whole photo only. Tiles are pooled by mean, largest and smallest: blur matters by the
    sharpest tile, noise by the worst. ImageNet features care little about exposure and colour, so two histograms of
    colours stand beside: a learned one (1 x 1 convolutions, then mean and deviation) and a plain one (`count_colours`);
    they forget directions when they are pooled, so a tilt is told from histograms of edges (`count_edges`), and from
    nothing else: whatever else a head sees, it takes for tilts what is only common among turned photos. A bad crop is
    told from what is shown and from its edges, not from how crisp it is. How wide a blur is, `measure_detail` tells.
    """

    def __init__(self, backbone: nn.Sequential) -> None:
        super().__init__()
        self.trunk = backbone[:TILE_LAYERS]
        self.deep = backbone[TILE_LAYERS:]
        self.colour = nn.Sequential(nn.AvgPool2d(4), nn.Conv2d(3, 32, 1), nn.ReLU(), nn.Conv2d(32, 64, 1), nn.ReLU())
        for name, size in (("fixed", FIXED), ("tiles", TILE)):
            self.register_buffer(f"{name}_centre", torch.zeros(size))
            self.register_buffer(f"{name}_scale", torch.ones(size))
        self.tile = nn.Sequential(nn.Linear(TILE, 128), nn.ReLU())
        self.whole = nn.Sequential(nn.Linear(TILE, 128), nn.ReLU())
        self.head = nn.Sequential(
            nn.Dropout(0.3),
            nn.Linear(FIXED - TILE - 2 * ANGLES + 128 + 384, 256),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Linear(256, len(DEFECTS) + 1),
        )
        self.crop = nn.Sequential(
            nn.Dropout(0.5), nn.Linear(DEEP + NEAR + 2 * ANGLES, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 1)
        )
        self.tilt = nn.Sequential(
            nn.Dropout(0.3),
            nn.Linear(2 * ANGLES, 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 128),
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(128, 1),
        )

    def look(self, whole: Tensor, tiles: Tensor) -> tuple[Tensor, Tensor]:
        """Return features (photos, FIXED) and (photos, tiles, TILE) of normalised photos and tiles, as in `forward`."""
        near = self.trunk(whole)
        parts = (
            self.deep(near).mean((2, 3)),
            describe(self.colour(whole)),
            count_colours(whole),
            describe(near),
            measure_detail(whole),
            count_edges(whole),
            count_edges(functional.avg_pool2d(tiles, 2)).unflatten(0, (whole.shape[0], -1)).mean(1),
        )
        seen = torch.cat((describe(self.trunk(tiles)), measure_detail(tiles)), 1)
        return torch.cat([part.float() for part in parts], 1), seen.unflatten(0, (whole.shape[0], -1))

    def judge_parts(self, fixed: Tensor, tiles: Tensor) -> Tensor:
        """Return logits (photos, 15) of features: as `judge`, but composition less these, then tilts and bad crops."""
        fixed = (fixed - self.fixed_centre) / self.fixed_scale
        seen = self.tile((tiles - self.tiles_centre) / self.tiles_scale)
        plain, near, edges = fixed.split((FIXED - TILE - 2 * ANGLES, TILE, 2 * ANGLES), 1)
        parts = (plain, self.whole(near), seen.mean(1), seen.amax(1), seen.amin(1))
        crop = self.crop(torch.cat((plain[:, :DEEP], near[:, :NEAR], edges), 1))
        return torch.cat((self.head(torch.cat(parts, 1)), self.tilt(edges), crop), 1)

    def judge(self, fixed: Tensor, tiles: Tensor) -> Tensor:
        """Return logits (photos, 13) of the features of `look`."""
        parts = self.judge_parts(fixed, tiles)
        before, frame, after, tilt, crop = parts.split((COMPOSITION, 1, len(DEFECTS) - COMPOSITION, 1, 1), 1)
        # a frame is bad where it is tilted or, less surely, cut badly or bad in another way
        seen = 1 - torch.sigmoid(before[:, HIDING]).amax(1, keepdim=True)
        cut = CROP[0] * seen * torch.sigmoid(crop) ** CROP[1]
        loose = FRAME[0] * torch.sigmoid(frame) ** FRAME[1]
        doubts = torch.log(1 - cut) + torch.log(1 - loose)
        neither = torch.clamp(functional.softplus(tilt) - doubts, min=1e-6)
        return torch.cat((before, neither + torch.log(1 - torch.exp(-neither)), after), 1)

    def forward(self, whole: Tensor, tiles: Tensor) -> Tensor:
        """Return logits (photos, 13) of normalised wholes (photos, 3, h, w) and tiles (photos * tiles, 3, h, w)."""
        return self.judge(*self.look(whole, tiles))


class DefectLook(nn.Module):
    """The first half of what is exported: views in, features out (see `DefectNet.look`)."""

    def __init__(self, net: DefectNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        return self.net.look(to_input(views[:, :1]), to_input(views[:, 1:]))


class DefectJudge(nn.Module):
    """The second half: features in; severities (photos, 12) in 0 … 1 and technical (photos,) in 1 … 10 out."""

    def __init__(self, net: DefectNet) -> None:
        super().__init__()
        self.net = net
        self.register_buffer("boldness", torch.tensor([BOLDNESS[defect] for defect in DEFECTS]))

    def forward(self, fixed: Tensor, tiles: Tensor) -> tuple[Tensor, Tensor]:
        opinion = torch.sigmoid(self.net.judge(fixed, tiles))
        return opinion[:, :-1] ** self.boldness, 1 + 9 * opinion[:, -1]
