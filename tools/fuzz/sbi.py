"""What a finger scanner's service answers: discoveries, signed captures, records, and what the post is handed then.

The first byte of an input chooses the door that the rest is brought to.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any, Final

from tools.fuzz.target import Target, promised

from crossing.fingers.errors import FingersUnreadable
from crossing.fingers.records import parse_fingers
from crossing.ports.devices import DeviceError
from crossing.ports.fingers import FingerCapture, FingerFormat, FingerPosition
from crossing_devices.sbi.answers import Expected, chained, read_capture
from crossing_devices.sbi.client import Service
from crossing_devices.sbi.conversion import face_jpeg, finger_record
from crossing_devices.sbi.iso.finger_images import Compression, parse_finger_images
from crossing_devices.sbi.protocol import Asked
from crossing_devices.sbi.services import read_devices
from crossing_devices.sbi.signatures import NotTrusted, Trust, decode_base64url
from crossing_devices.simulated.sbi import records
from crossing_devices.simulated.sbi.pki import DevicePki, base64url
from crossing_devices.simulated.sbi.records import RecordForm, drawn_face, face_record
from crossing_devices.simulated.sbi.server import SCANNER

NOW: Final = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
LONGEST: Final = 400_000
INDEX: Final = FingerPosition.RIGHT_INDEX
ASKED: Final = Asked("Finger", "1", "2", (INDEX,), "1.0", "00000000-0000-4000-8000-000000000000")
_EXTREMES: Final = (
    b"\0",
    b"\xff",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff",
    b"-1",
    b"1e999",
    b"null",
    b"[",
    b'"',
    b"{}",
)


@cache
def pki() -> DevicePki:
    return DevicePki.create(now=NOW)


@cache
def expected() -> Expected:
    return Expected(ASKED, Trust([pki().authority]), SCANNER.serial, "Registration", "Developer")


def sbi_answer(content: bytes) -> bool:
    """One answer to a capture, as it comes off the line; whether it is taken."""
    try:
        taken = read_capture(content, expected(), NOW)
    except DeviceError:
        return False
    promised([one.position for one in taken] in ([INDEX], [FingerPosition.UNKNOWN]), "the finger that was asked for")
    promised(all(one.signed_by for one in taken), "nothing unsigned is taken")
    return True


def _signed(content: bytes) -> bool:
    """The payload of a capture, signed by a device that is trusted and says anything."""
    data = content.decode("utf-8", errors="replace")
    try:
        value = decode_base64url(str(json.loads(data)["bioValue"]))
    except (ValueError, LookupError, TypeError, RecursionError):
        value = b""
    entry = {"data": pki().signed_text(data), "hash": chained("", value)}
    return sbi_answer(json.dumps({"biometrics": [entry]}).encode())


def _finger(content: bytes) -> bool:
    """A record as it comes out of an answer; what the driver makes of it the post has to take."""
    try:
        kept = finger_record(content, INDEX, None)
    except DeviceError:
        return False
    if kept.format is FingerFormat.IMAGE:
        promised(parse_finger_images(kept.record).compression is Compression.WSQ, "images are WSQ")
    try:
        parse_fingers(FingerCapture.model_construct(records=(kept,)).model_dump_json().encode())
    except FingersUnreadable as refused:
        promised(_is_pictures_own(refused), f"the post takes what the driver gives, but for {refused.what}")
    return True


def _is_pictures_own(refused: FingersUnreadable) -> bool:
    """The post looks closer at WSQ files that a device made itself, and at sizes and minutiae."""
    return "WSQ" in refused.what or "minutiae" in refused.what or "view" in refused.what


def _face(content: bytes) -> bool:
    try:
        promised(face_jpeg(content).startswith(b"\xff\xd8\xff"), "a face is a JPEG")
    except DeviceError:
        return False
    return True


def _post(content: bytes) -> bool:
    try:
        promised(bool(parse_fingers(content).records), "a capture has a finger")
    except FingersUnreadable:
        return False
    return True


def _token(content: bytes) -> bool:
    try:
        expected().trust.open(content.decode("latin-1"), NOW)
    except NotTrusted:
        return False
    return True


def _discovery(content: bytes) -> bool:
    try:
        found = read_devices(Service("127.0.0.1", 4501), content)
    except ValueError:
        return False
    promised(all(len(one.name) <= 64 for one in found), "a device's name is short")
    return True


DOORS: Final[tuple[Callable[[bytes], bool], ...]] = (sbi_answer, _signed, _finger, _face, _post, _token, _discovery)


def run(data: bytes) -> None:
    taken(data)


def taken(data: bytes) -> bool:
    """Whether the input went through its door."""
    return bool(data) and DOORS[data[0] % len(DOORS)](data[1:])


def seeds() -> Iterator[bytes]:
    recorded = records.finger_record(1, INDEX, 80, RecordForm.WSQ)
    identity = {"serialNo": SCANNER.serial, "type": "Finger", "make": "Crossing", "deviceSubType": "Slap"}
    payload = {
        "digitalId": pki().signed(identity),
        "bioType": "Finger",
        "bioSubType": "Right IndexFinger",
        "purpose": "Registration",
        "env": "Developer",
        "bioValue": base64url(b"record"),
        "transactionId": ASKED.transaction_id,
        "timestamp": "2026-03-01T12:00:00Z",
        "qualityScore": "80",
    }
    answer = {
        "biometrics": [{"data": pki().signed(payload), "hash": chained("", b"record"), "error": {"errorCode": "0"}}]
    }
    kept = FingerCapture.model_construct(records=(finger_record(recorded, INDEX, 80),)).model_dump_json()
    described = SCANNER.described(base64url(json.dumps(identity).encode()), "Ready", "Registration")
    yield b"\0" + _json(answer)
    failed = {"error": {"errorCode": "101"}}
    yield b"\0" + _json({"biometrics": [failed, *answer["biometrics"]]})
    yield b"\1" + _json(payload)
    for form in RecordForm:
        yield b"\2" + records.finger_record(1, INDEX, 80, form)
    yield b"\3" + face_record(drawn_face())
    yield b"\4" + kept.encode()
    yield b"\5" + pki().signed(identity).encode()
    yield b"\6" + _json([described])


def mutate(data: bytes, rng: Random) -> bytes:
    """JSON with another value in one of its places, or any input with bytes changed, cut, doubled, made extreme."""
    changed = bytearray(data or b"\0")
    if data[1:2] in (b"{", b"[") and rng.random() < 0.6:
        changed[1:] = _with_another_value(bytes(changed[1:]), rng)
        return bytes(changed[:LONGEST])
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        # The headers are in the first kilobyte.
        reach = len(changed) if rng.random() < 0.3 else min(len(changed), 1024)
        at = rng.randrange(1, max(reach, 2))
        kind = rng.randrange(4)
        if kind == 0:
            changed[at : at + 1] = bytes((rng.randrange(256),))
        elif kind == 1:
            change = rng.choice(_EXTREMES)
            changed[at : at + len(change)] = change
        elif kind == 2:
            del changed[at : at + rng.choice((1, 2, 8, 500, 100_000))]
        else:
            changed[at:at] = changed[at : at + rng.choice((1, 4, 40, 2000))]
    return bytes(changed[:LONGEST])


def _with_another_value(content: bytes, rng: Random) -> bytes:
    """Descends at random, and puts in place of what is there an odd value or a slightly other one."""
    try:
        whole = here = json.loads(content)
    except (ValueError, RecursionError):
        return content[: rng.randrange(len(content))]
    while here:
        place = rng.choice(list(here)) if isinstance(here, dict) else rng.randrange(len(here))
        below = here[place]
        if not isinstance(below, dict | list) or not below or rng.random() < 0.1:
            odd: tuple[Any, ...] = (
                None,
                "",
                0,
                -1,
                1e300,
                [],
                {},
                True,
                "UNKNOWN",
                "Right Thumb",
                "\u0000",
                [below],
                below,
            )
            here[place] = below[1:] if isinstance(below, str) and rng.random() < 0.3 else rng.choice(odd)
            break
        here = below
    return _json(whole)


def _json(content: Any) -> bytes:
    return json.dumps(content).encode()


SBI: Final = Target("sbi", run, mutate, seeds, longest=LONGEST, hang_s=10.0, memory_mb=1500)
