"""Export a trained network to ONNX, quantise it to int8 and write its card.

    python -m training.export aesthetic --weights aesthetic.pt --pretrained FILE.tflite --photos DIR --models models

Static QDQ, unsigned activations, signed weights per channel, 7-bit weights (`reduce_range`, so that CPUs without
VNNI do not saturate); only convolutions are quantised: heads stay in float, else the ten bins come in steps.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn

from iqscore.cards import Views
from iqscore.decode import decode_photo
from iqscore.preprocess import to_views
from training.backbone import read_mobilenet
from training.networks import FIXED, TILE, AestheticNet, AestheticServing, DefectJudge, DefectLook, DefectNet
from training.photosets import spread_evenly

VIEWS = {"aesthetic": Views(224, 0, 1500, keep_aspect=True), "defects": Views(224, 5, 1500)}
LARGE = 10_000
FEATURES = ["fixed", "tiles"]
HEADS_PREFIX = "head."
"""What the names of everything in the second half of the defect model begin with."""
CALIBRATION = 160
EXACT = (1, 28)
"""Of the aesthetic model, the first depthwise convolution, at full and at half size: most of what rounding costs."""
OUTPUTS = {"aesthetic": ["histogram"], "defects": ["severities", "technical"]}


class Photos(CalibrationDataReader):
    """Feeds calibration with photos prepared exactly as in serving."""

    def __init__(self, paths: list[Path], views: Views) -> None:
        self._feed = self._find(paths, views)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        return next(self._feed, None)

    @staticmethod
    def _find(paths: list[Path], views: Views) -> Iterator[dict[str, NDArray[np.uint8]]]:
        for path in paths:
            yield {"views": to_views(decode_photo(str(path)).pixels, views)[None]}


def export_float(serving: nn.Module, role: str, file: Path, outputs: Sequence[str]) -> None:
    """Write what takes views in float32, with a free number of photos, and free sides where views keep their aspect."""
    views = VIEWS[role]
    shape = {0: "photos", 2: "height", 3: "width"} if views.keep_aspect else {0: "photos"}
    example = torch.zeros((2, 1 + views.tiles, views.size, views.size, 3), dtype=torch.uint8)
    axes = {"views": shape, **{name: {0: "photos"} for name in outputs}}
    write_onnx(serving, (example,), file, ["views"], outputs, axes)


def export_heads(net: DefectNet, file: Path) -> None:
    """Write what makes an opinion of features in float32."""
    examples = (torch.zeros(2, FIXED), torch.zeros(2, VIEWS["defects"].tiles, TILE))
    axes = {name: {0: "photos"} for name in (*FEATURES, *OUTPUTS["defects"])}
    write_onnx(DefectJudge(net).eval(), examples, file, FEATURES, OUTPUTS["defects"], axes)


def write_onnx(
    module: nn.Module,
    examples: tuple[Tensor, ...],
    file: Path,
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: dict[str, dict[int, str]],
) -> None:
    """Write a module as it computes `examples`."""
    torch.onnx.export(
        module,
        examples,
        str(file),
        input_names=list(inputs),
        output_names=list(outputs),
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )


def join(features: Path, heads: Path, target: Path) -> None:
    """Write features and heads as one model."""
    parts = onnx.load(str(features)), onnx.compose.add_prefix(onnx.load(str(heads)), HEADS_PREFIX, rename_outputs=False,
                                                             rename_inputs=False)  # fmt: skip
    model = onnx.compose.merge_models(*parts, io_map=[(name, name) for name in FEATURES])
    onnx.save(model, str(target))


def quantise(source: Path, target: Path, photos: list[Path], views: Views, exact: Sequence[int] = ()) -> None:
    """Write the int8 model, calibrated on `photos`; convolutions of the numbers in `exact` stay in float32."""
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared.onnx"
        quant_pre_process(str(source), str(prepared), skip_symbolic_shape=True)
        convolutions = [node.name for node in onnx.load(str(prepared)).graph.node if node.op_type == "Conv"]
        quantize_static(
            str(prepared),
            str(target),
            Photos(photos, views),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", "Clip"],
            nodes_to_exclude=[convolutions[number] for number in exact],
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
        )


def halve_heads(file: Path) -> None:
    """Store large float weights, those of the heads, in half the bytes; they are cast back when the model is loaded."""
    model = onnx.load(str(file))
    graph = model.graph
    large = [w for w in graph.initializer if w.data_type == onnx.TensorProto.FLOAT and np.prod(w.dims) >= LARGE]
    for weight in large:
        half = onnx.numpy_helper.from_array(
            onnx.numpy_helper.to_array(weight).astype(np.float16), f"{weight.name}_half"
        )
        graph.node.insert(0, onnx.helper.make_node("Cast", [half.name], [weight.name], to=onnx.TensorProto.FLOAT))
        graph.initializer.remove(weight)
        graph.initializer.append(half)
    onnx.save(model, str(file))


def write_card(file: Path, role: str, facts: dict[str, Any]) -> None:
    """Write the JSON card beside a model; `facts` are kept as they are."""
    card = {
        "role": role,
        "name": file.stem,
        "version": facts.pop("version"),
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "views": {key: getattr(VIEWS[role], key) for key in ("size", "tiles", "long_side", "keep_aspect")},
        **facts,
    }
    file.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def choose_calibration(folder: Path, count: int) -> list[Path]:
    """Return `count` photos spread evenly over `folder`."""
    return spread_evenly(folder.rglob("*.jpg"), count)


def export_aesthetic(args: argparse.Namespace, folder: Path) -> None:
    """Write the aesthetic model."""
    net = AestheticNet(read_mobilenet(args.pretrained))
    net.load_state_dict(torch.load(args.weights, map_location="cpu", weights_only=True))
    source = args.float or folder / "float.onnx"
    export_float(AestheticServing(net).eval(), "aesthetic", source, OUTPUTS["aesthetic"])
    quantise(source, args.target, choose_calibration(args.photos, CALIBRATION), VIEWS["aesthetic"], EXACT)


def export_defects(args: argparse.Namespace, folder: Path) -> None:
    """Write the defect model; the features in int8 are kept, or taken where they are, so that heads fit them."""
    net = DefectNet(read_mobilenet(args.pretrained))
    net.load_state_dict(torch.load(args.weights, map_location="cpu", weights_only=True))
    source, features, heads = folder / "float.onnx", args.features or folder / "features.onnx", folder / "heads.onnx"
    export_heads(net, heads)
    if args.float or not features.exists():
        export_float(DefectLook(net).eval(), "defects", source, FEATURES)
    if not features.exists():
        quantise(source, features, choose_calibration(args.photos, CALIBRATION), VIEWS["defects"])
    if args.float:
        join(source, heads, args.float)
    join(features, heads, args.target)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=sorted(VIEWS))
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--photos", type=Path, required=True, help="folder of calibration photos")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--name", required=True)
    parser.add_argument("--float", type=Path, help="keep the float32 model here, to compare")
    parser.add_argument("--features", type=Path, help="defects: the features in int8, written here or taken from here")
    args = parser.parse_args()
    args.target = args.models / f"{args.name}.onnx"
    with tempfile.TemporaryDirectory() as folder:
        {"aesthetic": export_aesthetic, "defects": export_defects}[args.role](args, Path(folder))
    halve_heads(args.target)
    onnx.checker.check_model(str(args.target))
    facts = json.loads((Path(__file__).parent / "cards" / f"{args.role}.json").read_text(encoding="utf-8"))
    write_card(args.target, args.role, facts)
    print(args.target, args.target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
