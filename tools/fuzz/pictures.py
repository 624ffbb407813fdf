"""Image files, broken in every way, and the reading of those that can still be opened."""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any, Final

import numpy as np
from PIL import Image
from tools.fuzz.lines import TODAY
from tools.fuzz.specimens import small_photo
from tools.fuzz.target import Target, promised

from crossing.documents.reading.default import page_reader
from crossing.documents.service import DocumentReader
from crossing.documents.visible.reader import VisibleZoneReader
from crossing.platform.errors import DomainError
from crossing.platform.images import MAX_PIXELS, BgrImage, decode_image

LONGEST: Final = 60_000
_READ_ONE_IN: Final = 16
"""Opening a file takes a thousandth of what reading a page does; most broken files are opened alone."""
_EXTREMES: Final = (0, 1, 15, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_EXIF_ORIENTATION: Final = 0x0112


@cache
def documents() -> DocumentReader:
    """As a post has it; opened once a process, which takes a second."""
    return DocumentReader(page_reader(threads=1), visible=VisibleZoneReader(threads=1))


def run(data: bytes) -> None:
    image = decoded(data)
    if image is not None and zlib.crc32(data) % _READ_ONE_IN == 0:
        check_reading(image)


def decoded(data: bytes) -> BgrImage | None:
    """The picture, held against what ``decode_image`` promises; None where the file is refused."""
    try:
        image = decode_image(data)
    except DomainError:
        return None
    promised(image.dtype == np.uint8 and image.ndim == 3 and image.shape[2] == 3, "8 bits, three channels")
    promised(image.shape[0] * image.shape[1] <= MAX_PIXELS, "no picture over the limit")
    promised(bool(image.flags.c_contiguous), "contiguous")
    return image


def check_reading(image: BgrImage) -> None:
    """Reads a page as a lane does, and holds the answer against what a page reader promises."""
    before = zlib.crc32(image.tobytes())
    page = documents().read_image(image, today=TODAY).page
    promised(zlib.crc32(image.tobytes()) == before, "the picture itself is left as it was")
    for one in (page, *page.others):
        promised(0 <= one.certainty <= 1, "certainty from 0 to 1")
        promised((one.mrz is None) == (not one.lines), "lines where there is an MRZ, and only there")
        promised(one.confidence == "low" or (one.mrz is not None and one.mrz.valid), "sure of what is valid alone")
        height, width = one.image.shape[:2]
        for box in one.line_boxes:
            promised(box.left >= 0 and box.top >= 0 and box.width > 0 and box.height > 0, "boxes have an extent")
            promised(box.left + box.width <= width and box.top + box.height <= height, "boxes lie in the picture")


def seeds() -> Iterator[bytes]:
    """A small photographed page in every format and in the odder variants that cameras and tools write."""
    page = Image.fromarray(np.ascontiguousarray(small_photo(0, 260)[:, :, ::-1]))
    exif = Image.Exif()
    exif[_EXIF_ORIENTATION] = 6
    variants: list[tuple[Image.Image, dict[str, Any]]] = [
        (page, {"format": "JPEG", "quality": 60}),
        (page, {"format": "JPEG", "quality": 50, "progressive": True, "exif": exif}),
        (page.convert("CMYK"), {"format": "JPEG", "quality": 40}),
        (page.convert("L"), {"format": "JPEG", "quality": 50}),
        (page, {"format": "MPO", "quality": 40, "save_all": True, "append_images": [page]}),
        (page.quantize(16), {"format": "PNG"}),
        (page.convert("1"), {"format": "PNG"}),
        (page.convert("L").resize((80, 60)).convert("I;16"), {"format": "PNG"}),
        (page.convert("RGBA").resize((80, 60)), {"format": "PNG", "exif": exif}),
        (page.resize((60, 40)), {"format": "PNG", "save_all": True, "append_images": [page.resize((60, 40))]}),
        (page, {"format": "WEBP", "quality": 40, "exif": exif}),
        (page.resize((80, 60)), {"format": "WEBP", "lossless": True}),
        (page.resize((80, 60)), {"format": "WEBP", "save_all": True, "append_images": [page.resize((80, 60))]}),
        (page.resize((80, 60)), {"format": "TIFF"}),
        (page.convert("1"), {"format": "TIFF", "compression": "group4"}),
        (page.quantize(32), {"format": "TIFF", "compression": "tiff_lzw"}),
        (page, {"format": "TIFF", "compression": "jpeg"}),
        (page.convert("L"), {"format": "TIFF", "compression": "tiff_adobe_deflate"}),
        (page.convert("F").resize((40, 30)), {"format": "TIFF"}),
        (page.quantize(16), {"format": "GIF"}),
        (page.resize((80, 60)), {"format": "BMP"}),
        (page.quantize(4), {"format": "BMP"}),
    ]
    for picture, options in variants:
        out = io.BytesIO()
        picture.save(out, **options)
        yield out.getvalue()[:LONGEST]


def mutate(data: bytes, rng: Random) -> bytes:
    """Bytes and runs of them changed, sizes made extreme, files cut short or grown into each other."""
    changed = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        _CHANGES[rng.randrange(len(_CHANGES))](changed, rng)
    if changed.startswith(b"\x89PNG") and rng.random() < 0.7:
        _seal_png(changed)
    return bytes(changed[:LONGEST])


def _place(data: bytearray, rng: Random) -> int:
    """Headers are short and decide: half of the changes fall into the first bytes."""
    return rng.randrange(min(len(data), 128) if rng.random() < 0.5 else len(data)) if data else 0


def _flip(data: bytearray, rng: Random) -> None:
    if data:
        data[_place(data, rng)] ^= 1 << rng.randrange(8)


def _overwrite(data: bytearray, rng: Random) -> None:
    at = _place(data, rng)
    data[at : at + 1] = rng.randbytes(rng.choice((1, 1, 4, 32)))


def _extreme(data: bytearray, rng: Random) -> None:
    at, value = _place(data, rng), rng.choice(_EXTREMES)
    width = rng.choice((">H", "<H", ">I", "<I"))
    number = struct.pack(width, value & (0xFFFF if "H" in width else 0xFFFFFFFF))
    data[at : at + len(number)] = number


def _cut(data: bytearray, rng: Random) -> None:
    at = _place(data, rng)
    del data[at : at + rng.choice((1, 2, 8, 100, 10_000))]


def _repeat(data: bytearray, rng: Random) -> None:
    at = _place(data, rng)
    data[at:at] = data[at : at + rng.choice((4, 12, 64, 1000))] * rng.choice((1, 1, 2, 30))


def _exchange(data: bytearray, rng: Random) -> None:
    at, other, length = _place(data, rng), _place(data, rng), rng.choice((2, 12, 200))
    data[at : at + length], data[other : other + length] = data[other : other + length], data[at : at + length]


_CHANGES: Final[tuple[Callable[[bytearray, Random], None], ...]] = (
    _flip, _flip, _overwrite, _overwrite, _extreme, _extreme, _cut, _repeat, _exchange,
)  # fmt: skip


def _seal_png(data: bytearray) -> None:
    """Checksums put right again, so that the change itself is met and not its checksum."""
    at = 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            return
        data[end : end + 4] = zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4


DECODE: Final = Target("decode", run, mutate, seeds, longest=LONGEST, hang_s=20.0, memory_mb=2500)
