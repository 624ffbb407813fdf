"""face_recognition's ResNet taken out of dlib's file into ONNX: the same numbers from a faster runtime.

dlib runs the network without a matrix library, in some 125 ms, and holds Python's lock all the while; ONNX Runtime
takes 6 ms and lets other threads go on. The weights are the package's own, converted each time they are opened
(0.2 s), so that no converted copy can go stale. A test holds the answers against dlib's.

The file (dlib 19 and later, ``dnn/core.h``): layers from the input to the loss, each with its name and its tensors.
An integer is a byte with its length and sign followed by its bytes, little-endian; a tensor is its version (2), four
dimensions and raw float32. The architecture is ``anet_type`` of dlib's ``dnn_face_recognition_ex.cpp``; the affine
layer behind each convolution is folded into it.
"""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

INPUT: Final = "rgb"
CHIP_SIDE: Final = 150
DIMENSION: Final = 128

_MEANS: Final = (122.782, 117.001, 104.298)
_SCALE: Final = 1 / 256
_OPSET: Final = 13
_IR_VERSION: Final = 8
_TENSOR_VERSION: Final = 2
_LAYER: Final = re.compile(rb"\x05(con_4)|\x07(affine_)|\x04(fc_2)")

Weights = npt.NDArray[np.float32]


class DlibFileUnknown(ValueError):
    """The file is not face_recognition's ResNet, or a version of it that nobody has measured."""


class _Stage(NamedTuple):
    """Residual blocks of one width; where ``halves``, the first of them halves the sides."""

    width: int
    blocks: int
    halves: bool


_STAGES: Final = (
    _Stage(32, 3, False),
    _Stage(64, 4, True),
    _Stage(128, 3, True),
    _Stage(256, 3, True),
    _Stage(256, 1, True),
)


def as_onnx(path: Path) -> bytes:
    """The network in dlib's file ``path`` as an ONNX model: ``rgb`` n x 3 x 150 x 150, 0 to 255, to n x 128.

    Raises :class:`DlibFileUnknown` for any other file.
    """
    builder = _Builder(_layers(path.read_bytes()))
    builder.build()
    graph = helper.make_graph(
        builder.nodes,
        "dlib_face_recognition_resnet",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 3, CHIP_SIDE, CHIP_SIDE])],
        [helper.make_tensor_value_info(builder.output, TensorProto.FLOAT, ["n", DIMENSION])],
        builder.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _layers(content: bytes) -> Iterator[tuple[str, Weights]]:
    """The layers that have weights, from the input on."""
    at = 0
    while found := _LAYER.search(content, at):
        name = (found[1] or found[2] or found[3]).decode()
        at = found.end()
        if name == "fc_2":
            _, at = _integer(content, at)
            _, at = _integer(content, at)
        dimensions = []
        for _ in range(5):
            value, at = _integer(content, at)
            dimensions.append(value)
        version, *shape = dimensions
        count = math.prod(shape)
        if version != _TENSOR_VERSION or count <= 0 or at + 4 * count > len(content):
            raise DlibFileUnknown(name)
        yield name, np.frombuffer(content, "<f4", count, at)
        at += 4 * count


def _integer(content: bytes, at: int) -> tuple[int, int]:
    """One of dlib's integers, and where it ends."""
    if at >= len(content):
        raise DlibFileUnknown("cut short")
    head = content[at]
    end = at + 1 + (head & 0x0F)
    value = int.from_bytes(content[at + 1 : end], "little")
    return (-value if head & 0x80 else value), end


class _Builder:
    """Lays the graph's nodes one after the other."""

    def __init__(self, layers: Iterator[tuple[str, Weights]]) -> None:
        self._layers = layers
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.output = ""

    def build(self) -> None:
        now = self._node("Sub", INPUT, self._constant(np.array(_MEANS, np.float32).reshape(1, 3, 1, 1)))
        now = self._node("Mul", now, self._constant(np.array(_SCALE, np.float32)))
        now = self._node("Relu", self._convolution(now, 3, 32, size=7, stride=2))
        now = self._node("MaxPool", now, kernel_shape=[3, 3], strides=[2, 2])
        side, width = 35, 32
        for stage in _STAGES:
            for number in range(stage.blocks):
                if stage.halves and number == 0:
                    now, side = self._halving_block(now, side, width, stage.width)
                else:
                    now = self._block(now, stage.width)
                width = stage.width
        now = self._node("Flatten", self._node("GlobalAveragePool", now))
        last = self._weights("fc_2")
        if last.size != width * DIMENSION:
            raise DlibFileUnknown("a layer of another width")
        self.output = self._node("MatMul", now, self._constant(last.reshape(width, DIMENSION)))
        if next(self._layers, None) is not None:
            raise DlibFileUnknown("more layers than expected")

    def _block(self, before: str, width: int) -> str:
        now = self._node("Relu", self._convolution(before, width, width))
        return self._node("Relu", self._node("Add", before, self._convolution(now, width, width)))

    def _halving_block(self, before: str, side: int, narrow: int, wide: int) -> tuple[str, int]:
        """dlib adds tensors of unlike sizes as if the smaller went on in zeros."""
        now = self._node("Relu", self._convolution(before, narrow, wide, stride=2))
        now = self._convolution(now, wide, wide)
        past = self._node("AveragePool", before, kernel_shape=[2, 2], strides=[2, 2])
        by_convolution, by_pooling = (side - 3) // 2 + 1, (side - 2) // 2 + 1
        now = self._padded(now, 0, by_pooling - by_convolution)
        past = self._padded(past, wide - narrow, 0)
        return self._node("Relu", self._node("Add", past, now)), by_pooling

    def _padded(self, before: str, channels: int, sides: int) -> str:
        if channels == sides == 0:
            return before
        return self._node("Pad", before, self._constant(np.array([0, 0, 0, 0, 0, channels, sides, sides], np.int64)))

    def _convolution(self, before: str, narrow: int, wide: int, *, size: int = 3, stride: int = 1) -> str:
        weights, affine = self._weights("con_4"), self._weights("affine_")
        inside = wide * narrow * size * size
        if weights.size != inside + wide or affine.size != 2 * wide:
            raise DlibFileUnknown("a layer of another width")
        filters, bias = weights[:inside].reshape(wide, narrow, size, size), weights[inside:]
        gamma, beta = affine[:wide], affine[wide:]
        pad = 0 if stride > 1 else size // 2
        return self._node(
            "Conv",
            before,
            self._constant(filters * gamma[:, None, None, None]),
            self._constant(bias * gamma + beta),
            kernel_shape=[size, size],
            strides=[stride, stride],
            pads=[pad] * 4,
        )

    def _weights(self, kind: str) -> Weights:
        name, weights = next(self._layers, ("nothing", np.empty(0, np.float32)))
        if name != kind:
            raise DlibFileUnknown(f"{name} in the place of {kind}")
        return weights

    def _constant(self, values: npt.NDArray[Any]) -> str:
        name = f"w{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name
