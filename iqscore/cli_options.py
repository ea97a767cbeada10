"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from iqscore.cli_settings import decide_on_quiet, yields_to
from iqscore.cli_words import one_of
from iqscore.plan import DEVICES, FORMATS
from iqscore.records import LABELS

Paths = Annotated[list[str] | None, typer.Argument(metavar="[PATH]...", help="Photos, and folders to walk.")]
FilesFrom = Annotated[
    str | None,
    typer.Option("--files-from", metavar="FILE", help="Read names from FILE, one a line; - is standard input."),
]
Null = Annotated[
    bool,
    typer.Option("-0", "--null", help="Names end in NUL, not in a newline: those of --files-from and of --paths-only."),
]
PathsOnly = Annotated[bool, typer.Option("--paths-only", help="Print the paths of photos, one a line, and no records.")]
Print0 = Annotated[bool, typer.Option("--print0", help="Print paths only, each ended by NUL (as find does).")]
Conditions = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="EXPR", help="Only photos of which this is true: score > 60 and blur < 0.3."),
]
Unordered = Annotated[
    bool, typer.Option("--unordered", help="Each result as soon as it is known, in no order; the lowest latency.")
]
Shape = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        callback=yields_to("paths_only", "print0"),
        autocompletion=one_of(FORMATS),
        help="table, csv, json or ndjson on standard output.",
    ),
]
TEXT_OR_JSON: tuple[Literal["text", "json"], ...] = ("text", "json")
TextOrJson = Annotated[
    str,
    typer.Option(
        "--format",
        "-f",
        metavar="FORMAT",
        autocompletion=one_of(TEXT_OR_JSON),
        help="text or json on standard output.",
    ),
]
Files = Annotated[
    list[str] | None,
    typer.Option("-o", "--output", metavar="FILE", help="Write FILE too: .csv, .json or .ndjson. May be repeated."),
]
CsvFile = Annotated[list[str] | None, typer.Option("--csv", metavar="FILE", help="Write CSV to FILE. May be repeated.")]
JsonFile = Annotated[
    list[str] | None, typer.Option("--json", metavar="FILE", help="Write JSON to FILE. May be repeated.")
]
DeviceOption = Annotated[
    str, typer.Option("--device", metavar="DEVICE", autocompletion=one_of(DEVICES), help="auto, cpu or cuda.")
]
Jobs = Annotated[int | None, typer.Option("--jobs", "-j", min=1, metavar="N", help="Threads; one a core by default.")]
MinScore = Annotated[
    float | None,
    typer.Option("--min-score", min=0, max=100, metavar="N", help="Only photos of this score, 0 to 100, or more."),
]
Labels = Annotated[
    list[str] | None,
    typer.Option(
        "--label",
        metavar="LABEL",
        autocompletion=one_of(LABELS),
        help="Only accepted, pending or rejected. May be repeated.",
    ),
]
NoPairs = Annotated[
    bool, typer.Option("--no-pairs", help="Take a RAW file and the JPEG or HEIC beside it for two photos.")
]
PhotosOnly = Annotated[bool, typer.Option("--photos-only", help="Leave out screenshots, documents, charts and icons.")]
ExifColumns = Annotated[
    bool, typer.Option("--exif", help="Columns in CSV for what cameras say: taken, camera, lens, iso, …")
]
TimeLimit = Annotated[
    float | None,
    typer.Option("--time-limit", min=0.1, metavar="SECONDS", help="Give a photo up that takes longer; 60 by default."),
]
NoCache = Annotated[
    bool,
    typer.Option(
        "--no-cache", callback=yields_to("hash"), help="Score every photo afresh, and keep nothing for the next run."
    ),
]
Hash = Annotated[
    bool,
    typer.Option(
        "--hash",
        callback=yields_to("no_cache"),
        help="Know photos by their content too, wherever they were moved or copied.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option("-q", "--quiet", callback=decide_on_quiet, help="Say nothing on standard error but errors."),
]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", callback=yields_to("quiet"), help="Say more on standard error.")
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        metavar="FILE",
        help="Judge with this model (.onnx, its card beside it) in place of the shipped one. May be repeated.",
    ),
]
Xmp = Annotated[
    bool,
    typer.Option("--xmp", help="Write stars into the photos too, as `iqscore rate` does; a person's rating stays."),
]
