"""One device of a service: certified anew at each capture, asked, and its answer checked."""

import datetime as dt
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from crossing.ports.devices import (
    Capabilities,
    Capture,
    CaptureRequest,
    DeviceError,
    DeviceFault,
    DeviceInfo,
    Health,
    HealthState,
    Progress,
    Report,
    unheard,
)
from crossing.ports.fingers import MEDIA_TYPE, FingerCapture, FingerPosition, FingerRequest
from crossing_devices.captures import Deadline
from crossing_devices.sbi import protocol
from crossing_devices.sbi.answers import Expected, Taken, believed, read_capture, words
from crossing_devices.sbi.client import Service
from crossing_devices.sbi.conversion import face_jpeg, finger_record
from crossing_devices.sbi.encryption import DecryptionKey
from crossing_devices.sbi.protocol import SLAPS, Asked, DigitalId, InfoWords, ServiceDevice
from crossing_devices.sbi.services import Found
from crossing_devices.sbi.signatures import Trust

_HEALTH_S: Final = 0.8
_STREAM_WAIT_S: Final = 5.0
_STREAM_MS: Final = 600_000
_INFOS: Final = TypeAdapter(list[InfoWords])


@dataclass(frozen=True)
class Settings:
    """What the options say, the same for every device of a driver. ``method`` is RCAPTURE or CAPTURE; ``domain``
    is None and ``key`` absent for the former; ``quality`` is None where each request says its own."""

    method: str
    purpose: str
    env: str
    versions: tuple[str, ...]
    domain: str | None
    quality: int | None
    trust: Trust | None
    key: DecryptionKey | None


@dataclass(frozen=True)
class _Certified:
    """What the device's signed information tells."""

    device: ServiceDevice
    identity: DigitalId


