"""The trained recogniser as ONNX, weights in half precision, checked against torch."""

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import torch
from mrz_training.recogniser import Recogniser
from onnx import TensorProto, helper, numpy_helper

_TOLERANCE: Final = 0.05
"""Of log-probabilities near the best, between torch in float32 and ONNX with weights stored in half precision."""


def export(model: Recogniser, out: Path, measured: dict[str, Any]) -> None:
    """Writes ``out`` and, beside it, a JSON file with what was measured. Raises ValueError where the two differ."""
    model.eval()
    strips = torch.randn(2, 1, 32, 400)
    torch.onnx.export(
        model,
        (strips,),
        str(out),
        input_names=["strips"],
        output_names=["scores"],
        dynamic_axes={"strips": {0: "lines", 3: "width"}, "scores": {0: "lines", 1: "frames"}},
        dynamo=False,
    )
    _halved(out)
    measured["onnx_difference"] = _difference(model, out)
    if measured["onnx_difference"] > _TOLERANCE:
        raise ValueError(f"ONNX differs from torch by {measured['onnx_difference']:.4f}")
    measured["bytes"] = out.stat().st_size
    out.with_suffix(".json").write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def _halved(path: Path) -> None:
    """Stores weights in half precision behind casts, which the runtime folds away when it opens the file."""
    network = onnx.load(path)
    casts = []
    for weights in list(network.graph.initializer):
        if weights.data_type == TensorProto.FLOAT and len(weights.dims) > 1:
            values = numpy_helper.to_array(weights).astype(np.float16)
            small = numpy_helper.from_array(values, weights.name + ".half")
            network.graph.initializer.remove(weights)
            network.graph.initializer.append(small)
            casts.append(helper.make_node("Cast", [small.name], [weights.name], to=TensorProto.FLOAT))
    nodes = list(network.graph.node)
    del network.graph.node[:]
    network.graph.node.extend(casts + nodes)
    onnx.checker.check_model(network)
    onnx.save(network, path)


@torch.no_grad()
def _difference(model: Recogniser, path: Path) -> float:
    """The largest difference of probabilities on noise of several widths."""
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    largest = 0.0
    for width in (320, 500, 733):
        strips = torch.randn(2, 1, 32, width)
        ours = session.run(None, {"strips": strips.numpy()})[0]
        largest = max(largest, float(np.abs(np.exp(ours) - model(strips).exp().numpy()).max()))
    return largest
