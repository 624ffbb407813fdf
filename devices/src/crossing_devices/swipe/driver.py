"""MRZ swipe readers: a serial line that says the two or three lines of a document drawn through the slot."""

import datetime as dt
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
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
from crossing_devices.captures import Deadline
from crossing_devices.options import OptionError, Options
from crossing_devices.swipe.framing import lines_of
from crossing_devices.swipe.line import LineSettings, SerialLine
from crossing_devices.udev import device_id_of, links

MEDIA_TYPE: Final = "text/plain; charset=us-ascii"
BY_ID: Final = Path("/dev/serial/by-id")
# Most serial ports are modems, receipt printers or consoles: offered is only what names itself a document reader.
_NAMES_ITSELF: Final = re.compile(r"mrz|passport|ocr[ _-]?\d{3}", re.IGNORECASE)


class SwipeDriver:
    """Options: ``port`` (``/dev/ttyUSB0``, better its path under ``/dev/serial/by-id``), ``baud``, ``bits`` (``8N1``,
    ``7E1`` ...), ``idle_ms`` (a swipe is over after that silence), ``prefix`` and ``suffix`` (what the reader was set
    to send around a swipe). Line ends and STX/ETX need no setting.
    """

    name: ClassVar[str] = "swipe"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.MRZ_SWIPE

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "swipe")
        bits = re.fullmatch(r"([78])([NEO])([12])", read.text("bits", "8N1"))
        if bits is None:
            raise OptionError("The option 'bits' is data bits, parity and stop bits, such as 8N1 or 7E1.")
        self._settings = LineSettings(
            port=read.text("port"),
            baud=read.number("baud", 9600, low=300, high=921_600),
            data_bits=int(bits[1]),
            parity=bits[2],
            stop_bits=int(bits[3]),
            idle_s=read.number("idle_ms", 150, low=20, high=5000) / 1000,
        )
        self._around = (_ascii(read, "prefix"), _ascii(read, "suffix"))
        read.finish()
        if not self._settings.port.startswith("/"):
            raise OptionError("The option 'port' is a path, such as /dev/ttyUSB0.")

    def discover(self) -> list[Device]:
        if not Path(self._settings.port).exists():
            return []
        info = DeviceInfo(device_id=self._device_id, kind=self.kind, driver=self.name, driver_version=self.version)
        return [SwipeReader(self._settings, info, self._around)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """Serial ports whose USB name says that a document reader is behind them."""
        return [
            {"device_id": device_id_of("swipe", name), "port": str(BY_ID / name)}
            for name in links(BY_ID)
            if _NAMES_ITSELF.search(name)
        ]


class SwipeReader:
    """One reader. It is listened to from the start, so that the age of a swipe that nobody asked for is known."""

    def __init__(self, settings: LineSettings, info: DeviceInfo, around: tuple[bytes, bytes]) -> None:
        self.info = info
        self._path = Path(settings.port)
        self._line = SerialLine(settings)
        self._prefix, self._suffix = around
        self._capturing = threading.Lock()

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=(MEDIA_TYPE,))

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            deadline = Deadline(request.timeout_s)
            lines = lines_of(self._line.next_swipe(deadline).raw, self._prefix, self._suffix)
        finally:
            self._capturing.release()
        return Capture(
            device_id=self.info.device_id,
            media_type=MEDIA_TYPE,
            content=lines,
            captured_at=dt.datetime.now(dt.UTC),
        )

    def stream(self) -> Iterator[bytes]:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a swipe reader has no stream")

    def health(self) -> Health:
        if self._capturing.locked():
            return Health(state=HealthState.BUSY)
        if not self._path.exists():
            return Health(state=HealthState.UNAVAILABLE, fault=DeviceFault.VANISHED)
        fault = self._line.fault
        return Health(state=HealthState.UNAVAILABLE if fault else HealthState.READY, fault=fault)

    def close(self) -> None:
        self._line.close()


def _ascii(read: Options, name: str) -> bytes:
    value = read.text(name, "")
    if not value.isascii():
        raise OptionError(f"The option {name!r} has characters outside ASCII.")
    return value.encode("ascii")
