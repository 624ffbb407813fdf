"""Crossing driver for the Utopia MR-7: an MRZ reader with a network plug, which speaks lines of text over TCP.

=========  =====================================================================================
we say     it answers
=========  =====================================================================================
``WHO``    ``MR-7 SERIAL FIRMWARE``
``READ``   ``READY`` at once, or ``BUSY`` or ``JAM``; when a document was drawn through, for each line of
           its MRZ ``LINE TEXT CRC32``, then ``END COUNT``
=========  =====================================================================================

Every line ends with CR LF; closing the connection ends a reading.
"""

import datetime as dt
import socket
import threading
import zlib
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
    Progress,
    Report,
    unheard,
)
from crossing_devices.captures import Deadline
from crossing_devices.options import OptionError, Options

MEDIA_TYPE: Final = "text/plain; charset=us-ascii"
HEALTH_S: Final = 0.8
MAX_LINE_BYTES: Final = 256


class Mr7Driver:
    """Options: ``host``, and ``port`` (7007)."""

    name: ClassVar[str] = "mr7"
    version: ClassVar[str] = "1.0"
    kind: ClassVar[DeviceKind] = DeviceKind.MRZ_SWIPE

    def __init__(self, options: Mapping[str, str]) -> None:
        read = Options(options)
        self._device_id = read.text("device_id", "mr7")
        self._host = read.text("host")
        self._port = read.number("port", 7007, low=1, high=65535)
        read.finish()
        if not self._host:
            raise OptionError("The option 'host' is empty.")

    def discover(self) -> list[Device]:
        address = (self._host, self._port)
        try:
            model, serial, firmware = _who(address)
        except DeviceError:
            return []
        info = DeviceInfo(
            device_id=self._device_id,
            kind=self.kind,
            driver=self.name,
            driver_version=self.version,
            vendor="Utopia Readers",
            model=f"{model} {firmware}",
            serial=serial,
        )
        return [Mr7(address, info)]

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """None: a reader on the network can't be found without being told where it is."""
        return []


class Mr7:
    """One reader. A capture is one document drawn through its slot."""

    def __init__(self, address: tuple[str, int], info: DeviceInfo) -> None:
        self.info = info
        self._address = address
        self._reading = threading.Lock()
        self._closed = False

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=(MEDIA_TYPE,))

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if not self._reading.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            rows = self._read(Deadline(request.timeout_s), report)
        finally:
            self._reading.release()
        return Capture(
            device_id=self.info.device_id,
            media_type=MEDIA_TYPE,
            content="\n".join(rows).encode("ascii"),
            captured_at=dt.datetime.now(dt.UTC),
        )

    def stream(self) -> Iterator[bytes]:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a reader has no stream")

    def health(self) -> Health:
        if self._reading.locked():
            return Health(state=HealthState.BUSY)
        try:
            _who(self._address)
        except DeviceError as broken:
            return Health(state=HealthState.UNAVAILABLE, fault=broken.fault, detail=broken.detail)
        return Health(state=HealthState.READY)

    def close(self) -> None:
        self._closed = True

    def _read(self, deadline: Deadline, report: Report) -> list[str]:
        if self._closed:
            raise DeviceError(DeviceFault.VANISHED, "the reader was closed")
        with _Line(self._address, deadline) as line:
            line.say("READ")
            armed = line.hear()
            if armed != "READY":
                raise DeviceError({"BUSY": DeviceFault.BUSY, "JAM": DeviceFault.JAM}.get(armed, DeviceFault.GARBLED))
            try:
                first = line.hear()
            except DeviceError as late:
                # It waited as it should; it is the traveller's document that did not come.
                missing = DeviceFault.NOTHING_PRESENTED if late.fault is DeviceFault.TIMEOUT else late.fault
                raise DeviceError(missing, late.detail) from late
            return _rows(first, line, report)


def _rows(said: str, line: "_Line", report: Report) -> list[str]:
    """The lines of the MRZ, each checked. Raises DeviceError GARBLED."""
    rows: list[str] = []
    while said != f"END {len(rows)}":
        match said.split(" "):
            case ["LINE", text, crc] if crc == f"{zlib.crc32(text.encode()):08x}" and len(rows) < 3:
                rows.append(text)
                report(Progress(step="lines", done=len(rows)))
            case _:
                raise DeviceError(DeviceFault.GARBLED, "a line of the reader is not as agreed")
        said = line.hear()
    return rows


def _who(address: tuple[str, int]) -> tuple[str, str, str]:
    """Model, serial number and firmware. Raises DeviceError."""
    with _Line(address, Deadline(HEALTH_S)) as line:
        line.say("WHO")
        match line.hear().split(" "):
            case ["MR-7" as model, serial, firmware]:
                return model, serial, firmware
    raise DeviceError(DeviceFault.GARBLED, "what answers there is no MR-7")


class _Line:
    """A connection whose every step is bounded by one deadline, and whose every failure is a DeviceError."""

    def __init__(self, address: tuple[str, int], deadline: Deadline) -> None:
        self._deadline = deadline
        self._heard = b""
        try:
            self._socket = socket.create_connection(address, deadline.left_s())
        except TimeoutError as late:
            raise DeviceError(DeviceFault.TIMEOUT, "no connection") from late
        except OSError as gone:
            raise DeviceError(DeviceFault.VANISHED, "no connection") from gone

    def __enter__(self) -> "_Line":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, words: str) -> None:
        try:
            self._socket.sendall(f"{words}\r\n".encode("ascii"))
        except OSError as gone:
            raise DeviceError(DeviceFault.VANISHED, type(gone).__name__) from gone

    def hear(self) -> str:
        """The next line, without its end."""
        while b"\r\n" not in self._heard:
            if len(self._heard) > MAX_LINE_BYTES:
                raise DeviceError(DeviceFault.GARBLED, "a line without an end")
            self._heard += self._more()
        said, _, self._heard = self._heard.partition(b"\r\n")
        try:
            return said.decode("ascii")
        except UnicodeDecodeError as noise:
            raise DeviceError(DeviceFault.GARBLED, "noise on the line") from noise

    def _more(self) -> bytes:
        self._socket.settimeout(self._deadline.left_s())
        try:
            part = self._socket.recv(MAX_LINE_BYTES)
        except TimeoutError as late:
            raise DeviceError(DeviceFault.TIMEOUT, "the reader is silent") from late
        except OSError as gone:
            raise DeviceError(DeviceFault.VANISHED, type(gone).__name__) from gone
        if not part:
            raise DeviceError(DeviceFault.VANISHED, "the reader ended the connection")
        return part
