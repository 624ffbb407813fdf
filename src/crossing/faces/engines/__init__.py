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
    "sface": ("crossing.faces.engines.sface", "SFaceEngine"),
}

NAMES: Final = tuple(_ENGINES)


def open_engine(models: Path, name: str = DEFAULT) -> FaceEngine:
    """The engine called ``name``, its weights loaded from ``models``; takes about a second.

    Raises :class:`FaceModelsMissing` where weights or the packages of the ``post`` extra are absent, and ``KeyError``
    for a name that is not in :data:`NAMES`.
    """
    module, engine = _ENGINES[name]
    try:
        opened: FaceEngine = getattr(import_module(module), engine)(models)
    except ModuleNotFoundError as absent:
        raise FaceModelsMissing(what=absent.name or module) from absent
    return opened
