"""One device as the agent offers it: captures and streams through its worker, one capture at a time."""

import datetime as dt
import itertools
import re
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any, Final

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from crossing.ports.devices import (
    Capture,
    CaptureRequest,
    DeviceError,
    DeviceFault,
    DeviceState,
    Progress,
)
from crossing_devices.captures import MAX_CAPTURE_BYTES, Deadline
from crossing_devices.keeper import Keeper, Order
from crossing_devices.options import OptionError
from crossing_devices.process import Spawner, WorkerProcess

FRAME_S: Final = 6.0
GRACE_S: Final = 1.0
"""How much longer than its own time-out a driver may take before its process is ended."""
MAX_STREAMS: Final = 4
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+(; ?[a-z]+=[a-z0-9-]+)?")
_INSTANT: Final = TypeAdapter[dt.datetime](AwareDatetime)


class Slot:
    """Calls may come from any thread. Raises DeviceError and nothing else."""

    def __init__(
        self, order: Order, spawner: Spawner, on_change: Callable[[], None], on_fault: Callable[[DeviceError], None]
    ) -> None:
        self.order = order
        self._on_fault = on_fault
        self._keeper = Keeper(order, spawner, on_change, on_fault)
        self._lock = threading.Lock()
        self._capturing = threading.Lock()
        self._watching = threading.BoundedSemaphore(MAX_STREAMS)
        self._streams = itertools.count(1)
        self._progress: Progress | None = None
        self._keeper.start()

    def state(self, deadline: Deadline | None = None) -> DeviceState:
        """As it was half a second ago at most. A device never looked at yet is waited for until ``deadline``."""
        if deadline is not None:
            self._keeper.wait_for_first_look(deadline)
        return self._keeper.state()

    def wait_for_driver(self, deadline: Deadline) -> None:
        """Until it is known whether the device can be used as it is configured."""
        self._keeper.wait_for_driver(deadline)

    def progress(self) -> Progress | None:
        """Of the capture under way, if it has told any."""
        with self._lock:
            return self._progress

    def capture(self, request: CaptureRequest) -> Capture:
        """At most one at a time. A device that was away is looked for once more, within the request's time."""
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            return self._captured(*self._opened(request))
        finally:
            self._capturing.release()

    def stream(self) -> Generator[bytes]:
        """JPEG frames until closed; at most ``MAX_STREAMS`` at once, each frame bounded in time."""
        if not self._watching.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            yield from self._frames(self._keeper.opened(Deadline(FRAME_S)))
        except DeviceError as broken:
            if broken.fault is DeviceFault.VANISHED:
                self._keeper.lost(broken)
            raise
        except OptionError as strange:
            raise _strange() from strange
        finally:
            self._watching.release()

    def close(self) -> None:
        """Let go of the device; returns when nothing of its process is left."""
        self._keeper.close()

    def _opened(self, request: CaptureRequest) -> tuple[WorkerProcess, CaptureRequest]:
        """The worker with its device open, and the request with the time that is left for it."""
        deadline = Deadline(request.timeout_s)
        try:
            worker = self._keeper.opened(deadline)
            return worker, request.model_copy(update={"timeout_s": deadline.left_s()})
        except DeviceError as away:
            self._on_fault(away)
            raise

    def _captured(self, worker: WorkerProcess, request: CaptureRequest) -> Capture:
        broken: DeviceError | None = None
        self._keeper.hold()
        try:
            asked = request.model_dump(mode="json")
            facts, content = worker.ask("capture", request.timeout_s + GRACE_S, self._follow, request=asked)
            return _capture(self.order.device_id, facts, content)
        except DeviceError as failed:
            broken = failed
            raise
        except OptionError as strange:
            broken = _strange()
            raise broken from strange
        finally:
            with self._lock:
                self._progress = None
            if broken is not None and worker.death is None:
                # A death is noted by the keeper, once.
                self._on_fault(broken)
            self._keeper.release(worker, broken)

    def _follow(self, progress: Progress) -> None:
        with self._lock:
            self._progress = progress

    def _frames(self, worker: WorkerProcess) -> Iterator[bytes]:
        number = next(self._streams)
        worker.ask("stream", FRAME_S, stream=number)
        try:
            while True:
                facts, frame = worker.ask("frame", FRAME_S, stream=number)
                if facts.get("ended") or not frame:
                    return
                yield frame
        finally:
            worker.tell("end", stream=number)


def _capture(device_id: str, facts: dict[str, Any], content: bytes) -> Capture:
    """What the worker handed over, if it is what it should be. Raises DeviceError GARBLED."""
    if not content or len(content) > MAX_CAPTURE_BYTES:
        raise DeviceError(DeviceFault.GARBLED, "the capture is empty or larger than 20 MB")
    media_type = str(facts.get("media_type"))
    try:
        captured_at = _INSTANT.validate_python(facts.get("captured_at"))
    except ValidationError as wrong:
        raise DeviceError(DeviceFault.GARBLED, "the capture has no time") from wrong
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise DeviceError(DeviceFault.GARBLED, "the capture has no media type")
    return Capture(device_id=device_id, media_type=media_type, content=content, captured_at=captured_at)


def _strange() -> DeviceError:
    return DeviceError(DeviceFault.FAILED, "the driver finds fault with its options in the middle of its work")
