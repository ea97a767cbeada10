"""Sessions: what the shipped models give, and what happens where one cannot be loaded or a device is not there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

import iqscore
from iqscore.batches import MicroBatches
from iqscore.cards import ROLES, Card, load_cards
from iqscore.errors import ModelError
from iqscore.preprocess import to_views
from iqscore.records import DEFECTS
from iqscore.session import CPU, CUDA, OnnxSession, Session, list_providers, open_session
from tests.pictures import make_scene

CARDS = {card.role: card for card in load_cards()}


@pytest.fixture(scope="module", params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def session(role: str) -> Session:
    return OnnxSession(CARDS[role].file, "cpu")


def make_batch(card: Card, *seeds: int) -> NDArray[np.uint8]:
    return np.stack([to_views(np.asarray(make_scene(seed, 320, 240)), card.views) for seed in seeds])


@pytest.mark.parametrize("count", [1, 3])
def test_outputs_have_their_shapes_and_ranges(count: int) -> None:
    (histogram,) = OnnxSession(CARDS["aesthetic"].file, "cpu").run(make_batch(CARDS["aesthetic"], *range(count)))
    assert histogram.shape == (count, 10)
    assert histogram.min() >= 0
    assert histogram.sum(axis=1) == pytest.approx(np.ones(count), abs=1e-4)
    severities, marks = OnnxSession(CARDS["defects"].file, "cpu").run(make_batch(CARDS["defects"], *range(count)))
    assert severities.shape == (count, len(DEFECTS))
    assert 0 <= severities.min() <= severities.max() <= 1
    assert marks.shape == (count,)
    assert 1 <= marks.min() <= marks.max() <= 10
    assert {output.dtype for output in (histogram, severities, marks)} == {np.dtype(np.float32)}


def test_extreme_photos_stay_within_the_ranges(role: str, session: Session) -> None:
    card = CARDS[role]
    shape = (1, 1 + card.views.tiles, card.views.size, card.views.size, 3)
    noise = np.random.RandomState(0).randint(0, 256, shape).astype(np.uint8)
    for views in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), noise):
        first, *marks = session.run(views)
        assert np.isfinite(first).all()
        assert 0 <= first.min() <= first.max() <= 1
        assert all(1 <= mark <= 10 for mark in marks)


def test_a_photo_is_judged_alike_alone_and_in_a_batch(role: str, session: Session) -> None:
    together = session.run(make_batch(CARDS[role], 1, 2))
    alone = [session.run(make_batch(CARDS[role], seed)) for seed in (1, 2)]
    for outputs, ones in zip(together, zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(outputs, np.concatenate(ones), atol=1e-4)
    assert not np.allclose(together[0][0], together[0][1], atol=1e-3)


def test_many_threads_get_what_one_gets(role: str, session: Session) -> None:
    batches = [make_batch(CARDS[role], seed) for seed in range(4)]
    expected = [session.run(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(session.run, batches * 3))
    for outputs, wanted in zip(results, expected * 3, strict=True):
        for output, want in zip(outputs, wanted, strict=True):
            np.testing.assert_array_equal(output, want)


def test_the_session_says_where_it_runs(session: Session) -> None:
    assert session.device == "cpu"


def test_cuda_is_refused_where_the_runtime_was_built_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    with pytest.raises(ModelError, match="install onnxruntime-gpu"):
        open_session(CARDS["aesthetic"], "cuda")


class Fallen:
    """An ONNX Runtime session that was asked for CUDA and came up on the CPU, without a word."""

    asked: tuple[str, ...] = ()

    def __init__(self, file: str, options: object, providers: list[str]) -> None:
        Fallen.asked = tuple(providers)

    def get_inputs(self) -> list[object]:
        shape = ["n", 1, "height", "width", 3]
        return [type("Input", (), {"name": "views", "shape": shape})]

    def get_outputs(self) -> list[object]:
        return [type("Output", (), {"shape": ["n", 10]})]

    def get_providers(self) -> list[str]:
        return [CPU]


@pytest.fixture
def fallen(monkeypatch: pytest.MonkeyPatch) -> type[Fallen]:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", Fallen)
    return Fallen


def test_a_silent_fallback_is_an_error_where_cuda_was_asked_for(fallen: type[Fallen]) -> None:
    with pytest.raises(ModelError, match="fell back to the CPU"):
        open_session(CARDS["aesthetic"], "cuda")
    assert fallen.asked == (CUDA, CPU)


def test_a_fallback_is_fine_with_auto(fallen: type[Fallen], capfd: pytest.CaptureFixture[str]) -> None:
    session = open_session(CARDS["aesthetic"], "auto")
    assert (session.device, getattr(session, "has_fallen_back", None)) == ("cpu", True)
    assert fallen.asked == (CUDA, CPU)
    assert capfd.readouterr() == ("", "")


def test_auto_takes_the_cpu_where_there_is_no_cuda(fallen: type[Fallen], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert open_session(CARDS["aesthetic"], "auto").device == "cpu"
    assert fallen.asked == (CPU,)


def test_cpu_never_asks_for_cuda(fallen: type[Fallen]) -> None:
    session = open_session(CARDS["aesthetic"], "cpu")
    assert isinstance(session, OnnxSession)
    assert (session.device, session.has_fallen_back) == ("cpu", False)
    assert fallen.asked == (CPU,)


def test_cuda_is_told_where_it_runs(fallen: type[Fallen], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallen, "get_providers", lambda self: [CUDA, CPU])
    for device in ("cuda", "auto"):
        session = open_session(CARDS["aesthetic"], device)
        assert isinstance(session, MicroBatches)
        assert session.device == "cuda"


@pytest.mark.parametrize("damage", ["empty", "garbage", "cut short", "gone", "a folder"])
def test_a_model_that_cannot_be_loaded_is_told(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "broken.onnx"
    data = CARDS["aesthetic"].file.read_bytes()
    if damage == "a folder":
        file.mkdir()
    elif damage != "gone":
        file.write_bytes({"empty": b"", "garbage": b"no model" * 99, "cut short": data[: len(data) // 2]}[damage])
    for sha256 in (CARDS["aesthetic"].sha256, to_sha256(file)):
        with pytest.raises(ModelError, match="cannot be loaded") as caught:
            open_session(replace(CARDS["aesthetic"], file=file, sha256=sha256), "cpu")
        assert str(caught.value).startswith(f"{file}: ")
        assert "\n" not in str(caught.value)


def to_sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def test_a_model_that_is_not_the_one_its_card_names_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.onnx"
    file.write_bytes(CARDS["defects"].file.read_bytes())
    with pytest.raises(ModelError, match=r"checksum is \w{8}, the card says"):
        open_session(replace(CARDS["aesthetic"], file=file), "cpu")


def test_a_model_of_another_role_or_shape_is_refused() -> None:
    aesthetic, defects = CARDS["aesthetic"], CARDS["defects"]
    for card in (
        replace(aesthetic, file=defects.file, sha256=defects.sha256),
        replace(defects, role="aesthetic"),
        replace(aesthetic, role="defects"),
        replace(aesthetic, views=replace(aesthetic.views, tiles=1, keep_aspect=False)),
        replace(defects, views=replace(defects.views, size=defects.views.size + 1)),
        replace(defects, views=replace(defects.views, keep_aspect=True)),
        replace(defects, views=replace(defects.views, tiles=defects.views.tiles + 1)),
    ):
        with pytest.raises(ModelError, match=r"not the \w+ model that its card describes"):
            open_session(card, "cpu")


def test_one_thread_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    class Recording(Fallen):
        def __init__(self, file: str, options: onnxruntime.SessionOptions, providers: list[str]) -> None:
            super().__init__(file, options, providers)
            seen.append((options.intra_op_num_threads, options.inter_op_num_threads))

    monkeypatch.setattr(onnxruntime, "InferenceSession", Recording)
    open_session(CARDS["aesthetic"], "cpu")
    assert seen == [(1, 1)]


def test_only_providers_in_use_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CPU in list_providers()
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["AzureExecutionProvider", CUDA, CPU])
    assert list_providers() == [CUDA, CPU]


def test_the_runtime_keeps_and_sends_no_reports_of_its_use(tmp_path: Path) -> None:
    # it sends none where CI or a test is named in the environment
    environment = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}
    environment |= {"HOME": str(tmp_path), "PYTHONPATH": str(Path(iqscore.__file__).parents[1])}
    program = "from iqscore import open_scorer; print(open_scorer('cpu').device)"
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "cpu\n"
    assert list(tmp_path.rglob("*")) == []
