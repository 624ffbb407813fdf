"""What a TIFF says of its parts before a decoder believes it (TIFF 6.0).

libtiff unpacks whole strips and tiles: a tile of 26,752 pixels a side costs 2 GB, however small the picture that it
is said to be of. Only the first directory is looked at; no other is read.
"""

import struct
from typing import Final, NamedTuple

TIFF_STARTS: Final = (b"II", b"MM")

MAX_VALUES: Final = 20_000
"""Values of one tag, bytes and text aside; as many strips as a page of 30 inches has rows at 600 dpi."""

MAX_SPARE_PIXELS: Final = 4 * 1024 * 1024
"""What tiles may unpack beyond twice their picture: four tiles of 1,024 a side, the largest that are usual."""

MAX_SCANNED_PIXELS: Final = 600_000_000
"""Pixels times scans: twelve scans, as many as progressive JPEG needs, over the largest picture that is accepted."""

START_OF_SCAN: Final = b"\xff\xda"

_ORDERS: Final = {b"II*\0": "<", b"MM\0*": ">"}
_BYTES: Final = frozenset({1, 2, 6, 7})
_SHORT: Final = 3
_LONG: Final = 4

_WIDTH, _HEIGHT, _COMPRESSION, _ROWS = 256, 257, 259, 278
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
_PLACES: Final = (273, 324)
_LENGTHS: Final = (279, 325)
_ONE_NUMBER: Final = frozenset({_WIDTH, _HEIGHT, _COMPRESSION, _ROWS, _TILE_WIDTH, _TILE_HEIGHT})
_LOOKED_AT: Final = _ONE_NUMBER.union(_PLACES, _LENGTHS)

_JPEG: Final = 7
_COMPRESSIONS: Final = frozenset({1, 2, 3, 4, 5, _JPEG, 8, 32_773, 32_946})
"""None, CCITT, LZW, JPEG, Deflate and PackBits: what scanners write. LZMA, Zstandard and others let the file say how
much memory they need."""

_Found = dict[int, tuple[int, ...]]


class _Entry(NamedTuple):
    """One entry of the directory; ``place`` is where it lies in the file."""

    tag: int
    kind: int
    values: int
    place: int


class _Part(NamedTuple):
    """The pixels of a strip or tile."""

    width: int
    height: int


def in_sound_parts(content: bytes) -> bool:
    """Whether what a TIFF's first directory says can be unpacked at about the cost of the picture that it shows.

    False too of one that is cut short, of BigTIFF, which is for files of more than 4 GB, and of orders of bytes that
    nobody writes.
    """
    order = _ORDERS.get(content[:4])
    if order is None:
        return False
    try:
        entries = _entries(content, order)
        if not all(_is_modest(entry) for entry in entries):
            return False
        found = {entry.tag: _values(content, order, entry) for entry in entries if entry.tag in _LOOKED_AT}
    except struct.error:
        return False
    named_once = len({entry.tag for entry in entries}) == len(entries)
    part = _part(found)
    return named_once and part is not None and _reads_each_byte_once(content, found, part)


def _entries(content: bytes, order: str) -> list[_Entry]:
    (at,) = struct.unpack_from(f"{order}I", content, 4)
    (count,) = struct.unpack_from(f"{order}H", content, at)
    places = range(at + 2, at + 2 + 12 * count, 12)
    heads = ((*struct.unpack_from(f"{order}HHI", content, place), place) for place in places)
    return [_Entry(*head) for head in heads]


def _is_modest(entry: _Entry) -> bool:
    if entry.tag in _ONE_NUMBER:
        return entry.values == 1 and entry.kind in (_SHORT, _LONG)
    if entry.tag in _LOOKED_AT and (entry.kind not in (_SHORT, _LONG) or entry.values == 0):
        return False
    return entry.values <= MAX_VALUES or entry.kind in _BYTES


def _values(content: bytes, order: str, entry: _Entry) -> tuple[int, ...]:
    """The numbers of an entry of shorts or longs: in its last four bytes, or where these point to."""
    size, letter = (2, "H") if entry.kind == _SHORT else (4, "I")
    at = entry.place + 8
    if size * entry.values > 4:
        (at,) = struct.unpack_from(f"{order}I", content, at)
    return struct.unpack_from(f"{order}{entry.values}{letter}", content, at)


def _part(found: _Found) -> _Part | None:
    """What is unpacked at once. None where that, or all parts together, is more than the picture is worth."""
    width, height = _one(found, _WIDTH, 0), _one(found, _HEIGHT, 0)
    part = _Part(width, min(_one(found, _ROWS, height), height))
    if _TILE_WIDTH in found or _TILE_HEIGHT in found:
        part = _Part(_one(found, _TILE_WIDTH, 0), _one(found, _TILE_HEIGHT, 0))
    if min(width, height, *part) <= 0:
        return None
    unpacked = _covered(width, part.width) * _covered(height, part.height)
    return part if unpacked <= 2 * width * height + MAX_SPARE_PIXELS else None


def _reads_each_byte_once(content: bytes, found: _Found, part: _Part) -> bool:
    """Whether the parts are packed as scanners do, and are not the same bytes over and over."""
    compression = _one(found, _COMPRESSION, 1)
    lengths = [length for tag in _LENGTHS for length in found.get(tag, ())]
    # A wrong length or two is common; thousands of strips that name the same bytes are not.
    if compression not in _COMPRESSIONS or sum(lengths) > 2 * len(content):
        return False
    if compression != _JPEG:
        return True
    places = [place for tag in _PLACES for place in found.get(tag, ())]
    if len(places) != len(lengths) or 0 in lengths:
        return False
    ends = map(sum, zip(places, lengths, strict=True))
    scans = sum(content.count(START_OF_SCAN, *between) for between in zip(places, ends, strict=True))
    return scans * part.width * part.height <= MAX_SCANNED_PIXELS


def _one(found: _Found, tag: int, otherwise: int) -> int:
    return found[tag][0] if tag in found else otherwise


def _covered(side: int, part: int) -> int:
    return -(-side // part) * part
