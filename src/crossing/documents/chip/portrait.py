"""The portrait in DG2: the biometric template around it, its face record, the picture itself.

Doc 9303-10 section 4.7.2; ISO/IEC 7816-11 (templates), ISO/IEC 19794-5:2005 and ISO/IEC 39794-5:2019 (records).
"""

import io
import struct
from typing import Final

import numpy as np
from PIL import Image

from crossing.documents.chip import tlv
from crossing.documents.chip.files import TAGS
from crossing.documents.chip.results import ChipPortrait
from crossing.documents.chip.tlv import Tlv, TlvDamaged
from crossing.platform.errors import DomainError
from crossing.platform.images import BgrImage, decode_image
from crossing.ports.chip import ChipFile

MAX_PICTURE_BYTES: Final = 512 * 1024
MAX_PIXELS: Final = 4_000_000
"""A portrait of 35 x 45 mm at 1000 dpi has 2.4 million."""
MIN_SIDE: Final = 16

JPEG: Final = "image/jpeg"
JPEG_2000: Final = "image/jp2"

_TEMPLATE_GROUP: Final = 0x7F61
_TEMPLATE: Final = 0x7F60
_PLAIN_RECORD: Final = 0x5F2E
_BUILT_RECORD: Final = 0x7F2E

_JPEG_MARK: Final = b"\xff\xd8\xff"
_JP2_MARK: Final = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
_CODESTREAM_MARK: Final = b"\xff\x4f\xff\x51"

# ISO/IEC 19794-5:2005 table 2: identifier, version, length, number of faces; then of each face its length, number of
# points and what is known of the face, then of its image the width and height and how it was made.
_RECORD: Final = struct.Struct(">4s4sIH")
_FACE: Final = struct.Struct(">IH14x")
_POINT_BYTES: Final = 8
_IMAGE_BYTES: Final = 12

# ISO/IEC 39794-5 annex A: the block of faces, its representations, the first of them, its image, the basic kind of
# image, in two dimensions, the data.
_PATH: Final = (0xA1, 0x65, 0xA1, 0x30, 0xA1, 0xA0, 0xA0, 0x80)


class PortraitUnreadable(ValueError):
    """DG2 holds no portrait that can be shown."""


def read_portrait(content: bytes) -> ChipPortrait:
    """The first portrait in DG2. Raises ValueError where there is none, or none that is safe to decode."""
    for template in _templates(content):
        picture = _picture(template)
        if picture:
            return decode_portrait(picture)
    raise PortraitUnreadable("no portrait")


def decode_portrait(picture: bytes) -> ChipPortrait:
    """The picture in ``picture``, JPEG or JPEG 2000. Raises :class:`PortraitUnreadable`.

    Sizes are read from its header and held against the limits before a pixel is decoded.
    """
    if len(picture) > MAX_PICTURE_BYTES:
        raise PortraitUnreadable("too many bytes")
    if picture.startswith(_JPEG_MARK):
        return ChipPortrait(_jpeg(picture), picture, JPEG)
    if picture.startswith((_JP2_MARK, _CODESTREAM_MARK)):
        return ChipPortrait(_jpeg_2000(picture), picture, JPEG_2000)
    raise PortraitUnreadable("neither JPEG nor JPEG 2000")


def _templates(content: bytes) -> tuple[Tlv, ...]:
    group = tlv.read_one(tlv.read_one(content, TAGS[ChipFile.DG2]).value, _TEMPLATE_GROUP)
    number, *templates = group.children()
    if tlv.integer(number) != len(templates):
        raise TlvDamaged("another number of templates than is stated")
    return tuple(tlv.expect(one, _TEMPLATE) for one in templates)


def _picture(template: Tlv) -> bytes:
    """The first picture in a template; empty where its record has none."""
    for part in template.children():
        if part.tag == _PLAIN_RECORD:
            return _face_record(part.value)
        if part.tag == _BUILT_RECORD:
            return _extensible_record(part)
    return b""


