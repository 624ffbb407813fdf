"""From what a device recorded to what the post keeps: ISO/IEC 19794-4:2005 with WSQ, 19794-2:2005, or a JPEG.

MOSIP's devices record fingers by the 2011 edition, mostly with JPEG 2000. WSQ is the FBI's compression for ridges at
500 dots per inch (IAFIS-IC-0110), so pictures of another resolution are brought to that.
"""

import io
from dataclasses import replace
from typing import Final

import wsq
from PIL import Image

from crossing.ports.devices import DeviceError, DeviceFault
from crossing.ports.fingers import MAX_RECORD_BYTES, FingerFormat, FingerPosition, FingerRecord
from crossing_devices.captures import complete_jpeg
from crossing_devices.sbi.iso import finger_images, minutiae
from crossing_devices.sbi.iso.faces import parse_face
from crossing_devices.sbi.iso.finger_images import Compression, FingerImages, FingerView
from crossing_devices.sbi.iso.reading import RecordError, expect
from crossing_devices.sbi.protocol import CODES

WSQ_DPI: Final = 500
_DPI_SLACK: Final = 10
_DPI_RANGE: Final = range(400, 1101)
_MIN_SIDE_PX: Final = 100
_MAX_FACE_PX: Final = 50_000_000
_FILES: Final = {Compression.JPEG: "JPEG", Compression.JPEG_2000: "JPEG2000", Compression.PNG: "PNG"}
_WSQ_START: Final = b"\xff\xa0"
_WSQ_FRAME: Final = 0xA2
_WSQ_SEGMENTS: Final = frozenset((0xA4, 0xA5, 0xA6, 0xA7, 0xA8))
# Importing the package gives Pillow its WSQ writer.
_WSQ_FORMAT: Final = wsq.WsqImagePlugin.WsqImageFile.format


def finger_record(content: bytes, position: FingerPosition, quality: int | None) -> FingerRecord:
    """The record of one finger as the post keeps it. Raises DeviceError GARBLED for what is none, UNSUPPORTED."""
    if len(content) > MAX_RECORD_BYTES * 8:
        raise DeviceError(DeviceFault.GARBLED, "a record over 4 MB")
    try:
        kept, kind = _kept(content, position)
    except RecordError as broken:
        raise DeviceError(DeviceFault.GARBLED, str(broken)) from broken
    if len(kept) > MAX_RECORD_BYTES:
        raise DeviceError(DeviceFault.UNSUPPORTED, "a record over 512 KB")
    return FingerRecord.model_construct(position=position, format=kind, record=kept, quality=quality)


def face_jpeg(content: bytes) -> bytes:
    """The JPEG of a face record; a JPEG 2000 is made one. Raises DeviceError GARBLED."""
    try:
        picture = parse_face(content).image
        if picture.startswith(b"\xff\xd8\xff"):
            return complete_jpeg(picture)
        opened = _opened(picture, "JPEG2000", _MAX_FACE_PX)
    except RecordError as broken:
        raise DeviceError(DeviceFault.GARBLED, str(broken)) from broken
    out = io.BytesIO()
    opened.convert("RGB").save(out, "JPEG", quality=95)
    return out.getvalue()


def wsq_size(image: bytes) -> tuple[int, int]:
    """Width and height that a WSQ file's frame header tells. Raises RecordError.

    The file is not decoded here: the usual decoder (NBIS) writes past its buffers for hostile input.
    """
    expect(image.startswith(_WSQ_START), "not a WSQ file")
    at = 2
    while at + 4 <= len(image):
        expect(image[at] == 0xFF, "a WSQ marker")
        marker, length = image[at + 1], int.from_bytes(image[at + 2 : at + 4], "big")
        if marker == _WSQ_FRAME:
            expect(at + 10 <= len(image), "a whole WSQ frame header")
            return int.from_bytes(image[at + 8 : at + 10], "big"), int.from_bytes(image[at + 6 : at + 8], "big")
        expect(marker in _WSQ_SEGMENTS and length >= 2, "a WSQ segment")
        at += 2 + length
    raise RecordError("a WSQ file has a frame")


def _kept(content: bytes, position: FingerPosition) -> tuple[bytes, FingerFormat]:
    if content.startswith(minutiae.MAGIC):
        template = minutiae.parse_minutiae(content)
        _check_position({view.position for view in template.views}, position)
        return content, FingerFormat.MINUTIAE
    record = finger_images.parse_finger_images(content)
    _check_position({view.position for view in record.views}, position)
    view = replace(record.views[0], view=1, views=1, position=CODES[position])
    return finger_images.compose_finger_images(_with_wsq(replace(record, views=(view,)))), FingerFormat.IMAGE


def _check_position(told: set[int], position: FingerPosition) -> None:
    """A record may leave the finger open; it may not name another than the one that was signed for."""
    expect(len(told) == 1, "a record of one finger")
    expect(told <= {CODES[position], 0} or position is FingerPosition.UNKNOWN, "a record of the signed finger")


def _with_wsq(record: FingerImages) -> FingerImages:
    view = record.views[0]
    at_500 = all(abs(one - WSQ_DPI) <= _DPI_SLACK for one in record.dpi)
    if record.compression is Compression.WSQ:
        expect(wsq_size(view.image) == (view.width, view.height), "a WSQ picture of the size that is told")
        if not at_500:
            raise DeviceError(DeviceFault.UNSUPPORTED, "a WSQ picture that is not of 500 dots per inch")
        return record
    picture = _grey(record.compression, view)
    if not at_500:
        picture = _resampled(picture, record.dpi)
    expect(min(picture.size) >= _MIN_SIDE_PX, "a picture of at least 100 pixels a side")
    out = io.BytesIO()
    picture.save(out, _WSQ_FORMAT)
    kept = replace(view, image=out.getvalue(), width=picture.width, height=picture.height)
    return replace(record, views=(kept,), compression=Compression.WSQ, dpi=(WSQ_DPI, WSQ_DPI))


def _grey(compression: Compression, view: FingerView) -> Image.Image:
    size = (view.width, view.height)
    if compression in (Compression.RAW, Compression.PACKED):
        # Of 8 bits a pixel, nothing is left to pack.
        expect(len(view.image) == view.width * view.height, "as many pixels as are told")
        return Image.frombytes("L", size, view.image)
    picture = _opened(view.image, _FILES[compression], finger_images.MAX_SIDE_PX**2)
    expect(picture.size == size, "a picture of the size that is told")
    return picture.convert("L")


def _resampled(picture: Image.Image, dpi: tuple[int, int]) -> Image.Image:
    if not all(one in _DPI_RANGE for one in dpi):
        raise DeviceError(DeviceFault.UNSUPPORTED, "a picture of too few or too many dots per inch")
    size = (round(picture.width * WSQ_DPI / dpi[0]), round(picture.height * WSQ_DPI / dpi[1]))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _opened(content: bytes, kind: str, max_pixels: int) -> Image.Image:
    """A decoded picture of exactly this format. Raises RecordError."""
    try:
        picture = Image.open(io.BytesIO(content), formats=(kind,))
        expect(picture.width * picture.height <= max_pixels, "a picture that is not too large")
        picture.load()
    except RecordError:
        raise
    except Exception as broken:  # a decoder fed with hostile bytes may raise anything
        raise RecordError("a picture that can be opened") from broken
    return picture
