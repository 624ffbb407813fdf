"""Memory for templates: page-aligned, left out of core dumps, and kept from the swap where the kernel allows it."""

import ctypes
import mmap
import os
from typing import Any

import numpy as np
import numpy.typing as npt

_MLOCK_ONFAULT = 1


def private_array(shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """An array of zeros in an anonymous memory map of its own, C order. Pages cost nothing until they are written.

    Locking is best effort: a process may lock only as much as RLIMIT_MEMLOCK says (``LimitMEMLOCK=`` in a service).
    """
    length = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = mmap.mmap(-1, max(1, length), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for name in ("MADV_DONTDUMP", "MADV_HUGEPAGE"):
        _advise(memory, name)
    array = np.frombuffer(memory, dtype=dtype, count=int(np.prod(shape))).reshape(shape)
    _keep_from_swap(array.ctypes.data, length)
    return array


def _advise(memory: mmap.mmap, name: str) -> None:
    """A kernel may be built without huge pages: the memory serves all the same."""
    advice = getattr(mmap, name, None)
    if advice is not None:
        try:
            memory.madvise(advice)
        except OSError:
            return


def _keep_from_swap(address: int, length: int) -> bool:
    """Whether the kernel took it. ``mlock2`` (Linux 4.4) locks a page when it is first written, not all at once."""
    lock = getattr(ctypes.CDLL(None), "mlock2", None) if os.name == "posix" else None
    return lock is not None and lock(ctypes.c_void_p(address), ctypes.c_size_t(length), _MLOCK_ONFAULT) == 0
