"""The schemas: every output of a mixed folder is valid, every field described, and what was valid once still is."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from iqscore import disk
from iqscore.bench import Speed, to_lines
from iqscore.errors import MetadataError, Signed
from iqscore.places import to_unreadable
from iqscore.records import DEFECTS, LABELS, SCHEMA
from iqscore.schemas import FOLDER, find_names, read_schema
from tests.pictures import make_pixels, make_png_header, make_scene, to_bytes
from tests.program import ROOT, call, read_lines

jsonschema = pytest.importorskip("jsonschema")

Capture = pytest.CaptureFixture[str]
SAMPLES = Path(__file__).parent / "schema_samples"


def open_validator(name: str, *, strict: bool = False) -> Any:
    """Return a validator; a strict one refuses what the schema does not describe."""
    schema = json.loads(read_schema(name))
    return jsonschema.Draft202012Validator(close(schema) if strict else schema)


def close(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema none of whose objects may have properties that it does not describe."""
    schema = copy.deepcopy(schema)
    definitions = schema.get("$defs", {})
    # these are put together with others, and closed where that is done
    parts = [definitions.get("photo"), definitions.get("failure")]
    for part in list(find_parts(schema)):
        described = set(part.get("properties", ()))
        if described and described not in ({"check"}, {"explanation"}) and not any(part is other for other in parts):
            part.setdefault("additionalProperties", False)
    record = schema.get("properties", {}).get("photos", {}).get("items", schema)
    record["unevaluatedProperties"] = False
    return schema


def find_parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a schema."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from find_parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from find_parts(inner)


