"""A folder of everything that goes wrong: each photo is told about, whatever its content, its name or its kind."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from iqscore.writers import from_cell
from tests.pictures import make_pixels, make_scene, to_bytes
from tests.program import Ended, read_lines, read_rows, run

PHOTO = to_bytes(make_scene(1, 160, 120), "JPEG")
SIDE = 30_000
ESCAPES = b"\x1b[31mred\x1b]0;title\x07\x9b2J\xc2\x9b.jpg"

READABLE = (
    b"+1.jpg",
    b"-rf.jpg",
    b"=cmd|' C calc'!A0.jpg",
    b"@sum.jpg",
    b"'=quoted.jpg",
    b"caf\xe9 \xff.jpg",
    b"carriage\rreturn.jpg",
    b"comma, \"quote\" & <b>'tag'.jpg",
    b"good.jpg",
    b"new\nline.jpg",
    b"[bold]red :smile:.jpg",
    "right\u202eto left\u2028.jpg".encode(),
    ESCAPES,
)
BROKEN = {
    b"empty.jpg": ("empty", b""),
    b"text.jpg": ("unrecognised", b"Dear diary,\n" * 50),
    b"cut.jpg": ("truncated", PHOTO[: len(PHOTO) // 2]),
    b"\x1b[2Jbroken\n.jpg": ("unrecognised", b"\x1b[31m no photo \x1b[0m"),
}
STATUSES = {
    **dict.fromkeys((*READABLE, b"dot.png"), "ok"),
    **{name: code for name, (code, _) in BROKEN.items()},
    b"bomb.png": "too_large",
    b"gone.jpg": "not_found",
    b"loop.jpg": "not_found",
}
"""What becomes of each photo; beside them are a FIFO and a folder that links to its parent."""

GUARD = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""What makes root obey permissions."""


