"""What can be told of an image file before a decoder sees it: whether its parts are as few as a picture needs.

A limit on pixels alone bounds no time: a JPEG may go over its picture in thousands of scans, a PNG or TIFF may cut it
into millions of pieces, each of which costs the decoder a step. What cameras and scanners write stays far below.
"""

from typing import Final

from crossing.platform.tiff_structure import MAX_SCANNED_PIXELS, START_OF_SCAN, TIFF_STARTS, in_sound_parts

MAX_JPEG_SEGMENTS: Final = 2_000
MAX_SCANS: Final = 100
MAX_PNG_CHUNKS: Final = 20_000
MAX_RUN_LENGTH_PIXELS: Final = 4_000_000
MAX_RUN_LENGTH_BYTES: Final = 2_000_000
"""Pillow unpacks the run lengths of BMP step by step, in Python."""

_PADDING: Final = (0x00, 0xFF)
_WITHOUT_LENGTH: Final = range(0xD0, 0xDA)
_PNG: Final = b"\x89PNG\r\n\x1a\n"


def in_few_parts(content: bytes) -> bool:
    """Whether a file has no more parts than a picture needs. True of anything that is no JPEG, PNG or TIFF."""
    if content.startswith(b"\xff\xd8"):
        return content.count(START_OF_SCAN) <= MAX_SCANS and _few_segments(content)
    if content.startswith(_PNG):
        return _few_chunks(content)
    return not content.startswith(TIFF_STARTS) or in_sound_parts(content)


def worth_its_pixels(content: bytes, form: str, pixels: int, *, run_lengths: bool) -> bool:
    """Whether unpacking a picture of so many ``pixels`` costs about what it shows."""
    if form == "JPEG":
        return content.count(START_OF_SCAN) * pixels <= MAX_SCANNED_PIXELS
    if run_lengths:
        return pixels <= MAX_RUN_LENGTH_PIXELS and len(content) <= MAX_RUN_LENGTH_BYTES
    return True


def _few_segments(content: bytes) -> bool:
    """The markers before the first scan (ITU-T T.81, annex B.1)."""
    at = 2
    for _ in range(MAX_JPEG_SEGMENTS):
        if at + 4 > len(content) or content[at : at + 2] == START_OF_SCAN:
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
