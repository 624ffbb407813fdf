"""The picture out of a face record: ISO/IEC 19794-5:2005, and 19794-5:2011, which MOSIP's devices give.

Field widths: 2005 clause 5 (tables 1 and 3 to 9); 2011 clause 8, figure 2. Feature points are skipped.
"""

from dataclasses import dataclass
from typing import Final

from crossing_devices.sbi.iso.reading import Reader, RecordError, expect

MAGIC: Final = b"FAC\0"
_EDITION_2005: Final = b"010\0"
_EDITION_2011: Final = b"030\0"
_POINT: Final = 8


@dataclass(frozen=True, slots=True)
class FaceImage:
    """``image`` is a JPEG or a JPEG 2000 file; the sides in pixels are as the record gives them."""

    image: bytes
    width: int
    height: int


def parse_face(content: bytes) -> FaceImage:
    """The first picture of the record. Raises RecordError."""
    read = Reader(content)
    expect(read.take(4) == MAGIC, "not a face record")
    edition = read.take(4)
    expect(read.number(4) == len(content), "the record's length is another")
    count = read.number(2)
    expect(count >= 1, "a record with a face")
    if edition == _EDITION_2005:
        return _face_2005(read)
    if edition == _EDITION_2011:
        return _face_2011(read)
    raise RecordError("a face record of an unknown edition")


def compose_face(face: FaceImage) -> bytes:
    """A record of the 2005 edition with one full frontal JPEG and nothing said about the person."""
    information = bytes(16)
    image = bytes((1, 0)) + face.width.to_bytes(2, "big") + face.height.to_bytes(2, "big") + bytes((1, 2, 0, 0, 0, 0))
    length = 4 + len(information) + len(image) + len(face.image)
    block = length.to_bytes(4, "big") + information + image + face.image
    return MAGIC + _EDITION_2005 + (14 + len(block)).to_bytes(4, "big") + (1).to_bytes(2, "big") + block


def _face_2005(read: Reader) -> FaceImage:
    length = read.number(4)
    expect(length > 32, "a face's block is longer than its header")
    part = Reader(read.take(length - 4))
    points = part.number(2)
    part.skip(14 + _POINT * points)
    part.skip(2)  # kind of picture, kind of data: the data themselves say what they are
    width, height = part.number(2), part.number(2)
    part.skip(6)
    return _picture(part.take(part.left), width, height)


def _face_2011(read: Reader) -> FaceImage:
    read.skip(1 + 2)  # certification flag, temporal semantics
    length = read.number(4)
    expect(length > 4, "a face's block is longer than its header")
    part = Reader(read.take(length - 4))
    part.skip(9 + 1 + 2 + 2)  # capture date and time, technology, vendor, type
    part.skip(5 * part.number(1))
    points = part.number(2)
    part.skip(15 + _POINT * points)
    part.skip(2)
    width, height = part.number(2), part.number(2)
    part.skip(5)
    return _picture(part.take(part.number(4)), width, height)


def _picture(image: bytes, width: int, height: int) -> FaceImage:
    expect(bool(image), "a face has a picture")
    expect(width > 0 and height > 0, "sizes that are not 0")
    return FaceImage(image, width, height)
