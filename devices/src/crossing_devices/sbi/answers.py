"""A capture's answer, checked: who signed it, whether it answers this question, now, and nothing is left out.

The hash chain (specification, capture response): ``hash`` is SHA-256, upper-case hex, of the previous hash's bytes
and the SHA-256 of this record before encryption; the first previous hash is that of the question, or where there is
none the SHA-256 of nothing.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from crossing.ports.devices import DeviceError, DeviceFault
from crossing.ports.fingers import FingerPosition
from crossing_devices.sbi.encryption import DecryptionKey, NotDecrypted
from crossing_devices.sbi.protocol import (
    FACE,
    POSITIONS,
    SUCCESS,
    Asked,
    BiometricWords,
    CaptureData,
    CaptureWords,
    DigitalId,
    fault_of,
)
from crossing_devices.sbi.signatures import NotTrusted, Signed, Trust, decode_base64url

FRESH: Final = dt.timedelta(minutes=5)
_Words = TypeVar("_Words", bound=BaseModel)


@dataclass(frozen=True)
class Expected:
    """What an answer must fit. ``serial`` is the device's as its certified information told it."""

    asked: Asked
    trust: Trust
    serial: str
    purpose: str
    env: str
    key: DecryptionKey | None = None


@dataclass(frozen=True)
class Taken:
    """One biometric that holds. ``position`` is None for a face, ``quality`` the device's own, 0 to 100."""

    position: FingerPosition | None
    record: bytes
    quality: int | None
    hash: str
    device_code: str
    signed_by: str


def read_capture(content: bytes, expected: Expected, now: dt.datetime) -> tuple[Taken, ...]:
    """Every biometric of the answer that came; those that failed are left out, unless all did.

    Raises DeviceError: GARBLED for what is not an answer or not to this question, REFUSED for what is not signed by a
    trusted device or encrypted for another, and the device's own fault where it captured nothing.
    """
    answer = words(CaptureWords, content)
    previous, faults = expected.asked.previous_hash, []
    taken: list[Taken] = []
    for one in answer.biometrics:
        if one.error is not None and one.error.code != SUCCESS:
            faults.append(one.error.code)
            previous = one.hash
            continue
        taken.append(_taken(one, expected, previous, now))
        previous = taken[-1].hash
    if not taken:
        code = faults[0] if faults else "708"
        raise DeviceError(fault_of(code), f"the device answered {code}")
    _check_positions(taken, expected.asked)
    return tuple(taken)


def words(model: type[_Words], content: bytes | str) -> _Words:
    """JSON as ``model``. Raises DeviceError GARBLED; nothing of the content gets into the detail."""
    try:
        return model.model_validate_json(content)
    except (ValidationError, RecursionError) as strange:
        raise DeviceError(DeviceFault.GARBLED, f"not the answer of {model.__name__}") from strange


def believed(trust: Trust, token: str, now: dt.datetime) -> Signed:
    """Raises DeviceError REFUSED, saying which check failed."""
    try:
        return trust.open(token, now)
    except NotTrusted as doubt:
        raise DeviceError(DeviceFault.REFUSED, str(doubt)) from doubt


def chained(previous: str, record: bytes) -> str:
    """The hash behind ``previous`` and ``record``. Raises ValueError where ``previous`` is not hex."""
    before = bytes.fromhex(previous) if previous.strip() else hashlib.sha256(b"").digest()
    return hashlib.sha256(before + hashlib.sha256(record).digest()).hexdigest().upper()


def _taken(one: BiometricWords, expected: Expected, previous: str, now: dt.datetime) -> Taken:
    signed = believed(expected.trust, one.data, now)
    data = words(CaptureData, signed.payload)
    _check_data(data, expected, now)
    device = words(DigitalId, believed(expected.trust, data.digital_id, now).payload)
    if device.serial != expected.serial:
        raise DeviceError(DeviceFault.REFUSED, "another device signed")
    record = _record(one, data, expected)
    try:
        follows = one.hash.strip().upper() == chained(previous, record)
    except ValueError as broken:
        raise DeviceError(DeviceFault.GARBLED, "the hash chain is not hex") from broken
    if not follows:
        raise DeviceError(DeviceFault.REFUSED, "the hash chain is broken")
    return Taken(_position(data), record, _quality(data.quality), one.hash, data.device_code, signed.fingerprint)


def _check_data(data: CaptureData, expected: Expected, now: dt.datetime) -> None:
    asked = expected.asked
    if data.transaction_id != asked.transaction_id:
        raise DeviceError(DeviceFault.REFUSED, "the answer belongs to another transaction")
    if (data.purpose.lower(), data.env.lower()) != (expected.purpose.lower(), expected.env.lower()):
        raise DeviceError(DeviceFault.REFUSED, "the answer is for another purpose or environment")
    if data.bio_type.lower() != asked.kind.lower():
        raise DeviceError(DeviceFault.GARBLED, "another kind of biometric came")
    try:
        stamp = dt.datetime.fromisoformat(data.timestamp.strip())
    except ValueError as broken:
        raise DeviceError(DeviceFault.GARBLED, "the timestamp cannot be read") from broken
    if stamp.tzinfo is None or abs(now - stamp) > FRESH:
        raise DeviceError(DeviceFault.REFUSED, "the timestamp is not of now; do the clocks agree?")


def _record(one: BiometricWords, data: CaptureData, expected: Expected) -> bytes:
    try:
        value = decode_base64url(data.value)
        if expected.key is None:
            return value
        wrapped = decode_base64url(one.session_key)
        return expected.key.open(value, wrapped, one.thumbprint, data.timestamp, data.transaction_id)
    except NotDecrypted as locked:
        raise DeviceError(DeviceFault.REFUSED, str(locked)) from locked
    except ValueError as broken:
        raise DeviceError(DeviceFault.GARBLED, "the record is not base64url") from broken


def _position(data: CaptureData) -> FingerPosition | None:
    if data.bio_type.lower() == FACE.lower():
        return None
    position = POSITIONS.get((data.bio_subtype or "UNKNOWN").strip().lower())
    if position is None:
        raise DeviceError(DeviceFault.GARBLED, "an unknown finger")
    return position


def _check_positions(taken: list[Taken], asked: Asked) -> None:
    """Only fingers that were asked for, none twice; a device that tells no finger apart says UNKNOWN."""
    came = [one.position for one in taken if one.position is not None]
    named = [one for one in came if one is not FingerPosition.UNKNOWN]
    if len(named) != len(set(named)) or len(taken) > max(len(asked.positions), 1):
        raise DeviceError(DeviceFault.GARBLED, "more came than was asked for")
    if FingerPosition.UNKNOWN not in asked.positions and not set(named) <= set(asked.positions):
        raise DeviceError(DeviceFault.GARBLED, "a finger came that was not asked for")


def _quality(text: str) -> int | None:
    try:
        score = float(text)
    except ValueError:
        return None
    return round(score) if 0 <= score <= 100 else None
