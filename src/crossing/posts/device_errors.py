"""One clear sentence for each way in which a device, or the agent that runs the devices, does not deliver."""

from typing import Final

from crossing.platform.errors import DomainError, Kind
from crossing.ports.devices import DeviceFault


class DeviceTimeout(DomainError):
    kind = Kind.UNAVAILABLE
    code = "device_timeout"
    message = "The device did not answer in time. Please try again."


class DeviceBusy(DomainError):
    kind = Kind.CONFLICT
    code = "device_busy"
    message = "The device is busy. Please wait a moment and try again."


class DeviceVanished(DomainError):
    kind = Kind.UNAVAILABLE
    code = "device_vanished"
    message = "The device is no longer connected. Check its cable, or go on without it."


class NothingPresented(DomainError):
    kind = Kind.UNAVAILABLE
    code = "device_nothing_presented"
    message = "Nothing was presented to the device. Place the document and try again."


class DeviceJam(DomainError):
    kind = Kind.UNAVAILABLE
    code = "device_jam"
    message = "The document is stuck in the device. Take it out and try again."


class DeviceGarbled(DomainError):
    kind = Kind.UPSTREAM
    code = "device_garbled"
    message = "What the device delivered cannot be read. Please try again."


class DeviceUnknown(DomainError):
    kind = Kind.NOT_FOUND
    code = "device_unknown"
    message = "There is no such device. Check which device belongs to this lane."


class DeviceUnsupported(DomainError):
    code = "device_unsupported"
    message = "The device cannot do this."


class DeviceRefused(DomainError):
    """The chip did not accept the key made of the machine-readable zone, or the device did not accept the caller."""

    kind = Kind.UNAVAILABLE
    code = "device_refused"
    message = "The chip does not open with what was read. Compare the machine-readable zone with the page."


class DeviceFailed(DomainError):
    kind = Kind.UPSTREAM
    code = "device_failed"
    message = "The device reports a fault. Switch it off and on, or go on without it."


class AgentUnreachable(DomainError):
    kind = Kind.UNAVAILABLE
    code = "device_agent_unreachable"
    message = "The device service does not answer. Go on without devices, and call the administrator."


class AgentRefused(DomainError):
    kind = Kind.UNAVAILABLE
    code = "device_agent_refused"
    message = "The device service does not accept this post's token. Call the administrator."


class NoAgent(DomainError):
    kind = Kind.NOT_FOUND
    code = "device_agent_absent"
    message = "This machine has no devices."


DEVICE_ERRORS: Final[dict[DeviceFault, type[DomainError]]] = {
    DeviceFault.TIMEOUT: DeviceTimeout,
    DeviceFault.BUSY: DeviceBusy,
    DeviceFault.VANISHED: DeviceVanished,
    DeviceFault.NOTHING_PRESENTED: NothingPresented,
    DeviceFault.JAM: DeviceJam,
    DeviceFault.GARBLED: DeviceGarbled,
    DeviceFault.UNKNOWN_DEVICE: DeviceUnknown,
    DeviceFault.UNSUPPORTED: DeviceUnsupported,
    DeviceFault.REFUSED: DeviceRefused,
    DeviceFault.FAILED: DeviceFailed,
}
"""Every fault of the contract, and what an officer is told of it."""
