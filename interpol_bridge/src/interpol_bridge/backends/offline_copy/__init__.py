"""A local copy of the databases, as MIND is one: made at the bureau, signed, dated, and asked without any network.

``making`` makes copies and deltas of files, ``folder`` takes them up, ``backend`` answers from them. How to work with
them: docs/operations/offline-copy.md; why they are made so: ADR 23.
"""

from interpol_bridge.backends.offline_copy.backend import OfflineCopyBackend
from interpol_bridge.backends.offline_copy.errors import CopyRefused
from interpol_bridge.backends.offline_copy.folder import take_up
from interpol_bridge.backends.offline_copy.keys import MakingKey, ReadingKey
from interpol_bridge.backends.offline_copy.making import Order, make_copy, make_delta
from interpol_bridge.backends.offline_copy.opened import OpenCopy

__all__ = [
    "CopyRefused",
    "MakingKey",
    "OfflineCopyBackend",
    "OpenCopy",
    "Order",
    "ReadingKey",
    "make_copy",
    "make_delta",
    "take_up",
]
