"""What a finger scanner handed over, read again by the post before it is kept.

The agent's driver has composed the records; the post believes no device, so every header field is checked here anew:
ISO/IEC 19794-4:2005 clause 7 (images) and 19794-2:2005 clause 8 (minutiae), one finger and one view a record.
"""

from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from crossing.fingers.errors import FingersUnreadable
from crossing.fingers.wsq import GreyImage, decode_wsq, wsq_size
from crossing.ports.fingers import MAX_RECORD_BYTES, FingerCapture, FingerFormat, FingerPosition, FingerRecord

MAX_CAPTURE_BYTES: Final = 8 * 1024 * 1024
_CODES: Final = {position: code for code, position in enumerate(FingerPosition)}
_FIR_HEADER: Final = 32
_FINGER_HEADER: Final = 14
_FMR_HEADER: Final = 24
_WSQ: Final = 2
_DPI: Final = range(490, 511)


@dataclass(frozen=True)
class FingerImage:
    """One finger's picture. ``quality`` is the device's own, 0 to 100; None where it gave none."""

    position: FingerPosition
    quality: int | None
    picture: GreyImage


def read_fingers(content: bytes) -> FingerCapture:
    """The capture in ``content`` (the JSON of ports/fingers), every record checked and every picture decoded once.

    Raises :class:`FingersUnreadable`.
    """
    capture = parse_fingers(content)
    decode_wsq([wsq_of(one) for one in capture.records if one.format is FingerFormat.IMAGE])
    return capture


def parse_fingers(content: bytes) -> FingerCapture:
    """As :func:`read_fingers`, without decoding the pictures. Raises :class:`FingersUnreadable`."""
    if len(content) > MAX_CAPTURE_BYTES:
        raise FingersUnreadable("a capture of at most 8 MB")
    try:
        capture = FingerCapture.model_validate_json(content)
    except (ValidationError, RecursionError) as strange:
        raise FingersUnreadable("not a capture of fingers") from strange
    named = [one.position for one in capture.records if one.position is not FingerPosition.UNKNOWN]
    _expect(bool(capture.records), "a capture with a finger")
    _expect(len(named) == len(set(named)), "each finger once")
    for one in capture.records:
        check_record(one)
    return capture


def check_record(record: FingerRecord) -> None:
    """Raises :class:`FingersUnreadable`."""
    _expect(len(record.record) <= MAX_RECORD_BYTES, "a record of at most 512 KB")
    if record.format is FingerFormat.IMAGE:
        wsq_of(record)
    else:
        _check_minutiae(record)


def finger_images(capture: FingerCapture) -> list[FingerImage]:
    """The decoded pictures of those records that hold one. Raises :class:`FingersUnreadable`."""
    records = [one for one in capture.records if one.format is FingerFormat.IMAGE]
    pictures = decode_wsq([wsq_of(one) for one in records])
    return [FingerImage(one.position, one.quality, picture) for one, picture in zip(records, pictures, strict=True)]


def wsq_of(record: FingerRecord) -> bytes:
    """The WSQ file of an image record whose headers hold. Raises :class:`FingersUnreadable`."""
    content = record.record
    _expect(len(content) > _FIR_HEADER + _FINGER_HEADER, "an image record longer than its headers")
    _expect(content[:8] == b"FIR\x00010\x00", "an image record of 2005")
    _expect(_number(content, 8, 6) == len(content), "the record's length")
    _expect(content[18:20] == b"\x01\x01", "one finger, in dots per inch")
    _expect(_number(content, 24, 2) in _DPI and _number(content, 26, 2) in _DPI, "500 dots per inch")
    _expect(content[28:30] == bytes((8, _WSQ)), "8 bits a pixel, as WSQ")
    finger = content[_FIR_HEADER:]
    _expect(_number(finger, 0, 4) == len(finger), "the finger's length")
    _expect(finger[4] == _CODES[record.position], "the finger that is told")
    _expect(finger[5:7] == b"\x01\x01", "one view")
    image = finger[_FINGER_HEADER:]
    _expect(wsq_size(image) == (_number(finger, 9, 2), _number(finger, 11, 2)), "a picture of the size that is told")
    return image


def _check_minutiae(record: FingerRecord) -> None:
    content = record.record
    _expect(len(content) >= _FMR_HEADER + 6, "a minutiae record longer than its headers")
    _expect(content[:8] == b"FMR\0 20\0", "a minutiae record of 2005")
    _expect(_number(content, 8, 4) == len(content), "the record's length")
    _expect(all(_number(content, at, 2) > 0 for at in (14, 16, 18, 20)), "sizes that are not 0")
    _expect(content[22] == 1, "one view")
    position, _, quality, count = content[24:28]
    _expect(position in (_CODES[record.position], 0), "the finger that is told")
    _expect(quality <= 100, "a quality to 100")
    end = _FMR_HEADER + 4 + 6 * count
    _expect(end + 2 + _number(content, end, 2) == len(content), "as many minutiae as are told")


def _number(content: bytes, at: int, width: int) -> int:
    return int.from_bytes(content[at : at + width], "big")


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise FingersUnreadable(what)
