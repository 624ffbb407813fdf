"""What can be told of an image file before a decoder sees it: whether its parts are as few as a picture needs.

A limit on pixels alone bounds no time: a JPEG may go over its picture in thousands of scans, a PNG or TIFF may cut it
into millions of pieces, each of which costs the decoder a step. What cameras and scanners write stays far below.
"""

import struct
from typing import Final

MAX_JPEG_SEGMENTS: Final = 2_000
MAX_SCANS: Final = 100
MAX_SCANNED_PIXELS: Final = 600_000_000
"""Pixels times scans: twelve scans, as many as progressive JPEG needs, over the largest picture that is accepted."""

MAX_PNG_CHUNKS: Final = 20_000
MAX_TIFF_VALUES: Final = 20_000
"""Values of one tag, bytes and text aside; as many strips as a page of 30 inches has rows at 600 dpi."""

MAX_RUN_LENGTH_PIXELS: Final = 4_000_000
MAX_RUN_LENGTH_BYTES: Final = 2_000_000
"""Pillow unpacks the run lengths of BMP step by step, in Python."""

_START_OF_SCAN: Final = b"\xff\xda"
_PADDING: Final = (0x00, 0xFF)
_WITHOUT_LENGTH: Final = range(0xD0, 0xDA)
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_TIFF_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_BIG_TIFF: Final = (b"II+\0", b"MM\0+")
_TIFF_BYTES: Final = frozenset({1, 2, 6, 7})


def in_few_parts(content: bytes) -> bool:
    """Whether a file has no more parts than a picture needs. True of anything that is no JPEG, PNG or TIFF."""
    if content.startswith(b"\xff\xd8"):
        return content.count(_START_OF_SCAN) <= MAX_SCANS and _few_segments(content)
    if content.startswith(_PNG):
        return _few_chunks(content)
    if content[:4] in _TIFF_ORDERS:
        return _few_values(content, _TIFF_ORDERS[content[:4]])
    # BigTIFF is for files of more than 4 GB.
    return not content.startswith(_BIG_TIFF)


def worth_its_pixels(content: bytes, form: str, pixels: int, *, run_lengths: bool) -> bool:
    """Whether unpacking a picture of so many ``pixels`` costs about what it shows."""
    if form == "JPEG":
        return content.count(_START_OF_SCAN) * pixels <= MAX_SCANNED_PIXELS
    if run_lengths:
        return pixels <= MAX_RUN_LENGTH_PIXELS and len(content) <= MAX_RUN_LENGTH_BYTES
    return True


def _few_segments(content: bytes) -> bool:
    """The markers before the first scan (ITU-T T.81, annex B.1)."""
    at = 2
    for _ in range(MAX_JPEG_SEGMENTS):
        if at + 4 > len(content) or content[at : at + 2] == _START_OF_SCAN:
            return True
        if content[at] != 0xFF or content[at + 1] in _PADDING:
            at += 1
        elif content[at + 1] in _WITHOUT_LENGTH:
            at += 2
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return False


def _few_chunks(content: bytes) -> bool:
    """ISO/IEC 15948, 5.3: a length, a name, that many bytes and a checksum."""
    at = len(_PNG)
    for _ in range(MAX_PNG_CHUNKS):
        if at + 12 > len(content):
            return True
        at += 12 + int.from_bytes(content[at : at + 4], "big")
    return False


def _few_values(content: bytes, order: str) -> bool:
    """The first directory (TIFF 6.0, section 2): tag, type, count and place of each entry; no other is read."""
    try:
        (at,) = struct.unpack_from(f"{order}I", content, 4)
        (entries,) = struct.unpack_from(f"{order}H", content, at)
        for entry in range(entries):
            _, kind, count = struct.unpack_from(f"{order}HHI", content, at + 2 + 12 * entry)
            if count > MAX_TIFF_VALUES and kind not in _TIFF_BYTES:
                return False
    except struct.error:  # cut short, which the decoder says better
        return True
    return True
