"""The face engines. Each is a module of its own, imported only when it is opened."""

from importlib import import_module
from pathlib import Path
from typing import Final

from crossing.faces.engines.base import FaceEngine
from crossing.faces.errors import FaceModelInvalid, FaceModelsMissing
from crossing.platform.errors import DomainError

DEFAULT: Final = "fused"

SLOT: Final = "onnx"
SLOT_PREFIX: Final = "onnx-"
"""With this the name of a model in the slot begins, as its templates carry it."""

_ENGINES: Final = {
    "dlib": ("crossing.faces.engines.dlib_engine", "DlibEngine"),
    "fused": ("crossing.faces.engines.fused", "FusedEngine"),
    SLOT: ("crossing.faces.engines.onnx_engine", "OnnxEngine"),
    "sface": ("crossing.faces.engines.sface", "SFaceEngine"),
}

BUILT_IN: Final = ("dlib", "fused", "sface")
NAMES: Final = tuple(_ENGINES)


def open_engine(models: Path, name: str = DEFAULT, *, onnx: Path | None = None) -> FaceEngine:
    """The engine called ``name``, its weights loaded from ``models``; takes a second or two.

    ``onnx`` describes the model of the engine ``onnx``; the others don't look at it. Raises
    :class:`FaceModelsMissing` where weights, the description or the packages of the ``post`` extra are absent,
    :class:`FaceModelInvalid` for a description, model or package that can't be used, and ``KeyError`` for a name that
    is not in :data:`NAMES`.
    """
    module, engine = _ENGINES[name]
    if name == SLOT and onnx is None:
        raise FaceModelsMissing(what="the description of the ONNX model")
    arguments = (models, onnx) if name == SLOT else (models,)
    try:
        opened: FaceEngine = getattr(import_module(module), engine)(*arguments)
    except ModuleNotFoundError as absent:
        raise FaceModelsMissing(what=absent.name or module) from absent
    except DomainError:
        raise
    except Exception as broken:  # a damaged file makes each runtime raise errors of its own, without a common base
        raise FaceModelInvalid(what=name, why=type(broken).__name__) from broken
    return opened
