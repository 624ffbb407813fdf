"""The last faults of all devices, kept in memory for whoever looks into them. They name no person."""

import datetime as dt
import threading
from collections import deque
from typing import Final

from pydantic import AwareDatetime, BaseModel

from crossing.ports.devices import DeviceError, DeviceFault

KEPT: Final = 100


class FaultNote(BaseModel):
    """One capture that failed, or one worker that died."""

    at: AwareDatetime
    device_id: str
    fault: DeviceFault
    detail: str


class FaultList(BaseModel):
    """The newest last."""

    faults: tuple[FaultNote, ...]


class FaultBook:
    """Safe from any thread; the oldest go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: deque[FaultNote] = deque(maxlen=KEPT)

    def note(self, device_id: str, broken: DeviceError) -> None:
        note = FaultNote(at=dt.datetime.now(dt.UTC), device_id=device_id, fault=broken.fault, detail=broken.detail)
        with self._lock:
            self._notes.append(note)

    def listing(self) -> FaultList:
        with self._lock:
            return FaultList(faults=tuple(self._notes))
