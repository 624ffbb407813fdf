"""Opens the networks that we trained; each is known by its SHA-256, so that what runs is what was measured."""

import hashlib
from pathlib import Path
from typing import Final

import onnxruntime

WEIGHTS: Final = Path(__file__).with_name("weights")


class WeightsDamaged(RuntimeError):
    """The network's file is missing, or is not the one that was measured."""


def open_network(name: str, sha256: str, *, threads: int) -> onnxruntime.InferenceSession:
    """The network ``name`` on the CPU with ``threads`` threads. Raises :class:`WeightsDamaged`."""
    path = WEIGHTS / name
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsDamaged(f"{name} is not the network that was measured")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin between two calls would take the lane's other work off its few cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
