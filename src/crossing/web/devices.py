"""The devices of a lane as its screen shows them: all ready in one quiet line, each trouble with its sentence."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crossing.ports.devices import DeviceKind, DeviceState, HealthState
from crossing.posts.device_errors import DEVICE_ERRORS, DeviceFailed, DeviceUnknown
from crossing.posts.device_watch import DevicesSeen
from crossing.posts.models import Lane

PLACES: Final[Mapping[str, DeviceKind]] = MappingProxyType(
    {
        "scanner_device": DeviceKind.PAGE_SCANNER,
        "camera_device": DeviceKind.CAMERA,
        "chip_device": DeviceKind.CHIP_READER,
        "swipe_device": DeviceKind.MRZ_SWIPE,
        "code_device": DeviceKind.CODE_READER,
        "finger_device": DeviceKind.BIOMETRIC,
    }
)
"""A lane's places for devices and what may stand in each, in the order in which a traveller meets them."""

_ALWAYS_AT_WORK: Final = frozenset({DeviceKind.CAMERA, DeviceKind.MRZ_SWIPE})


@dataclass(frozen=True, slots=True)
class LaneDevice:
    """``reason`` says why the device is not available, an English message id; empty where it is."""

    kind: DeviceKind
    device_id: str
    state: HealthState
    reason: str = ""

    @property
    def missing(self) -> bool:
        return self.state is HealthState.UNAVAILABLE


@dataclass(frozen=True, slots=True)
class LaneDevices:
    """``problem`` is why nothing can be said of any device, an English message id."""

    devices: tuple[LaneDevice, ...]
    problem: str = ""

    @property
    def missing(self) -> tuple[LaneDevice, ...]:
        return tuple(device for device in self.devices if device.missing)

    @property
    def busy(self) -> tuple[LaneDevice, ...]:
        """Devices that are at work for somebody; a camera that shows its picture and a swipe reader that is listened
        to always are."""
        return tuple(one for one in self.devices if one.state is HealthState.BUSY and one.kind not in _ALWAYS_AT_WORK)


def devices_of(lane: Lane, seen: DevicesSeen) -> LaneDevices:
    """What stands at ``lane`` and how it is. Without devices of its own nothing is amiss with them."""
    named = [(kind, device_id) for place, kind in PLACES.items() if (device_id := getattr(lane, place))]
    if not named:
        return LaneDevices(())
    if seen.problem is not None:
        return LaneDevices((), seen.problem.message)
    states = {state.info.device_id: state for state in seen.devices}
    return LaneDevices(tuple(_device(kind, device_id, states.get(device_id)) for kind, device_id in named))


def reason_of(state: DeviceState) -> str:
    """Why a device is not available, as a sentence; empty where it is."""
    if state.health.state is not HealthState.UNAVAILABLE:
        return ""
    return DEVICE_ERRORS[state.health.fault].message if state.health.fault else DeviceFailed.message


def _device(kind: DeviceKind, device_id: str, state: DeviceState | None) -> LaneDevice:
    if state is None:
        return LaneDevice(kind, device_id, HealthState.UNAVAILABLE, DeviceUnknown.message)
    return LaneDevice(kind, device_id, state.health.state, reason_of(state))
