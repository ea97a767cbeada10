"""`iqscore rate --show`: what each place says about a photo's rating, and what programs make of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from iqscore import console
from iqscore.errors import MetadataError
from iqscore.exits import EXIT_FAILURES, EXIT_NOTHING, EXIT_OK
from iqscore.formats import HEAD_BYTES, RAW_SUFFIXES, to_format, to_suffix
from iqscore.metadata import Found
from iqscore.metadata.sidecar import find_sidecars
from iqscore.names import check_names, find_names
from iqscore.places import read_photo, read_sidecars
from iqscore.plan import Plan
from iqscore.programs import Places, to_programs
from iqscore.rating import get_author
from iqscore.records import SCHEMA, Failure, to_internal
from iqscore.walk import NOT_READ, find_photos
from iqscore.writers import open_sink, to_json, to_record


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of one photo's rating."""

    path: str
    places: Mapping[str, Found]
    """By file: the photo, then its sidecars."""
    programs: Mapping[str, int | None]


def run_show(plan: Plan) -> int:
    """Show the ratings that photos have; return the exit status."""
    check_names(plan)
    sink = open_sink(None)
    text = plan.rating is None or plan.rating.lines != "ndjson"
    failed = shown = 0
    for item in _find_all(plan):
        result = item if isinstance(item, Failure) else show(item)
        failed += isinstance(result, Failure)
        shown += 1
        sink.write(_to_text(result) if text else _to_line(result))
    if not shown and not plan.quiet:
        console.warn("no photo found; name files, or folders with photos in them")
    return EXIT_FAILURES if failed else EXIT_OK if shown else EXIT_NOTHING


def show(path: str) -> Shown | Failure:
    """Return what is known of a photo's rating, or why it cannot be known."""
    try:
        photo = read_photo(path)
        sidecars = read_sidecars(find_sidecars(Path(path), shared=True))
        programs = to_programs(_to_places(path, photo, sidecars))
    except MetadataError as error:
        where = "" if error.path in ("", path) else f"{error.path}: "
        return Failure(path, error.code, f"{where}{error.message}")
    except Exception as error:  # noqa: BLE001 - the others are shown
        return to_internal(path, error)
    return Shown(path, {path: photo, **sidecars}, programs)


def _find_all(plan: Plan) -> Iterator[str | Failure]:
    """Yield photos, those too that are of a kind that is not scored yet."""
    skipped: list[str] = []
    found = find_photos(find_names(plan), on_skip=lambda path, reason: skipped.extend([path] * (reason == NOT_READ)))
    for item in found:
        yield from skipped
        skipped.clear()
        yield item
    yield from skipped


def _to_places(path: str, photo: Found, sidecars: Mapping[str, Found]) -> Places:
    full = f"{path}.xmp".lower()
    suffix = to_suffix(path)
    with open(path, "rb") as file:  # noqa: PTH123
        kind = to_format(file.read(HEAD_BYTES))
    return Places(
        photo=photo,
        kind=kind,
        is_raw=suffix in RAW_SUFFIXES,
        is_dng=suffix == "dng",
        full=next((found for file, found in sidecars.items() if file.lower() == full), None),
        stem=next((found for file, found in sidecars.items() if file.lower() != full), None),
    )


def _to_line(result: Shown | Failure) -> bytes:
    if isinstance(result, Failure):
        return to_json(to_record(result)) + b"\n"
    places = {
        file: {k: v for k, v in asdict(found).items() if v not in (None, ())} for file, found in result.places.items()
    }
    record: dict[str, Any] = {
        "schema": SCHEMA,
        "path": result.path,
        "status": "ok",
        "places": places,
        "programs": dict(result.programs),
    }
    return to_json(record) + b"\n"


def _to_text(result: Shown | Failure) -> bytes:
    encoding = sys.stdout.encoding or "utf-8"
    lines = [result.path]
    if isinstance(result, Failure):
        lines.append(f"  failed: {result.message}")
    else:
        lines += [f"  {_name(file, result.path)}: {_describe(found)}" for file, found in result.places.items()]
        lines += [f"  {stars} in {', '.join(programs)}" for stars, programs in _group(result.programs).items()]
    return "".join(f"{console.to_shown(line, encoding)}\n" for line in lines).encode(encoding)


def _name(file: str, path: str) -> str:
    return "in the photo" if file == path else Path(file).name


def _group(programs: Mapping[str, int | None]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for program, stars in programs.items():
        groups.setdefault(_to_words(stars), []).append(program)
    return groups


def _to_words(stars: int | None) -> str:
    if stars is None or stars == 0:
        return "no stars"
    return "rejected" if stars < 0 else "1 star" if stars == 1 else f"{stars} stars"


def _describe(found: Found) -> str:
    """Return what a place says, as stored, and whose word that is."""
    numbers = {
        "XMP": found.xmp,
        "EXIF": found.exif,
        "EXIF percent": found.exif_percent,
        "Microsoft percent": found.microsoft,
        "digiKam pick": found.pick,
        "pick": found.flag,
    }
    parts = [f"{name} {value}" for name, value in numbers.items() if value is not None]
    parts += [f"label {found.label}"] if found.label else []
    parts += [f"keywords {', '.join(found.keywords)}"] if found.keywords else []
    author = get_author(found)
    if author != "nobody":
        parts.append("rated by iqscore" if author == "iqscore" else "rated by a person" if found.stars else "cleared")
    if found.score is not None:
        parts.append(f"iqscore {found.score} (defects: {found.defects})")
    return "; ".join(parts) or "nothing"
