"""The pipeline's number: raised whenever something else is seen in a file, or caches would go on with the old."""

from __future__ import annotations

from pathlib import Path

import PIL
import pytest

from iqscore.fingerprint import PIPELINE
from tests import pipeline_golden
from tests.pipeline_golden import digest_all, load_pipeline, write_pipeline

ADVICE = "raise PIPELINE in iqscore/fingerprint.py, then run python -m tests.make_golden"


def test_the_digests_are_of_this_pipeline() -> None:
    assert load_pipeline()["pipeline"] == PIPELINE, "run python -m tests.make_golden"


def test_nothing_else_is_seen_by_the_same_number() -> None:
    golden = load_pipeline()
    if golden["pillow"] != PIL.__version__:
        pytest.skip(f"the digests are those of Pillow {golden['pillow']}, whose version caches heed by themselves")
    assert digest_all() == golden["digests"], ADVICE


def test_digests_are_not_rewritten_without_another_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline_golden, "PIPELINE_GOLDEN", tmp_path / "pipeline.json")
    monkeypatch.setattr(pipeline_golden, "digest_all", lambda: {"a": "old"})
    write_pipeline()
    write_pipeline()
    monkeypatch.setattr(pipeline_golden, "digest_all", lambda: {"a": "new"})
    with pytest.raises(ValueError, match="raise PIPELINE"):
        write_pipeline()
    monkeypatch.setattr(pipeline_golden, "PIPELINE", PIPELINE + 1)
    write_pipeline()
    assert load_pipeline() == {"pipeline": PIPELINE + 1, "pillow": PIL.__version__, "digests": {"a": "new"}}
