"""Finger image records: ISO/IEC 19794-4:2005 read and written, and 19794-4:2011, which MOSIP's devices give, read.

Both editions begin with ``FIR``; the version that follows tells them apart. Only single fingers (positions 0 to 10),
8 bits a pixel. Field widths: 2005 clause 7, tables 2 and 4; 2011 clause 8, tables 2 and 4.
"""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

from crossing_devices.sbi.iso.reading import Reader, RecordError, expect

MAGIC: Final = b"FIR\0"
MAX_FINGERS: Final = 10
MAX_SIDE_PX: Final = 2000
UNDEFINED_QUALITY: Final = 254
_EDITION_2005: Final = b"010\0"
_EDITION_2011: Final = b"020\0"
_GENERAL_HEADER: Final = 32
_FINGER_HEADER: Final = 14
_PER_INCH: Final = 1
_PER_CENTIMETRE: Final = 2
_CM_PER_INCH: Final = 2.54


class Compression(IntEnum):
    """Table 3 of the 2005 edition. The 2011 edition puts lossless JPEG 2000 at 5 and PNG at 6."""

    RAW = 0
    PACKED = 1
    WSQ = 2
    JPEG = 3
    JPEG_2000 = 4
    PNG = 5


_COMPRESSION_2011: Final = {
    0: Compression.RAW,
    1: Compression.PACKED,
    2: Compression.WSQ,
    3: Compression.JPEG,
    4: Compression.JPEG_2000,
    5: Compression.JPEG_2000,
    6: Compression.PNG,
}


@dataclass(frozen=True, slots=True)
class FingerView:
    """One picture of one finger. ``position`` 0 to 10, ``impression`` as in table 7, sides in pixels.

    ``quality`` is 0 to 100, or None where the record gives none.
    """

    position: int
    width: int
    height: int
    image: bytes
    view: int = 1
    views: int = 1
    quality: int | None = None
    impression: int = 0


@dataclass(frozen=True, slots=True)
class FingerImages:
    """A record. ``dpi`` is the image's resolution across and down, ``compression`` that of every view."""

    views: tuple[FingerView, ...]
    compression: Compression
    dpi: tuple[int, int] = (500, 500)
    device_id: int = 0
    acquisition_level: int = 31


def parse_finger_images(content: bytes) -> FingerImages:
    """The record in ``content``, of either edition. Raises RecordError."""
    read = Reader(content)
    expect(read.take(4) == MAGIC, "not a finger image record")
    edition = read.take(4)
    if edition == _EDITION_2005:
        return _parse_2005(read, len(content))
    if edition == _EDITION_2011:
        return _parse_2011(read, len(content))
    raise RecordError("a finger image record of an unknown edition")


def compose_finger_images(record: FingerImages) -> bytes:
    """The record as 19794-4:2005. Raises RecordError for one that the format cannot hold."""
    expect(1 <= len(record.views) <= MAX_FINGERS, "1 to 10 views")
    blocks = b"".join(_finger_block(view) for view in record.views)
    across, down = record.dpi
    expect(0 < across <= 0xFFFF and 0 < down <= 0xFFFF, "a resolution of 16 bits")
    expect(0 <= record.device_id <= 0xFFFF and 0 <= record.acquisition_level <= 0xFFFF, "numbers of 16 bits")
    resolution = across.to_bytes(2, "big") + down.to_bytes(2, "big")
    header = b"".join(
        (
            MAGIC,
            _EDITION_2005,
            (_GENERAL_HEADER + len(blocks)).to_bytes(6, "big"),
            record.device_id.to_bytes(2, "big"),
            record.acquisition_level.to_bytes(2, "big"),
            bytes((len({view.position for view in record.views}), _PER_INCH)),
            resolution,
            resolution,
            bytes((8, record.compression)),
            bytes(2),
        )
    )
    return header + blocks


def _finger_block(view: FingerView) -> bytes:
    _check_view(view)
    quality = UNDEFINED_QUALITY if view.quality is None else view.quality
    return b"".join(
        (
            (_FINGER_HEADER + len(view.image)).to_bytes(4, "big"),
            bytes((view.position, view.views, view.view, quality, view.impression)),
            view.width.to_bytes(2, "big"),
            view.height.to_bytes(2, "big"),
            bytes(1),
            view.image,
        )
    )


