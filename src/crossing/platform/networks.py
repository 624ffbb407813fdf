"""Opens neural networks in ONNX Runtime, each in the same way. Only a post carries it."""

from pathlib import Path

import onnxruntime


def open_network(source: Path | bytes, *, threads: int) -> onnxruntime.InferenceSession:
    """The network in ``source`` on the CPU with ``threads`` threads. It may be run from several threads at once."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that spin between two calls would take the lane's other work off its few cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    content = source if isinstance(source, bytes) else str(source)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
