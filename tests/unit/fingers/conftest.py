"""Captures as the agent hands them over, of drawn fingers."""

import io

import pytest
import wsq
from PIL import Image

from crossing.ports.fingers import FingerCapture, FingerFormat, FingerPosition, FingerRecord
from crossing_devices.sbi.iso.finger_images import Compression, FingerImages, FingerView, compose_finger_images
from crossing_devices.simulated.sbi.ridges import fingerprint

WSQ_FORMAT = wsq.WsqImagePlugin.WsqImageFile.format


def small_wsq(width: int = 120, height: int = 140) -> bytes:
    ridges = Image.fromarray(fingerprint(1, FingerPosition.RIGHT_INDEX)[150 : 150 + height, 100 : 100 + width])
    out = io.BytesIO()
    ridges.save(out, WSQ_FORMAT)
    return out.getvalue()


def image_record(
    image: bytes, position: FingerPosition = FingerPosition.RIGHT_INDEX, *, size: tuple[int, int] = (120, 140)
) -> FingerRecord:
    code = list(FingerPosition).index(position)
    content = compose_finger_images(FingerImages((FingerView(code, *size, image, quality=70),), Compression.WSQ))
    return record_of(content, position)


def record_of(
    content: bytes,
    position: FingerPosition = FingerPosition.RIGHT_INDEX,
    record_format: FingerFormat = FingerFormat.IMAGE,
) -> FingerRecord:
    return FingerRecord.model_construct(position=position, format=record_format, record=content, quality=70)


def capture_of(*records: FingerRecord) -> bytes:
    return FingerCapture.model_construct(records=records, device_code="code", signed_by="").model_dump_json().encode()


@pytest.fixture(scope="session")
def wsq_file() -> bytes:
    return small_wsq()