def _check_view(view: FingerView) -> None:
    expect(0 <= view.position <= 10, "a single finger's position is 0 to 10")
    expect(1 <= view.view <= view.views <= 255, "a view's number is within its count")
    expect(view.quality is None or 0 <= view.quality <= 100, "a quality is 0 to 100")
    expect(0 <= view.impression <= 29, "an impression type is 0 to 29")
    expect(0 < view.width <= MAX_SIDE_PX and 0 < view.height <= MAX_SIDE_PX, "sides of 1 to 2000 pixels")
    expect(0 < len(view.image) <= 0xFFFFFFFF - _FINGER_HEADER, "a view has an image")


def _parse_2005(read: Reader, length: int) -> FingerImages:
    expect(read.number(6) == length, "the record's length is another")
    device_id, level = read.number(2), read.number(2)
    fingers = read.number(1)
    expect(1 <= fingers <= MAX_FINGERS, "1 to 10 fingers")
    dpi = _resolution(read)
    expect(read.number(1) == 8, "8 bits a pixel")
    compression = _known(read.number(1), {int(one): one for one in Compression})
    read.skip(2)
    views: list[FingerView] = []
    while read.left:
        expect(len(views) < MAX_FINGERS, "at most 10 views")
        views.append(_finger_2005(read))
    expect(len({view.position for view in views}) == fingers, "as many fingers as are announced")
    return FingerImages(tuple(views), compression, dpi, device_id, level)


def _finger_2005(read: Reader) -> FingerView:
    length = read.number(4)
    expect(length > _FINGER_HEADER, "a finger's block is longer than its header")
    position, views, view, quality, impression = read.take(5)
    width, height = read.number(2), read.number(2)
    read.skip(1)
    return _checked(
        FingerView(
            position, width, height, read.take(length - _FINGER_HEADER), view, views, _quality(quality), impression
        )
    )


def _parse_2011(read: Reader, length: int) -> FingerImages:
    expect(read.number(4) == length, "the record's length is another")
    count = read.number(2)
    expect(1 <= count <= MAX_FINGERS, "1 to 10 representations")
    certified = read.number(1)
    expect(certified in (0, 1), "a certification flag is 0 or 1")
    read.skip(1)
    parts = [_representation(read, bool(certified)) for _ in range(count)]
    read.end()
    first = parts[0]
    expect(all(one.compression == first.compression and one.dpi == first.dpi for one in parts), "views of one kind")
    # Representations are numbered from 0 in 2011, views from 1 in 2005.
    positions = [one.views[0].position for one in parts]
    views = []
    for place, one in enumerate(parts):
        position = positions[place]
        number = positions[: place + 1].count(position)
        views.append(replace(one.views[0], view=number, views=positions.count(position)))
    return replace(first, views=tuple(views))


def _representation(read: Reader, certified: bool) -> FingerImages:
    length = read.number(4)
    expect(length > 4, "a representation is longer than its length")
    part = Reader(read.take(length - 4))
    part.skip(9 + 1 + 2)  # capture date and time, technology, vendor
    device_id = part.number(2)
    scores = [part.take(5)[0] for _ in range(part.number(1))]
    if certified:
        part.skip(3 * part.number(1))
    position = part.number(1)
    part.skip(1)
    dpi = _resolution(part)
    expect(part.number(1) == 8, "8 bits a pixel")
    compression = _known(part.number(1), _COMPRESSION_2011)
    impression = part.number(1)
    width, height = part.number(2), part.number(2)
    image = part.take(part.number(4))
    # Segmentation, annotation and comment blocks may follow; nothing of them is kept.
    quality = _quality(scores[0]) if scores else None
    view = _checked(FingerView(position, width, height, image, quality=quality, impression=impression))
    return FingerImages((view,), compression, dpi, device_id)


def _resolution(read: Reader) -> tuple[int, int]:
    """The image's resolution in dots per inch, behind the scale and the scanner's own resolution."""
    scale = read.number(1)
    read.skip(4)
    across, down = read.number(2), read.number(2)
    expect(scale in (_PER_INCH, _PER_CENTIMETRE), "a scale per inch or per centimetre")
    expect(across > 0 and down > 0, "a resolution that is not 0")
    if scale == _PER_INCH:
        return across, down
    return min(round(across * _CM_PER_INCH), 0xFFFF), min(round(down * _CM_PER_INCH), 0xFFFF)


def _known(code: int, table: dict[int, Compression]) -> Compression:
    if code not in table:
        raise RecordError("an unknown compression")
    return table[code]


def _quality(byte: int) -> int | None:
    return byte if byte <= 100 else None


def _checked(view: FingerView) -> FingerView:
    _check_view(view)
    return view
