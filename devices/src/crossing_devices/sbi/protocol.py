"""SBI's words: what is asked of a device service and what it answers.

Sources: MOSIP's Secure Biometric Interface specification (1.0, formerly MDS 0.9.5), and where it leaves a doubt what
MOSIP's programs do that devices are certified against: the registration client (``mdm.sbi.spec_1_0``: numbers travel
as strings) and mosip-mock-services' MockMDS (hash chain over bytes, error codes from 110 on). Vendors add fields of
their own; what is not known here is ignored.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from crossing.ports.devices import DeviceFault
from crossing.ports.fingers import FingerPosition

PORTS: Final = range(4501, 4601)
VERSIONS: Final = ("1.0", "0.9.5")
FINGER: Final = "Finger"
FACE: Final = "Face"
READY: Final = "ready"
BUSY: Final = "busy"
NOT_READY: Final = "not ready"
NOT_REGISTERED: Final = "not registered"
SUCCESS: Final = "0"

SUBTYPES: Final = {
    FingerPosition.RIGHT_THUMB: "Right Thumb",
    FingerPosition.RIGHT_INDEX: "Right IndexFinger",
    FingerPosition.RIGHT_MIDDLE: "Right MiddleFinger",
    FingerPosition.RIGHT_RING: "Right RingFinger",
    FingerPosition.RIGHT_LITTLE: "Right LittleFinger",
    FingerPosition.LEFT_THUMB: "Left Thumb",
    FingerPosition.LEFT_INDEX: "Left IndexFinger",
    FingerPosition.LEFT_MIDDLE: "Left MiddleFinger",
    FingerPosition.LEFT_RING: "Left RingFinger",
    FingerPosition.LEFT_LITTLE: "Left LittleFinger",
    FingerPosition.UNKNOWN: "UNKNOWN",
}
POSITIONS: Final = {name.lower(): position for position, name in SUBTYPES.items()}
CODES: Final = {position: code for code, position in enumerate(FingerPosition)}
"""ISO/IEC 19794-4:2005 table 5: the port lists the positions in its order."""

SLAPS: Final = {
    "1": tuple(one for one in SUBTYPES if one.startswith("left_") and one is not FingerPosition.LEFT_THUMB),
    "2": tuple(one for one in SUBTYPES if one.startswith("right_") and one is not FingerPosition.RIGHT_THUMB),
    "3": (FingerPosition.LEFT_THUMB, FingerPosition.RIGHT_THUMB),
}
"""``deviceSubId`` of a slap scanner: the four left fingers, the four right ones, both thumbs."""

_FAULTS: Final = {
    **dict.fromkeys(("100", "103", "107", "108"), DeviceFault.REFUSED),
    **dict.fromkeys(("101", "609", "701", "707", "708", "801"), DeviceFault.NOTHING_PRESENTED),
    **dict.fromkeys(("106", "202", "503", "605", "705", "805"), DeviceFault.VANISHED),
    **dict.fromkeys(("109", "601", "606", "706", "709", "806", "809"), DeviceFault.UNSUPPORTED),
    **dict.fromkeys(("111", "607", "703", "803"), DeviceFault.BUSY),
}


def fault_of(code: str) -> DeviceFault:
    """Which of our faults an SBI error code is; FAILED for all that have no better one.

    A capture's own time-out (701, 801) means that the device was well and nobody laid a finger on it.
    """
    return _FAULTS.get(code, DeviceFault.FAILED)


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class ErrorWords(_Words):
    code: str = Field(default=SUCCESS, max_length=10, validation_alias=AliasChoices("errorCode", "errorcode"))


class DigitalId(_Words):
    serial: str = Field(alias="serialNo", max_length=100)
    make: str = Field(default="", max_length=100)
    model: str = Field(default="", max_length=100)
    kind: str = Field(alias="type", max_length=20)
    subtype: str = Field(default="", alias="deviceSubType", max_length=20)


class ServiceDevice(_Words):
    """One device of a service, out of ``MOSIPDISC`` (``digitalId`` unsigned) or ``MOSIPDINFO`` (signed)."""

    device_id: str = Field(alias="deviceId", max_length=200)
    status: str = Field(default="", alias="deviceStatus", max_length=40)
    sub_ids: tuple[str, ...] = Field(default=(), alias="deviceSubId", max_length=20)
    digital_id: str = Field(default="", alias="digitalId")
    device_code: str = Field(default="", alias="deviceCode", max_length=200)
    versions: tuple[str, ...] = Field(default=(), alias="specVersion", max_length=20)
    purpose: str = Field(default="", max_length=40)
    error: ErrorWords | None = None

    def version(self, known: tuple[str, ...]) -> str | None:
        """Of the versions that the device names, as it writes it, the first that we know; None for none."""
        named = {one.lower().removeprefix("sbi").strip(): one for one in self.versions}
        return next((named[one] for one in known if one in named), None)


class InfoWords(_Words):
    info: str = Field(default="", alias="deviceInfo")
    error: ErrorWords | None = None


class BiometricWords(_Words):
    data: str = ""
    hash: str = Field(default="", max_length=200)
    session_key: str = Field(default="", alias="sessionKey", max_length=4096)
    thumbprint: str = Field(default="", max_length=200)
    error: ErrorWords | None = None


class CaptureWords(_Words):
    biometrics: tuple[BiometricWords, ...] = Field(max_length=20)


class CaptureData(_Words):
    """The signed part of one biometric."""

    digital_id: str = Field(alias="digitalId")
    device_code: str = Field(default="", alias="deviceCode", max_length=200)
    bio_type: str = Field(alias="bioType", max_length=20)
    bio_subtype: str | None = Field(default=None, alias="bioSubType", max_length=40)
    purpose: str = Field(max_length=40)
    env: str = Field(max_length=40)
    value: str = Field(alias="bioValue")
    transaction_id: str = Field(alias="transactionId", max_length=200)
    timestamp: str = Field(max_length=60)
    quality: str = Field(default="", alias="qualityScore", max_length=40)


@dataclass(frozen=True)
class Asked:
    """One capture that a device is asked for. ``positions`` are empty for a face."""

    kind: str
    device_id: str
    sub_id: str
    positions: tuple[FingerPosition, ...]
    version: str
    transaction_id: str
    previous_hash: str = ""
    quality: int = 40
    timeout_ms: int = 10_000

    def body(self, *, purpose: str, env: str, domain: str | None) -> dict[str, Any]:
        """The JSON of ``RCAPTURE`` and ``CAPTURE``; ``domain`` belongs to the latter alone."""
        wanted: dict[str, Any] = {
            "type": self.kind,
            "count": str(max(len(self.positions), 1)),
            "requestedScore": str(self.quality),
            "deviceId": self.device_id,
            "deviceSubId": self.sub_id,
            "previousHash": self.previous_hash,
        }
        if self.positions:
            others = [one for one in SLAPS.get(self.sub_id, ()) if one not in self.positions]
            wanted["bioSubType"] = [SUBTYPES[one] for one in self.positions]
            wanted["exception"] = [SUBTYPES[one] for one in others]
        return {
            "env": env,
            "purpose": purpose,
            "specVersion": self.version,
            "timeout": str(self.timeout_ms),
            "captureTime": written(dt.datetime.now(dt.UTC)),
            "transactionId": self.transaction_id,
            "bio": [wanted],
            "customOpts": None,
            **({"domainUri": domain} if domain is not None else {}),
        }


def written(moment: dt.datetime) -> str:
    """A time as SBI writes it: UTC, whole seconds."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
