"""The device contract: what every driver implements, and the words used between agent and post.

A driver is registered under the entry point group ``crossing.devices`` as a class that implements
:class:`DeviceDriver`. Each device runs in a worker process of the device agent, because a native driver that
hangs or crashes must not take the lane with it. The post talks to the agent over loopback HTTP:

=======  ======================================  ===============================================
method   path                                    answer
=======  ======================================  ===============================================
GET      ``/v1/devices``                         ``DeviceList``
GET      ``/v1/devices/{device_id}``             ``DeviceState``
POST     ``/v1/devices/{device_id}/capture``     the captured bytes; ``Content-Type`` is the media
                                                 type, ``Crossing-Captured-At`` an RFC 3339 time
GET      ``/v1/devices/{device_id}/stream``      ``multipart/x-mixed-replace`` JPEG parts
GET      ``/v1/devices/{device_id}/progress``    ``Progress`` of the capture under way; 204 where none is
GET      ``/v1/faults``                          ``{"faults": [...]}``, the last hundred, each with ``at``,
                                                 ``device_id``, ``fault`` and ``detail``
GET      ``/v1/changes?seen=N``                  ``DeviceList`` as soon as its ``generation`` is not N, or
                                                 unchanged after 25 s
=======  ======================================  ===============================================

Every call carries ``Authorization: Bearer TOKEN``. A failed call answers with an RFC 9457 problem whose
``code`` is a :class:`DeviceFault`.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

from crossing.ports._dto import Dto
from crossing.ports.chip import ChipRequest
from crossing.ports.fingers import FingerRequest

CONTRACT_VERSION = 2
ENTRY_POINT_GROUP = "crossing.devices"


class DeviceKind(StrEnum):
    CAMERA = "camera"
    PAGE_SCANNER = "page_scanner"
    MRZ_SWIPE = "mrz_swipe"
    CHIP_READER = "chip_reader"
    CODE_READER = "code_reader"
    BIOMETRIC = "biometric"


class DeviceFault(StrEnum):
    """The few errors that every vendor's many are mapped to; each has one sentence on the officer's screen.

    ``REFUSED``: a chip did not accept the key that the MRZ or the card access number gives, or the device the caller.
    """

    TIMEOUT = "timeout"
    BUSY = "busy"
    VANISHED = "vanished"
    NOTHING_PRESENTED = "nothing_presented"
    JAM = "jam"
    GARBLED = "garbled"
    UNKNOWN_DEVICE = "unknown_device"
    UNSUPPORTED = "unsupported"
    REFUSED = "refused"
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
    configured: bool = True


class DeviceList(Dto):
    """Configured devices first, present or not; then those that the drivers found by themselves and offer.

    ``generation`` grows with every device that appears, disappears, or changes its health.
    """

    devices: tuple[DeviceState, ...]
    generation: int = 0


class CaptureRequest(Dto):
    """``timeout_s`` bounds the whole capture, the waiting for paper, a chip, a finger or a face included."""

    timeout_s: float = 10.0
    resolution_dpi: int | None = None
    chip: ChipRequest | None = None
    fingers: FingerRequest | None = None


class Progress(Dto):
    """How far a capture is. ``step`` names the part under way (``access``, ``dg2`` ...), ``done`` and ``total`` count
    bytes or fingers of the whole; ``total`` is 0 where it is not known yet."""

    step: str
    done: int = 0
    total: int = 0


Report = Callable[[Progress], None]
"""What a driver calls while it works. Never raises and never blocks."""


def unheard(_: Progress) -> None:
    """The report of a capture that nobody follows."""


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

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        """One page, frame, line, chip or set of fingers. Raises :class:`DeviceError` within ``request.timeout_s``."""
        ...

    def stream(self) -> Iterator[bytes]:
        """JPEG frames until closed, none of them older than the call: one may become a traveller's portrait.

        Raises :class:`DeviceError` (UNSUPPORTED where there is no stream).
        """
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

    @classmethod
    def offers(cls) -> list[Mapping[str, str]]:
        """The options, ``device_id`` among them, of every device that is attached and can be found without being told
        where; [] where devices of this family can't be found so. Answers within a second, opens none, never raises.

        The same device gets the same ``device_id`` after a restart and in another port, where it tells who it is.

        A driver whose devices can be described in several ways may also have a class method ``identity(options)``:
        a word for the device that these options mean now, None where they mean none. What is configured under one
        description is then not offered under another.
        """
        ...