def expect_valid(name: str, records: list[Any]) -> None:
    """Check records, also against a schema that lets nothing undescribed pass."""
    assert records
    for strict in (False, True):
        validator = open_validator(name, strict=strict)
        for record in records:
            errors = [f"{list(error.absolute_path)}: {error.message[:300]}" for error in validator.iter_errors(record)]
            assert errors == [], f"{name}: {record.get('path')}"


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of good, odd and broken files."""
    folder = tmp_path_factory.mktemp("mixed")
    (folder / "good.jpg").write_bytes(to_bytes(make_scene(1, 300, 200), "JPEG"))
    (folder / "poor.jpg").write_bytes(
        to_bytes(make_scene(2, 64, 700).point(lambda value: value // 6), "JPEG", quality=3)
    )
    (folder / "dot.png").write_bytes(to_bytes(make_pixels(1, 1), "PNG"))
    (folder / "grey.webp").write_bytes(to_bytes(make_scene(3, 80, 60).convert("L"), "WEBP"))
    (folder / "anim.gif").write_bytes(to_bytes(make_scene(4, 40, 30), "GIF"))
    (folder / os.fsdecode(b"caf\xe9 \xf0.bmp")).write_bytes(to_bytes(make_scene(5, 40, 30), "BMP"))
    (folder / "new\nline.tif").write_bytes(to_bytes(make_scene(6, 40, 30), "TIFF"))
    (folder / "torn.jpg").write_bytes(to_bytes(make_scene(1, 300, 200), "JPEG")[:900])
    (folder / "huge.png").write_bytes(make_png_header(60_000, 60_000))
    (folder / "empty.jpg").touch()
    (folder / "text.jpg").write_text("no photo")
    (folder / "gone.jpg").symlink_to("nowhere")
    return folder


def output(capsys: Capture, *words: str, status: int = 3) -> str:
    """Run; return what was written to standard output."""
    assert call(*words, "-q") == status
    return capsys.readouterr().out


def test_every_schema_is_one() -> None:
    for name in find_names():
        schema = json.loads(read_schema(name))
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"urn:iqscore:schema:v{SCHEMA}:{name}"


def test_the_version_is_that_of_the_records() -> None:
    assert FOLDER.name == f"v{SCHEMA}"
    for name in find_names():
        constants = [part["properties"]["schema"]["const"] for part in find_parts(json.loads(read_schema(name)))
                     if isinstance(part.get("properties", {}).get("schema"), dict)]  # fmt: skip
        assert set(constants) <= {SCHEMA}


def test_parts_of_the_same_name_are_the_same() -> None:
    seen: dict[str, Any] = {}
    for name in find_names():
        for part, definition in json.loads(read_schema(name)).get("$defs", {}).items():
            assert seen.setdefault(part, definition) == definition, f"{part} in {name}"
    assert seen["photo"]["properties"]["defects"]["required"] == list(DEFECTS)
    assert seen["label"]["enum"] == list(LABELS)


def find_rating_codes() -> Iterator[str]:
    """Yield every code that a MetadataError is made with."""
    for path in FOLDER.parents[1].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "MetadataError":
                code = node.args[0]
                if isinstance(code, ast.Constant):
                    yield str(code.value)
    yield from (code for code, _ in disk._ADVICE.values())
    yield Signed().code
    yield from (to_unreadable("a", error).code for error in (OSError(), FileNotFoundError()))


def test_every_code_of_a_rating_that_fails_is_documented() -> None:
    manual = (ROOT / "README.md").read_text("utf-8")
    texts = [json.loads(read_schema(name))["$defs"]["failure"] for name in ("rate", "show", "ndjson")]
    told = [text["properties"]["error"]["properties"]["code"]["description"] for text in texts]
    codes = set(find_rating_codes())
    assert len(codes) == 13
    for code in codes:
        assert all(re.search(rf"\b{code}\b", text) for text in [manual, str(MetadataError.__doc__), *told]), code


def test_lines_and_documents_of_a_mixed_folder(mixed: Path, capsys: Capture) -> None:
    lines = read_lines(output(capsys, "score", str(mixed)))
    assert {record["status"] for record in lines} == {"ok", "failed"}
    assert len(lines) == len(list(mixed.iterdir()))
    expect_valid("ndjson", lines)
    expect_valid("ndjson", read_lines(output(capsys, "rank", str(mixed), "-f", "ndjson")))
    for command in ("score", "rank"):
        document = json.loads(output(capsys, command, str(mixed), "-f", "json"))
        expect_valid("json", [document])
        assert len(document["photos"]) == len(lines)


def test_checks_of_a_mixed_folder(mixed: Path, capsys: Capture) -> None:
    limits = ("--min-score", "99", "--max", "any=0.01", "--label", "accepted", "--require", "rank = 1 or width > 9000")
    lines = read_lines(output(capsys, "check", str(mixed), *limits, "-f", "ndjson", status=1))
    assert {breach["check"] for record in lines for breach in record["check"]["breaches"]} >= {
        "min-score", "max-any", "require",
    }  # fmt: skip
    expect_valid("check", lines)
    expect_valid("check-json", [json.loads(output(capsys, "check", str(mixed), *limits, "-f", "json", status=1))])


def test_explanations_of_a_mixed_folder(mixed: Path, capsys: Capture) -> None:
    for name, status in (("good.jpg", 0), ("poor.jpg", 0), ("dot.png", 0), ("torn.jpg", 3), ("gone.jpg", 3)):
        expect_valid("explain", [json.loads(output(capsys, "explain", str(mixed / name), "-f", "json", status=status))])


def test_ratings_of_a_mixed_folder(mixed: Path, tmp_path: Path, capsys: Capture) -> None:
    journal = tmp_path / "journal"
    for name in ("good.jpg", "dot.png", "torn.jpg"):
        (tmp_path / name).write_bytes((mixed / name).read_bytes())
    words = ("rate", str(tmp_path / "good.jpg"), str(tmp_path / "dot.png"), str(tmp_path / "torn.jpg"), "-f", "ndjson")
    expect_valid(
        "rate", read_lines(output(capsys, *words, "--journal", str(journal), "--what", "stars,label,keywords"))
    )
    expect_valid("journal", read_lines(journal.read_bytes()))
    # a file that is cut short may still say which stars it has
    status = call(*words, "--show")
    assert status in (0, 3)
    expect_valid("show", read_lines(capsys.readouterr().out))


def test_speeds() -> None:
    speed = Speed("cpu", 2, 5, 12.0, 4.5, 50.0, {"aesthetic": 3.0}, {"aesthetic": 11.0, "defects": 20.0}, 90.5, 20.1)
    expect_valid("bench", [json.loads(to_lines(speed, "json"))])


def test_cards(capsys: Capture) -> None:
    for role in ("aesthetic", "defects"):
        assert call("models", "show", role) == 0
        open_validator("card").validate(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("v*/*")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_was_written_once_is_valid_still(file: Path) -> None:
    schema = json.loads((FOLDER.parent / file.parent.name / f"{file.name.partition('.')[0]}.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    text = file.read_text("ascii")
    records = read_lines(text) if file.suffix == ".ndjson" else [json.loads(text)]
    assert len(records) > 0
    for record in records:
        validator.validate(record)


def test_there_are_old_samples() -> None:
    assert {file.name for file in SAMPLES.glob("v1/*")} >= {"ndjson.ndjson", "json.json"}


@pytest.mark.parametrize(
    "change",
    [
        {"score": 101}, {"score": None}, {"score": "71"}, {"label": "good"}, {"stars": 0}, {"stars": 4.5},
        {"schema": 2}, {"status": "failed"}, {"defects": {}}, {"percentile": -1}, {"models": {"aesthetic": "x"}},
        {"path": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_refused(change: dict[str, Any]) -> None:
    record = read_lines((SAMPLES / "v1" / "ndjson.ndjson").read_text())[0]
    validator = open_validator("ndjson")
    assert validator.is_valid(record)
    assert not validator.is_valid(record | change)
    for field in ("path", "status", "score", "defects", "models"):
        assert not validator.is_valid({key: value for key, value in record.items() if key != field})


def test_the_command(capsys: Capture) -> None:
    assert call("schema") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == find_names()
    for name in find_names():
        assert call("schema", name) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(read_schema(name))
    assert call("schema", "xml") == 2
    assert "no such schema: 'xml'; choose from bench, card, check" in capsys.readouterr().err
