"""What writing a rating does to photos, as exiftool, exiv2 and Pillow see them before and after.

    python -m benchmarks.metadata FOLDER… [--list]

Each JPEG, PNG and WebP below the folders is copied twice to a temporary folder, and a rating written into one copy.
exiftool must find the same image data, MakerNotes, ICC profile, thumbnails and further pictures, and all other tags the
same, but those that were written; `exiftool -validate` may find nothing new. Then exiftool, exiv2 and Pillow read the
rating back, each where it understood the photo before. Needs exiftool; exiv2 where it is there.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from iqscore.errors import MetadataError
from iqscore.formats import HEAD_BYTES, to_format
from iqscore.metadata import Rating, can_embed, embed, read, restore, to_digest

RATING = Rating(stars=4, score=71.3, model="benchmark@00000000", defects="noise 0.61, haze 0.40")
BATCH = 100
KNOWN = re.compile(r"\[minor\] Non-standard IFD0 tag 0x474[69] Rating(Percent)?")
WRITTEN = re.compile(r"(?i)(xmp|ifd\d|microsoft|iqscore).*:(rating|ratingpercent|score|model|defects)$")
MOVED = re.compile(
    r"(?i)(offset|start|pointer|imagedatahash|warning|error|validate|xmptoolkit|filesize|mpimage1:mpimagelength"
    r"|webp_flags|file:filetype)$"
)
"""Tags that tell where something stands or what there is, and those compared by themselves."""
IGNORED = ("SourceFile", "System:", "ExifTool:", "File:Copy")
KINDS = {
    "MakerNotes": re.compile(r":MakerNote\w*$"),
    "ICC": re.compile(r":ICC_Profile$"),
    "pictures": re.compile(
        r":(ThumbnailImage|PreviewImage|OtherImage|JpgFromRaw|MPImage\d+|PreviewTIFF|PhotoshopThumbnail|EmbeddedImage|MotionPhotoVideo|EmbeddedVideoFile|ThumbnailTIFF)$"
    ),
}
COLUMNS = ["photos", "written", "refused", "refused but opened by Pillow", "same image data", *KINDS, "other tags"]
COLUMNS += ["validate", "exiftool", "exiv2", "Pillow", "undone"]

Tags = dict[str, Any]


@dataclass
class Tally:
    """Numbers of one format."""

    counts: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)

    def add(self, column: str, path: Path, *, good: bool, why: str = "") -> None:
        self.seen[column] += 1
        self.counts[column] += good
        if not good:
            self.troubles.append(f"{path}: {column}: {why}")


def find_photos(folders: Iterable[Path]) -> Iterator[Path]:
    """Yield the photos below folders that a rating can be written into, by content."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with path.open("rb") as file:
                    if can_embed(file.read(HEAD_BYTES)):
                        yield path


def read_tags(paths: list[Path]) -> dict[str, Tags]:
    """Return all that exiftool finds in files, with warnings, by the name of the file."""
    what = [
        "-j",
        "-a",
        "-b",
        "-G1:4",
        "-struct",
        "-validate",
        "-api",
        "RequestTags=ImageDataHash,MakerNotes,ICC_Profile",
    ]
    command = ["exiftool", *what, "-all", "-MPImage*", "-MakerNotes", "-ICC_Profile", "-ImageDataHash", "-q", "-q"]
    result = subprocess.run([*command, *map(str, paths)], capture_output=True, check=False)
    return {Path(tags["SourceFile"]).name: tags for tags in json.loads(result.stdout or b"[]", strict=False)}


def get_warnings(tags: Tags) -> Counter[str]:
    found = [
        str(value) for key, value in tags.items() if key.startswith("ExifTool:") and re.search("(Warning|Error)$", key)
    ]
    # places are told in some
    return Counter(re.sub(r"0x[0-9a-f]{5,}|\d{4,}", "N", text) for text in found if not KNOWN.match(text))


def get_rest(tags: Tags) -> Tags:
    """Return the tags that a rating must not change."""
    rest: dict[str, list[Any]] = defaultdict(list)
    for name, value in tags.items():
        # copies of a tag are numbered across groups
        key = re.sub(r":Copy\d+:", ":", name)
        if not key.startswith(IGNORED) and not WRITTEN.search(key) and not MOVED.search(key):
            rest[key].append(value)
    # a WebP tells its size once more where it holds metadata
    return {key: values[:1] if key.startswith("RIFF:Image") else values for key, values in rest.items()}


def find_tag(tags: Tags, pattern: str) -> list[Any]:
    return [value for key, value in tags.items() if re.search(pattern, key)]


