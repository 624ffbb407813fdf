"""A code reader made of a camera: it looks at the newest frames until there is a code in one."""

import datetime as dt
import itertools
import threading
import time
from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    Device,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    DeviceKind,
    Health,
    HealthState,
    Report,
    unheard,
)
from crossing_devices.camera.opencv import Camera
from crossing_devices.camera.reader import Frame
from crossing_devices.camera.source import Source
from crossing_devices.captures import Deadline
from crossing_devices.codes.reading import MEDIA_TYPE, as_content, codes_in
from crossing_devices.options import Options

_PREVIEW_QUALITY: Final = 70
# A code is held still for much longer: more looks would only warm a small machine.
_LOOK_EVERY_S: Final = 0.15
# A hand does not hold a card level; what is not found upright is looked for a little turned, one angle a frame.
_TURNS: Final = (8.0, -8.0, 16.0, -16.0)


class CodesDriver:
    """Options: the camera's, as of :meth:`Source.from_options`.

    An attached camera serves one program at a time: a code reader has one of its own, or shares a network camera.
    """

    name: ClassVar[str] = "codes"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.CODE_READER

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "codes")
        self._source = Source.from_options(read)
        read.finish()

    def discover(self) -> list[Device]:
        if not self._source.is_present():
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            model=self._source.model,
        )
        return [CodeReader(self._source, info)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """None: which camera is to look for codes is the administrator's choice; the camera driver offers them."""
        return []


class CodeReader:
    """One camera that looks for codes. Its stream shows what it sees, so that a card can be held right."""

    def __init__(self, source: Source, info: DeviceInfo) -> None:
        self.info = info
        self._camera = Camera(source, info, _PREVIEW_QUALITY)
        self._capturing = threading.Lock()

    def capabilities(self) -> Capabilities:
        sizes = self._camera.capabilities().frame_sizes
        return Capabilities(media_types=(MEDIA_TYPE,), can_stream=True, frame_sizes=sizes)

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            codes, seen_at = self._look(Deadline(request.timeout_s))
        finally:
            self._capturing.release()
        return Capture(
            device_id=self.info.device_id, media_type=MEDIA_TYPE, content=as_content(codes), captured_at=seen_at
        )

    def stream(self) -> Iterator[bytes]:
        return self._camera.stream()

    def health(self) -> Health:
        return Health(state=HealthState.BUSY) if self._capturing.locked() else self._camera.health()

    def close(self) -> None:
        self._camera.close()

    def _look(self, deadline: Deadline) -> tuple[list[dict[str, str]], dt.datetime]:
        """The codes of the first frame that has any, and when it was seen.

        Raises DeviceError: NOTHING_PRESENTED where frames came and none had a code, else what ails the camera.
        """
        asked_at = time.monotonic()
        frame: Frame | None = None
        turns = itertools.cycle(_TURNS)
        while True:
            try:
                frame = self._camera.newest_frame(frame.at + _LOOK_EVERY_S if frame else asked_at, deadline)
            except DeviceError as broken:
                if frame is None or not deadline.is_over:
                    raise
                raise DeviceError(DeviceFault.NOTHING_PRESENTED) from broken
            if codes := codes_in(frame.picture) or codes_in(frame.picture, next(turns)):
                return codes, frame.seen_at