def make_bomb() -> bytes:
    """Return a sound PNG of 30,000 x 30,000 black pixels in a hundred kilobytes."""
    packer, row = zlib.compressobj(1), bytes(1 + SIDE // 8)
    pixels = b"".join([*(packer.compress(row * 1000) for _ in range(SIDE // 1000)), packer.flush()])
    chunks = {b"IHDR": struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0), b"IDAT": pixels, b"IEND": b""}
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks.items()
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    contents = dict.fromkeys(READABLE, PHOTO) | {name: data for name, (_, data) in BROKEN.items()}
    contents |= {b"dot.png": to_bytes(make_pixels(1, 1), "PNG"), b"bomb.png": make_bomb()}
    for name, data in contents.items():
        (folder / os.fsdecode(name)).write_bytes(data)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "gone.jpg").symlink_to("nowhere.jpg")
    (folder / "loop.jpg").symlink_to("loop.jpg")
    (folder / "parent").symlink_to(".", target_is_directory=True)
    return folder


def obeys_permissions(shut: Path) -> bool:
    """Tell whether a process started with GUARD is kept out of a folder."""
    return bool(shutil.which(GUARD[0])) and subprocess.run([*GUARD, "ls", shut], check=False).returncode != 0


def check(ended: Ended) -> None:
    """Check the exit status and what is on stderr, which is never what a name or a file wants there."""
    assert ended.status == 3
    assert "Traceback" not in ended.stderr
    assert "internal" not in ended.stderr
    assert "iqscore: skipped pipe.jpg: not a regular file" in ended.stderr.splitlines()
    assert f"{len(STATUSES)} photos: " in ended.stderr
    assert all(character.isprintable() for line in ended.stderr.split("\n") for character in line)


@pytest.mark.parametrize("command", ["rank", "score"])
def test_table(command: str, folder: Path) -> None:
    ended = run(command, ".", "-f", "table", cwd=folder)
    check(ended)
    text = ended.stdout.decode("utf-8")
    _, *rows, rest = text.split("\n")
    assert rest == ""
    assert len(rows) == len(READABLE) + 1
    assert all(character.isprintable() for row in rows for character in row)
    for name in ("new\\nline.jpg", "caf\\xe9 \\xff.jpg", "\\x1b[31mred\\x1b]0;title\\x07", "[bold]red :smile:"):
        assert len([row for row in rows if name in row]) == 1
    for message in ("bomb.png: 900 megapixels", "empty.jpg: the file is empty", "gone.jpg: a link to a file"):
        assert message in ended.stderr


def test_table_where_the_terminal_knows_ascii_only(folder: Path) -> None:
    ended = run("rank", ".", cwd=folder, variables={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii", "COLUMNS": "60"})
    check(ended)
    rows = ended.stdout.decode("ascii").splitlines()
    assert len(rows) == len(READABLE) + 2
    assert max(map(len, rows)) <= 60


def read_ndjson(data: bytes) -> dict[str, str]:
    return {r["path"]: r.get("error", {}).get("code", r["status"]) for r in read_lines(data.decode("ascii"))}


def read_json(data: bytes) -> dict[str, str]:
    photos = json.loads(data.decode("ascii"))["photos"]
    return {photo["path"]: photo.get("error", {}).get("code", photo["status"]) for photo in photos}


def read_csv(data: bytes) -> dict[str, str]:
    rows = read_rows(data)
    assert not any(row["path"].startswith(("=", "+", "-", "@", "\r", "\n")) for row in rows)
    return {from_cell(row["path"]): row["error"].partition(":")[0] or row["status"] for row in rows}


@pytest.mark.parametrize(
    ("command", "read"), [("rank", read_csv), ("rank", read_json), ("score", read_ndjson), ("score", read_csv)]
)
def test_records(command: str, read: Callable[[bytes], dict[str, str]], folder: Path) -> None:
    shape = read.__name__.removeprefix("read_")
    ended = run(command, ".", "-f", shape, cwd=folder)
    check(ended)
    assert {os.fsencode(path): status for path, status in read(ended.stdout).items()} == STATUSES
    # each is there once; CSV keeps the bytes of names as they are
    assert ended.stdout.count(b"good.jpg") == ended.stdout.count(b"bomb.png") == 1
    assert shape == "csv" or b"\x1b" not in ended.stdout


def test_named_one_by_one(folder: Path) -> None:
    """Given as names of a list, where a FIFO is an error, as it was asked for."""
    names = [*STATUSES, b"pipe.jpg", b"parent/good.jpg", b"nothing", b"text.jpg/x.jpg"]
    ended = run("score", "--files-from", "-", "-0", cwd=folder, sent=b"\0".join(names))
    assert ended.status == 3
    assert "Traceback" not in ended.stderr
    assert {os.fsencode(path): status for path, status in read_ndjson(ended.stdout).items()} == {
        **STATUSES,
        b"gone.jpg": "not_found",
        b"loop.jpg": "unreadable",
        b"pipe.jpg": "not_a_file",
        b"parent/good.jpg": "ok",
        b"nothing": "not_found",
        b"text.jpg/x.jpg": "not_found",
    }


def test_without_permission(folder: Path, tmp_path: Path) -> None:
    for name in ("open/a.jpg", "open/shut.jpg", "shut/b.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(folder / "good.jpg", tmp_path / name)
    (tmp_path / "open/shut.jpg").chmod(0)
    (tmp_path / "shut").chmod(0)
    prefix = GUARD if os.geteuid() == 0 else ()
    try:
        if prefix and not obeys_permissions(tmp_path / "shut"):
            pytest.skip("root may read everything")
        ended = run("rank", ".", "-f", "ndjson", cwd=tmp_path, prefix=prefix)
    finally:
        (tmp_path / "shut").chmod(0o700)
    assert ended.status == 3
    assert "Traceback" not in ended.stderr
    assert read_ndjson(ended.stdout) == {"open/a.jpg": "ok", "open/shut.jpg": "unreadable", "shut": "unreadable"}
    assert ended.stderr.count("no permission") == 2