class SbiDevice:
    """Captures fingers as :class:`FingerCapture`, or a face as JPEG. A finger that failed where others did not is
    absent from the result; SBI has no way to ask for images or minutiae: each record says which it is."""

    def __init__(self, info: DeviceInfo, found: Found, settings: Settings) -> None:
        self.info = info
        self._service: Service = found.service
        self._id = found.device.device_id
        self._serial = found.identity.serial
        self._is_face = found.identity.kind == protocol.FACE
        self._sub_id = next(iter(found.device.sub_ids), "0")
        self._settings = settings
        self._capturing = threading.Lock()
        self._closed = threading.Event()

    def capabilities(self) -> Capabilities:
        return Capabilities(media_types=("image/jpeg" if self._is_face else MEDIA_TYPE,), can_stream=True)

    def capture(self, request: CaptureRequest, report: Report = unheard) -> Capture:
        if not self._capturing.acquire(blocking=False):
            raise DeviceError(DeviceFault.BUSY)
        try:
            self._refuse_closed()
            deadline = Deadline(request.timeout_s)
            certified = self._certified(self._trust(), deadline)
            content = (
                self._face(certified, deadline)
                if self._is_face
                else self._fingers(certified, request.fingers or FingerRequest(), deadline, report)
            )
        finally:
            self._capturing.release()
        return Capture(
            device_id=self.info.device_id,
            media_type=self.capabilities().media_types[0],
            content=content,
            captured_at=dt.datetime.now(dt.UTC),
        )

    def stream(self) -> Iterator[bytes]:
        """What the sensor sees, as the device shows it; unsigned, for watching alone."""
        self._refuse_closed()
        body = {"deviceId": self._id, "deviceSubId": self._sub_id, "timeout": str(_STREAM_MS)}
        for frame in self._service.stream(body, _STREAM_WAIT_S):
            yield frame
            self._refuse_closed()

    def health(self) -> Health:
        if self._capturing.locked():
            return Health(state=HealthState.BUSY)
        try:
            self._refuse_closed()
            device = self._certified(self._trust(), Deadline(_HEALTH_S)).device
        except DeviceError as broken:
            return Health(state=HealthState.UNAVAILABLE, fault=broken.fault, detail=broken.detail)
        busy = device.status.lower() == protocol.BUSY
        return Health(state=HealthState.BUSY if busy else HealthState.READY)

    def close(self) -> None:
        self._closed.set()

    def _refuse_closed(self) -> None:
        if self._closed.is_set():
            raise DeviceError(DeviceFault.VANISHED, "the device was closed")

    def _trust(self) -> Trust:
        if self._settings.trust is None:
            raise DeviceError(DeviceFault.REFUSED, "no authority is trusted: the option 'trust' is missing")
        return self._settings.trust

    def _certified(self, trust: Trust, deadline: Deadline) -> _Certified:
        """The device behind the service, as its own signature tells. Raises DeviceError for another, or none."""
        content = self._service.info(deadline)
        now = dt.datetime.now(dt.UTC)
        try:
            told = _INFOS.validate_json(content)
        except (ValidationError, RecursionError) as strange:
            raise DeviceError(DeviceFault.GARBLED, "not the answer to MOSIPDINFO") from strange
        for one in told:
            if one.info.count(".") != 2:  # a device that is not registered tells of itself unsigned
                continue
            device = words(ServiceDevice, believed(trust, one.info, now).payload)
            if device.device_id != self._id:
                continue
            identity = words(DigitalId, believed(trust, device.digital_id, now).payload)
            if identity.serial != self._serial:
                raise DeviceError(DeviceFault.REFUSED, "another device answers in this one's place")
            self._refuse_unfit(device)
            return _Certified(device, identity)
        raise DeviceError(DeviceFault.VANISHED, "the service no longer has this device")

    def _refuse_unfit(self, device: ServiceDevice) -> None:
        status = device.status.lower()
        if status in (protocol.NOT_READY, protocol.NOT_REGISTERED):
            fault = DeviceFault.FAILED if status == protocol.NOT_READY else DeviceFault.REFUSED
            raise DeviceError(fault, f"the device says that it is {status}")
        if device.purpose.lower() != self._settings.purpose.lower():
            raise DeviceError(DeviceFault.UNSUPPORTED, "the device serves another purpose")
        if device.version(self._settings.versions) is None:
            raise DeviceError(DeviceFault.UNSUPPORTED, "the device speaks no version of SBI that is configured")

    def _face(self, certified: _Certified, deadline: Deadline) -> bytes:
        asked = self._asked(certified, protocol.FACE, "0", (), "", 0, deadline)
        return face_jpeg(self._take(certified, asked, deadline)[0].record)

    def _fingers(self, certified: _Certified, request: FingerRequest, deadline: Deadline, report: Report) -> bytes:
        wanted = tuple(dict.fromkeys(one for one in request.positions if one not in request.missing))
        if not wanted:
            raise DeviceError(DeviceFault.UNSUPPORTED, "no finger is asked for")
        taken: list[Taken] = []
        asked_for = 0
        for sub_id, positions in _turns(certified, wanted):
            report(Progress(step="fingers", done=asked_for, total=len(wanted)))
            previous = taken[-1].hash if taken else ""
            asked = self._asked(certified, protocol.FINGER, sub_id, positions, previous, request.quality, deadline)
            taken += self._take(certified, asked, deadline)
            asked_for += len(positions)
        report(Progress(step="fingers", done=asked_for, total=len(wanted)))
        records = tuple(finger_record(one.record, one.position, one.quality) for one in taken if one.position)
        return (
            FingerCapture(records=records, device_code=taken[0].device_code, signed_by=taken[0].signed_by)
            .model_dump_json()
            .encode()
        )

    def _asked(
        self,
        certified: _Certified,
        kind: str,
        sub_id: str,
        positions: tuple[FingerPosition, ...],
        previous: str,
        quality: int,
        deadline: Deadline,
    ) -> Asked:
        left_s = deadline.left_s()
        return Asked(
            kind=kind,
            device_id=self._id,
            sub_id=sub_id,
            positions=positions,
            version=certified.device.version(self._settings.versions) or "",
            transaction_id=str(uuid.uuid4()),
            previous_hash=previous,
            quality=quality if self._settings.quality is None else self._settings.quality,
            # The device should be the first to give up, and say why.
            timeout_ms=round(1000 * max(left_s - min(1.0, left_s / 4), 0.05)),
        )

    def _take(self, certified: _Certified, asked: Asked, deadline: Deadline) -> tuple[Taken, ...]:
        settings = self._settings
        body = asked.body(purpose=settings.purpose, env=settings.env, domain=settings.domain)
        content = self._service.capture(settings.method, body, deadline)
        expected = Expected(
            asked, self._trust(), certified.identity.serial, settings.purpose, settings.env, settings.key
        )
        return read_capture(content, expected, dt.datetime.now(dt.UTC))


def _turns(certified: _Certified, wanted: tuple[FingerPosition, ...]) -> list[tuple[str, tuple[FingerPosition, ...]]]:
    """What is laid on at once: a hand or both thumbs on a slap scanner, one finger on another."""
    sub_ids = certified.device.sub_ids
    if certified.identity.subtype.lower() == "single" or FingerPosition.UNKNOWN in wanted:
        return [(next(iter(sub_ids), "0"), (one,)) for one in wanted]
    turns = [(sub_id, tuple(one for one in wanted if one in hand)) for sub_id, hand in SLAPS.items()]
    return [(sub_id, positions) for sub_id, positions in turns if positions]
