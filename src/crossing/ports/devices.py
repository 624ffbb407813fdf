"""The device contract: five verbs that every driver implements, and the words used between agent and post.

A driver is registered under the entry point group ``crossing.devices`` as a class that implements
:class:`DeviceDriver`. Drivers run in the device agent, a process of its own, because a native driver that
hangs or crashes must not take the lane with it. The post talks to the agent over loopback HTTP:

=======  ======================================  ===============================================
method   path                                    answer
=======  ======================================  ===============================================
GET      ``/v1/devices``                         ``DeviceList``
GET      ``/v1/devices/{device_id}``             ``DeviceState``
POST     ``/v1/devices/{device_id}/capture``     the captured bytes; ``Content-Type`` is the media
                                                 type, ``Crossing-Captured-At`` an RFC 3339 time
GET      ``/v1/devices/{device_id}/stream``      ``multipart/x-mixed-replace`` JPEG parts
=======  ======================================  ===============================================

Every call carries ``Authorization: Bearer TOKEN``. A failed call answers with an RFC 9457 problem whose
``code`` is a :class:`DeviceFault`.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from crossing.ports._dto import Dto

CONTRACT_VERSION = 1
ENTRY_POINT_GROUP = "crossing.devices"


class DeviceKind(StrEnum):
    CAMERA = "camera"
    PAGE_SCANNER = "page_scanner"
    MRZ_SWIPE = "mrz_swipe"
    CHIP_READER = "chip_reader"
    CODE_READER = "code_reader"
    BIOMETRIC = "biometric"


class DeviceFault(StrEnum):
    """The few errors that every vendor's many are mapped to; each has one sentence on the officer's screen."""

    TIMEOUT = "timeout"
    BUSY = "busy"
    VANISHED = "vanished"
    NOTHING_PRESENTED = "nothing_presented"
    JAM = "jam"
    GARBLED = "garbled"
    UNKNOWN_DEVICE = "unknown_device"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


class DeviceError(Exception):
    """A device did not do what was asked; ``detail`` is for the log and names no person."""

    def __init__(self, fault: DeviceFault, detail: str = "") -> None:
        super().__init__(detail or fault.value)
        self.fault = fault
        self.detail = detail


class HealthState(StrEnum):
    READY = "ready"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"


class DeviceInfo(Dto):
    """Which device it is. ``device_id`` is stable across restarts and replugging into another port."""

    device_id: str
    kind: DeviceKind
    driver: str
    driver_version: str
    vendor: str = ""
    model: str = ""
    serial: str = ""


class Capabilities(Dto):
    """What a device can be asked for. Sizes in pixels, resolution in dots per inch; empty means unknown."""

    media_types: tuple[str, ...]
    can_stream: bool = False
    resolutions_dpi: tuple[int, ...] = ()
    frame_sizes: tuple[tuple[int, int], ...] = ()


class Health(Dto):
    state: HealthState
    fault: DeviceFault | None = None
    detail: str = ""


class DeviceState(Dto):
    contract_version: int = CONTRACT_VERSION
    info: DeviceInfo
    capabilities: Capabilities
    health: Health


class DeviceList(Dto):
    devices: tuple[DeviceState, ...]


class CaptureRequest(Dto):
    """``timeout_s`` bounds the whole capture, the waiting for paper or a face included."""

    timeout_s: float = 10.0
    resolution_dpi: int | None = None


class Capture(Dto):
    """What a device handed over: the bytes exactly as it gave them, undecoded and untrusted."""

    device_id: str
    media_type: str
    content: bytes
    captured_at: datetime


@runtime_checkable
class Device(Protocol):
    """One attached device. Calls may come from any thread; two captures at once are answered BUSY."""

    info: DeviceInfo

    def capabilities(self) -> Capabilities: ...

    def capture(self, request: CaptureRequest) -> Capture:
        """One page, frame or line. Raises :class:`DeviceError` within ``request.timeout_s`` at the latest."""
        ...

    def stream(self) -> Iterator[bytes]:
        """JPEG frames until closed. Raises :class:`DeviceError` (UNSUPPORTED where there is no stream)."""
        ...

    def health(self) -> Health:
        """Answers within a second and never raises."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class DeviceDriver(Protocol):
    """The entry point: knows one family of devices and finds those that are there."""

    name: ClassVar[str]
    version: ClassVar[str]
    kind: ClassVar[DeviceKind]

    def __init__(self, options: Mapping[str, str]) -> None: ...

    def discover(self) -> list[Device]:
        """The devices present now, each ready to be asked. Never raises for a device that is absent."""
        ...