def _face_record(record: bytes) -> bytes:
    """ISO/IEC 19794-5:2005 section 5: fixed fields, each block with its own length."""
    try:
        identifier, version, length, faces = _RECORD.unpack_from(record)
        block, points = _FACE.unpack_from(record, _RECORD.size)
    except struct.error as short:
        raise PortraitUnreadable("a face record cut short") from short
    if identifier != b"FAC\0" or version != b"010\0" or faces < 1 or length > len(record):
        raise PortraitUnreadable("no face record of a known version")
    start = _RECORD.size + _FACE.size + points * _POINT_BYTES + _IMAGE_BYTES
    end = _RECORD.size + block
    if not start < end <= length:
        raise PortraitUnreadable("a face record with lengths that do not fit")
    return record[start:end]


def _extensible_record(record: Tlv) -> bytes:
    element = record
    for tag in _PATH:
        found = next((one for one in element.children() if one.tag == tag), None)
        if found is None:
            raise PortraitUnreadable("a face record without an image in two dimensions")
        element = found
    return element.value


def _jpeg(picture: bytes) -> BgrImage:
    # The header is found the same way again within; the limit here is a portrait's, far below a page's.
    width, height = _size(picture, "JPEG")
    _check_size(width, height)
    try:
        return decode_image(picture)
    except DomainError as refused:
        raise PortraitUnreadable(refused.code) from refused


def _jpeg_2000(picture: bytes) -> BgrImage:
    """Doc 9303 allows JPEG 2000 on chips; it is taken nowhere else, so its decoder hears of no other sender."""
    _check_codestream(_codestream(picture))
    _check_size(*_size(picture, "JPEG2000"))
    try:
        image = Image.open(io.BytesIO(picture), formats=("JPEG2000",))
        rgb = np.asarray(image.convert("RGB"), dtype=np.uint8)
    except Exception as broken:  # a decoder fed with hostile bytes may raise anything
        raise PortraitUnreadable("damaged JPEG 2000") from broken
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _size(picture: bytes, kind: str) -> tuple[int, int]:
    try:
        return Image.open(io.BytesIO(picture), formats=(kind,)).size
    except Exception as broken:  # a decoder fed with hostile bytes may raise anything
        raise PortraitUnreadable(f"damaged {kind}") from broken


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS or min(width, height) < MIN_SIDE:
        raise PortraitUnreadable("a picture of an unusual size")


def _codestream(picture: bytes) -> bytes:
    """What the decoder decodes: the file itself, or what its box for it holds (ISO/IEC 15444-1 annex I.5.4)."""
    at = 0 if picture.startswith(_JP2_MARK) else len(picture)
    while at + 8 <= len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        if kind == b"jp2c":
            return picture[at + (16 if length == 1 else 8) :]
        if length < 8:
            raise PortraitUnreadable("JPEG 2000 with boxes of unusual lengths")
        at += length
    return picture


def _check_codestream(codestream: bytes) -> None:
    """The SIZ marker (ISO/IEC 15444-1 annex A.5.1), which alone decides what the decoder allocates: the box around it
    may say otherwise."""
    if not codestream.startswith(_CODESTREAM_MARK):
        raise PortraitUnreadable("JPEG 2000 without a codestream")
    try:
        right, low, left, top, tile_width, tile_height = struct.unpack_from(">IIIIII", codestream, 8)
        (components,) = struct.unpack_from(">H", codestream, 40)
    except struct.error as short:
        raise PortraitUnreadable("JPEG 2000 without a header") from short
    _check_size(max(right - left, 0), max(low - top, 0))
    tiles = -(-right // max(tile_width, 1)) * -(-low // max(tile_height, 1))
    if not 1 <= components <= 4 or not tile_width or not tile_height or tiles > 1_024:
        raise PortraitUnreadable("JPEG 2000 with unusual tiles or components")
