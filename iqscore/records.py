"""What iqscore says about a photo: one frozen record, documented field by field.

Missing is None, never 0. Paths are `str` as Python's file functions use them: bytes that are not UTF-8 are
kept as surrogate escapes and reach the file system unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

SCHEMA = 1

DEFECTS: tuple[str, ...] = (
    "underexposure",
    "overexposure",
    "white_balance",
    "undersaturation",
    "oversaturation",
    "noise",
    "haze",
    "defocus_blur",
    "motion_blur",
    "jpeg_artifacts",
    "lens_flare",
    "composition",
)
"""The twelve defects, in the order of every output.

Seven are those of Yu et al., "Learning to Detect Multiple Photographic Defects" (WACV 2018), exposure and
saturation parted by direction and blur by kind; compression and flare are added.
"""

DEFECT_GROUPS: Mapping[str, tuple[str, ...]] = {
    "exposure": ("underexposure", "overexposure"),
    "saturation": ("undersaturation", "oversaturation"),
    "blur": ("defocus_blur", "motion_blur"),
}
"""Names for either of two defects: the larger severity counts."""

Kind = Literal["photo", "graphic"]
"""Graphics are what no camera saw: screenshots, documents, charts, icons."""
Label = Literal["accepted", "pending", "rejected"]
LABELS: tuple[Label, ...] = ("accepted", "pending", "rejected")


@dataclass(frozen=True, slots=True)
class Aesthetic:
    """A NIMA opinion (Talebi and Milanfar, arXiv 1709.05424)."""

    mean: float
    """Mean of the histogram, 1 (worst) to 10 (best)."""
    spread: float
    """Standard deviation of the histogram: how far people would disagree."""
    histogram: tuple[float, ...]
    """Ten shares that sum to 1: how many people would give the mark 1, 2, … 10."""


@dataclass(frozen=True, slots=True)
class Technical:
    """How well the photo is made, whatever it shows."""

    mean: float
    """1 (ruined) to 10 (flawless)."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against a photo, or a verdict on it."""

    code: str
    """The name of a defect; or appealing, ordinary, low_appeal or not_a_photograph."""
    severity: float
    """0 (none) to 1 (ruins the photo)."""
    text: str
    """The same in words, for people."""


@dataclass(frozen=True, slots=True)
class Exif:
    """What the camera says about a photo, beside when it was taken; places are left out by design."""

    camera: str | None = None
    """Maker and model: "Canon EOS R5"."""
    lens: str | None = None
    iso: int | None = None
    shutter: float | None = None
    """Seconds."""
    aperture: float | None = None
    """The f-number."""
    focal: float | None = None
    """Millimetres, of the lens as it is, not of its like for 35 mm film."""


DecodedFrom = Literal["preview", "raw"]


@dataclass(frozen=True, slots=True)
class PhotoScore:
    """Everything iqscore says about one photo it could read."""

    path: str
    """The photo as it was given or found."""
    score: float
    """0 to 100; 50 is the middling photo of the reference pool, 90 starts its best tenth."""
    label: Label
    """digiKam's pick label: accepted, pending or rejected."""
    stars: int
    """1 to 5 stars; a rejected photo has 1."""
    aesthetic: Aesthetic
    technical: Technical
    defects: Mapping[str, float]
    """The severity of each of DEFECTS, 0 to 1."""
    reasons: tuple[Reason, ...]
    """The defects worth telling, gravest first; a verdict of severity 0 where none explains the score."""
    width: int
    """Pixels of the full photo, upright."""
    height: int
    format: str
    """Pillow's name of the format: JPEG, PNG, …"""
    models: Mapping[str, str]
    """What judged: {"aesthetic": "NAME@SHA8", "defects": "NAME@SHA8"}."""
    kind: Kind = "photo"
    """Whether it is a photograph at all; a graphic is never accepted or rejected."""
    companions: tuple[str, ...] = ()
    """Further files of the same photo: the camera RAW beside a JPEG or HEIC; they are rated with it."""
    taken: str | None = None
    """When the camera says the photo was taken, "YYYY-MM-DDTHH:MM:SS", or None."""
    exif: Exif = Exif()
    decoded_from: DecodedFrom | None = None
    """Of camera RAW, whether the preview within or the RAW data was looked at; None for all other photos."""
    hdr: bool = False
    """Whether the photo is of high dynamic range (PQ, HLG) and was brought to what a plain screen shows."""
    rank: int | None = None
    """Place within the run, 1 is best; None in streams, where it cannot be known."""
    percentile: float | None = None
    """Percentage of the run's photos that are no better, 100 for the best; None in streams."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A photo that could not be scored, and why."""

    path: str
    code: str
    """See errors.PhotoError."""
    message: str


def to_internal(path: str, error: Exception) -> Failure:
    """Return the Failure of a photo that nobody thought of."""
    return Failure(path=path, code="internal", message=f"iqscore failed on this photo ({error!r}); please report it")


def to_timeout(path: str, limit: float) -> Failure:
    """Return the Failure of a photo that took longer than so many seconds."""
    advice = "copy or export it again, or give it longer with --time-limit"
    return Failure(path=path, code="timeout", message=f"given up after {limit:g} seconds; {advice}")


Outcome = PhotoScore | Failure


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing beside the stars that a photo says otherwise than before; None for nothing."""

    what: Literal["label", "pick", "keyword"]
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class Rated:
    """What became of the rating of one photo; stars are -1 (rejected) to 5."""

    path: str
    status: Literal["written", "unchanged", "kept"]
    """Kept is what a person said; in a dry run, written is what would be."""
    old: int | None
    """The stars that it had, of a person's and other ratings the person's; None where it had no rating."""
    new: int | None
    """The stars that it has now."""
    files: tuple[str, ...] = ()
    """What was changed or made: the photo, sidecars."""
    note: str = ""
    """What is worth knowing of it, in words."""
    edits: tuple[Edit, ...] = ()
    """What else was changed; keywords one by one."""


RatedOutcome = Rated | Failure


def get_severity(photo: PhotoScore, name: str) -> float:
    """Return the severity of a defect, a group of DEFECT_GROUPS (the larger), or "any" (the largest)."""
    if name == "any":
        return max(photo.defects.values())
    return max(photo.defects[defect] for defect in DEFECT_GROUPS.get(name, (name,)))


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run came to."""

    photos: int
    """Photos tried; scored + failed."""
    scored: int
    failed: int
    accepted: int
    pending: int
    rejected: int
    seconds: float
    """Wall time from the first photo read to the last one scored."""
    interrupted: bool = False
    """Whether the run ended, for whatever reason, before all photos were tried and written."""

    @property
    def is_result(self) -> bool:
        """Whether this is worth more than the result of an earlier run, though no photo may have passed the filters."""
        return self.photos > 0 and not self.interrupted

    @property
    def photos_per_second(self) -> float | None:
        """Photos tried per second of wall time; None where no time passed."""
        return self.photos / self.seconds if self.seconds > 0 else None
