"""The face engines. Each is a module of its own, imported only when it is opened."""

from importlib import import_module
from pathlib import Path
from typing import Final

from crossing.faces.engines.base import FaceEngine
from crossing.faces.errors import FaceModelsMissing

DEFAULT: Final = "fused"

_ENGINES: Final = {
    "dlib": ("crossing.faces.engines.dlib_engine", "DlibEngine"),
    "fused": ("crossing.faces.engines.fused", "FusedEngine"),
    "onnx": ("crossing.faces.engines.onnx_engine", "OnnxEngine"),
    "sface": ("crossing.faces.engines.sface", "SFaceEngine"),
}

BUILT_IN: Final = ("dlib", "fused", "sface")
NAMES: Final = tuple(_ENGINES)


def open_engine(models: Path, name: str = DEFAULT, *, onnx: Path | None = None) -> FaceEngine:
    """The engine called ``name``, its weights loaded from ``models``; takes a second or two.

    ``onnx`` describes the model of the engine ``onnx``; the others don't look at it. Raises
    :class:`FaceModelsMissing` where weights, the description or the packages of the ``post`` extra are absent,
    :class:`FaceModelInvalid` for a description or model that can't be used, and ``KeyError`` for a name that is not
    in :data:`NAMES`.
    """
    module, engine = _ENGINES[name]
    if name == "onnx" and onnx is None:
        raise FaceModelsMissing(what="the description of the ONNX model")
    arguments = (models, onnx) if name == "onnx" else (models,)
    try:
        opened: FaceEngine = getattr(import_module(module), engine)(*arguments)
    except ModuleNotFoundError as absent:
        raise FaceModelsMissing(what=absent.name or module) from absent
    return opened
