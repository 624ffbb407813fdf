"""What is asked of a finger scanner, and what it hands over: ISO/IEC 19794-4 images with WSQ, or 19794-2 minutiae."""

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Base64Bytes, Field

from crossing.ports._dto import Dto

MEDIA_TYPE: Final = "application/vnd.crossing.fingers+json"
"""Of a capture whose content is a :class:`FingerCapture` as JSON."""

MAX_RECORD_BYTES: Final = 512 * 1024


class FingerPosition(StrEnum):
    """ISO/IEC 19794-4:2005 table 5, codes 0 to 10."""

    UNKNOWN = "unknown"
    RIGHT_THUMB = "right_thumb"
    RIGHT_INDEX = "right_index"
    RIGHT_MIDDLE = "right_middle"
    RIGHT_RING = "right_ring"
    RIGHT_LITTLE = "right_little"
    LEFT_THUMB = "left_thumb"
    LEFT_INDEX = "left_index"
    LEFT_MIDDLE = "left_middle"
    LEFT_RING = "left_ring"
    LEFT_LITTLE = "left_little"


class FingerFormat(StrEnum):
    """``IMAGE``: ISO/IEC 19794-4:2005 (FIR) whose images are WSQ; ``MINUTIAE``: ISO/IEC 19794-2:2005 (FMR)."""

    IMAGE = "iso19794-4"
    MINUTIAE = "iso19794-2"


class FingerRequest(Dto):
    """``missing`` are fingers that the traveller does not have; ``quality`` (0 to 100) is what the device should
    reach before it stops asking."""

    positions: Annotated[tuple[FingerPosition, ...], Field(min_length=1, max_length=10)] = (
        FingerPosition.RIGHT_INDEX,
        FingerPosition.LEFT_INDEX,
    )
    missing: tuple[FingerPosition, ...] = ()
    quality: Annotated[int, Field(ge=0, le=100)] = 40
    format: FingerFormat = FingerFormat.IMAGE


class FingerRecord(Dto):
    """One finger. ``quality`` is the device's own, 0 to 100, None where it gives none."""

    position: FingerPosition
    format: FingerFormat
    record: Base64Bytes
    quality: Annotated[int, Field(ge=0, le=100)] | None = None


class FingerCapture(Dto):
    """``device_code`` is what the device calls itself, ``signed_by`` the fingerprint (SHA-256, hex) of the
    certificate that its answer was signed with, and whose chain was checked."""

    records: Annotated[tuple[FingerRecord, ...], Field(max_length=10)]
    device_code: str = ""
    signed_by: str = ""
