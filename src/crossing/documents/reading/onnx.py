"""Opens the ONNX networks that the RapidOCR wheel carries; nothing is ever downloaded."""

import importlib.util
from functools import cache
from pathlib import Path

import onnxruntime

from crossing.platform.networks import open_network


class ModelMissing(RuntimeError):
    """The RapidOCR wheel is not installed, or no longer carries the network that was measured."""


@cache
def open_model(name: str, *, threads: int) -> onnxruntime.InferenceSession:
    """The network ``name`` on the CPU with ``threads`` threads. Raises :class:`ModelMissing`.

    It is opened once and shared: a session may be run from several threads at once, and the MRZ and the visible
    zone are read with the same networks.
    """
    # Finding the package without importing it spares a second of start-up: only its model files are wanted.
    spec = importlib.util.find_spec("rapidocr")
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing("rapidocr is not installed: install the `post` extra")
    path = Path(spec.submodule_search_locations[0]) / "models" / name
    if not path.is_file():
        raise ModelMissing(f"{name} is not in the rapidocr wheel")
    return open_network(path, threads=threads)
