"""Opens the networks that we trained; each is known by its SHA-256, so that what runs is what was measured."""

import hashlib
from pathlib import Path
from typing import Final

import onnxruntime

from crossing.platform import networks

WEIGHTS: Final = Path(__file__).with_name("weights")


class WeightsDamaged(RuntimeError):
    """The network's file is missing, or is not the one that was measured."""


def open_network(name: str, sha256: str, *, threads: int) -> onnxruntime.InferenceSession:
    """The network ``name`` on the CPU with ``threads`` threads. Raises :class:`WeightsDamaged`."""
    path = WEIGHTS / name
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsDamaged(f"{name} is not the network that was measured")
    return networks.open_network(content, threads=threads)