def compare(path: Path, before: Tags, after: Tags, tally: Tally) -> None:
    """Count what is the same in a photo before and after."""
    hashes = [find_tag(tags, ":ImageDataHash$") for tags in (before, after)]
    tally.add("same image data", path, good=hashes[0] == hashes[1], why=str(hashes))
    old, new = get_rest(before), get_rest(after)
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    for kind, pattern in KINDS.items():
        keys = {key for key in old.keys() | new.keys() if pattern.search(key)}
        if keys:
            tally.add(kind, path, good=not keys & changed, why=", ".join(sorted(keys & changed)))
        changed -= keys
    fresh = {key for key in changed if key not in old and key.startswith(NEW_BLOCK)}
    differences = [f"{key} {str(old.get(key))[:60]!r} -> {str(new.get(key))[:60]!r}" for key in sorted(changed - fresh)]
    tally.add("other tags", path, good=not differences, why="; ".join(differences))
    worse = get_warnings(after) - get_warnings(before)
    tally.add("validate", path, good=not worse, why="; ".join(worse))
    stars = find_tag(after, r"^XMP-xmp.*:Rating$")
    tally.add("exiftool", path, good=4 in stars and set(find_tag(after, r"^IFD0.*:Rating$")) <= {4}, why=str(stars))


NEW_BLOCK = ("IFD0:", "File:ExifByteOrder", "XMP-x:", "RIFF:", "XMP-rdf")
"""Of tags that come with the first EXIF block, XMP packet or WebP header of a photo."""


def check_exiv2(path: Path, old: Path, new: Path, tally: Tally) -> None:
    """Count a photo of which exiv2 understands the metadata if it finds the rating."""
    if not re.search(rb"rror|xception", run_exiv2(old).stderr):
        result = run_exiv2(new)
        tally.add(
            "exiv2", path, good=result.stdout.split() == [b"4"], why=str((result.stdout[:40], result.stderr[:200]))
        )


def run_exiv2(path: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["exiv2", "-K", "Xmp.xmp.Rating", "-Pv", str(path)], capture_output=True, check=False)


def is_opened(path: Path) -> bool:
    """Tell whether Pillow can decode a photo."""
    try:
        with Image.open(path) as image:
            image.load()
    except Exception:  # noqa: BLE001 - it raises some ten types on bad files
        return False
    return True


def check_pillow(path: Path, old: Path, new: Path, tally: Tally) -> None:
    """Count a photo that Pillow opens if it still does, and finds the rating."""
    if not is_opened(old):
        return
    try:
        with Image.open(new) as image:
            image.load()
            packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
            text = packet if isinstance(packet, str) else packet.decode(errors="replace")
    except Exception as error:  # noqa: BLE001 - all are told
        tally.add("Pillow", path, good=False, why=repr(error))
        return
    tally.add("Pillow", path, good=re.search(r"Rating(=[\"']|>)4", text) is not None, why=text[:80])


def write(data: bytes, path: Path, tally: Tally) -> bytes | None:
    """Return a photo with the rating, None where it is refused; undo it as well."""
    try:
        before = read(data)
        after = embed(data, RATING)
        undone = restore(after, before)
    except MetadataError as error:
        tally.codes[error.code] += 1
        if is_opened(path):
            tally.counts["refused but opened by Pillow"] += 1
            tally.troubles.append(f"{path}: refused: {error.message}")
        return None
    good = read(undone) == before and to_digest(data) == to_digest(after) == to_digest(undone)
    tally.add("undone", path, good=good, why="digest or rating differ")
    tally.counts["to the byte"] += undone == data
    return after


def run_batch(kind: str, paths: list[Path], tally: Tally) -> None:
    """Write the rating into copies of photos of one format, and count what is the same."""
    with tempfile.TemporaryDirectory() as place:
        old, new = Path(place) / "old", Path(place) / "new"
        old.mkdir()
        new.mkdir()
        names = {}
        for number, path in enumerate(paths):
            tally.counts["photos"] += 1
            after = write(path.read_bytes(), path, tally)
            if after is not None:
                name = f"{number}.{kind.lower()}"
                shutil.copyfile(path, old / name)
                (new / name).write_bytes(after)
                names[name] = path
        tally.counts["written"] += len(names)
        if not names:
            return
        before, after_tags = (read_tags([folder / name for name in names]) for folder in (old, new))
        for name, path in names.items():
            compare(path, before.get(name, {}), after_tags.get(name, {}), tally)
            check_pillow(path, old / name, new / name, tally)
            if shutil.which("exiv2"):
                check_exiv2(path, old / name, new / name, tally)


def to_cell(tally: Tally, column: str) -> str:
    if column == "refused":
        return ", ".join(f"{count} {code}" for code, count in sorted(tally.codes.items())) or "0"
    if column in {"photos", "written", "refused but opened by Pillow"}:
        return f"{tally.counts[column]:,}"
    return f"{tally.counts[column]:,} of {tally.seen[column]:,}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--list", action="store_true", help="print every photo that is not the same, and why")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    photos: dict[str, list[Path]] = defaultdict(list)
    for path in find_photos(args.folders):
        photos[to_format(path.open("rb").read(HEAD_BYTES)) or ""].append(path)
    tallies: dict[str, Tally] = defaultdict(Tally)
    for kind, paths in photos.items():
        for at in range(0, len(paths), BATCH):
            run_batch(kind, paths[at : at + BATCH], tallies[kind])
    print("| " + " | ".join(["", *tallies]) + " |\n| --- |" + " ---: |" * len(tallies))
    for column in COLUMNS:
        print("| " + " | ".join([column, *(to_cell(tally, column) for tally in tallies.values())]) + " |")
    if args.list:
        print(*(trouble for tally in tallies.values() for trouble in tally.troubles), sep="\n")


if __name__ == "__main__":
    main()
