"""The portrait as a chip holds it: small, as JPEG or JPEG 2000, inside a record of ISO/IEC 19794-5 or 39794-5."""

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from PIL import Image

from crossing_devices.simulated.passport.tlv import integer, tlv
from crossing_devices.simulated.specimens.photograph import jpeg
from crossing_devices.simulated.specimens.render import fitted, silhouette
from crossing_devices.simulated.specimens.traveller import BgrImage, SpecimenTraveller

SIZE_PX: Final = (413, 531)
"""35 by 45 mm at 300 dpi (Doc 9303-9 section 3.2)."""
_MIN_BYTES: Final = 2_000


class PortraitCoding(StrEnum):
    JPEG = "jpeg"
    JPEG_2000 = "jpeg2000"


class PortraitRecord(StrEnum):
    ISO_19794_5 = "19794-5"
    ISO_39794_5 = "39794-5"


@dataclass(frozen=True)
class EncodedPortrait:
    content: bytes
    coding: PortraitCoding
    width: int
    height: int


def encoded_portrait(traveller: SpecimenTraveller, coding: PortraitCoding, max_bytes: int) -> EncodedPortrait:
    """The best quality that fits ``max_bytes``. Raises ValueError where none does."""
    if max_bytes < _MIN_BYTES:
        raise ValueError(f"no portrait fits {max_bytes} bytes")
    width, height = SIZE_PX
    drawn = traveller.portrait
    picture = silhouette(height, width) if drawn is None else fitted(drawn, width, height)
    content = _jpeg(picture, max_bytes) if coding is PortraitCoding.JPEG else _jpeg_2000(picture, max_bytes)
    return EncodedPortrait(content, coding, width, height)


def biometric_data(portrait: EncodedPortrait, record: PortraitRecord, sex: str) -> tuple[int, bytes, int]:
    """The tag of the biometric data block, its value, and the format type of its header (Doc 9303-10 4.7.2)."""
    if record is PortraitRecord.ISO_19794_5:
        return 0x5F2E, _record_19794(portrait, sex), 0x0008
    return 0x7F2E, _record_39794(portrait), 0x002A


def _jpeg(picture: BgrImage, max_bytes: int) -> bytes:
    for quality in range(100, 5, -5):
        content = jpeg(picture, quality)
        if len(content) <= max_bytes:
            return content
    raise ValueError(f"no JPEG of the portrait fits {max_bytes} bytes")


def _jpeg_2000(picture: BgrImage, max_bytes: int) -> bytes:
    image = Image.fromarray(np.ascontiguousarray(picture[:, :, ::-1]))
    rate = picture.size / max_bytes
    for _ in range(8):
        out = io.BytesIO()
        image.save(out, "JPEG2000", quality_mode="rates", quality_layers=[rate], irreversible=True)
        if out.tell() <= max_bytes:
            return out.getvalue()
        rate *= 1.1
    raise ValueError(f"no JPEG 2000 of the portrait fits {max_bytes} bytes")


def _record_19794(portrait: EncodedPortrait, sex: str) -> bytes:
    """ISO/IEC 19794-5:2005 section 5: facial header, facial information, image information, image; no feature
    points."""
    gender = {"M": 1, "F": 2}.get(sex, 0)
    image_type = 0 if portrait.coding is PortraitCoding.JPEG else 1
    # Sections 5.6 and 5.7: full frontal, sRGB; expression, pose, eyes and hair unspecified, source a digital camera.
    image_information = (
        bytes([1, image_type]) + portrait.width.to_bytes(2, "big") + portrait.height.to_bytes(2, "big")
    ) + bytes([1, 2, 0, 0, 0, 0])
    length = 20 + len(image_information) + len(portrait.content)
    facial_information = length.to_bytes(4, "big") + bytes([0, 0, gender, 0, 0]) + bytes(3 + 2 + 3 + 3)
    header = b"FAC\x00010\x00" + (14 + length).to_bytes(4, "big") + (1).to_bytes(2, "big")
    return header + facial_information + image_information + portrait.content


def _record_39794(portrait: EncodedPortrait) -> bytes:
    """ISO/IEC 39794-5:2019 annex A, tagged binary encoding, with what the application profile for eMRTDs asks for."""
    coding = 2 if portrait.coding is PortraitCoding.JPEG else 3
    size = tlv(0xA7, integer(portrait.width, 0x80), integer(portrait.height, 0x81))
    information = tlv(0xA1, tlv(0xA0, integer(coding, 0x80)), size)
    representation = tlv(0xA0, tlv(0xA0, tlv(0x80, portrait.content), information))
    block = tlv(0x30, integer(1, 0x80), tlv(0xA1, representation))
    version = tlv(0xA0, integer(3, 0x80), integer(2019, 0x81))
    return tlv(0xA1, tlv(0x65, version, tlv(0xA1, block)))
