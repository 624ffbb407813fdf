"""Finger minutiae records: ISO/IEC 19794-2:2005, clause 8 (record format), as fingers give them and cards keep them.

Extended data (ridge counts, cores and deltas) are skipped when read and never written.
"""

from dataclasses import dataclass
from typing import Final

from crossing_devices.sbi.iso.reading import Reader, expect

MAGIC: Final = b"FMR\0"
_EDITION: Final = b" 20\0"
_HEADER: Final = 24
_MAX_COORDINATE: Final = 0x3FFF


@dataclass(frozen=True, slots=True)
class Minutia:
    """``kind`` 0 other, 1 ridge ending, 2 bifurcation; ``angle`` in steps of 1.40625 degrees (360/256)."""

    kind: int
    x: int
    y: int
    angle: int
    quality: int = 0


@dataclass(frozen=True, slots=True)
class MinutiaeView:
    position: int
    minutiae: tuple[Minutia, ...]
    view: int = 0
    impression: int = 0
    quality: int = 0


@dataclass(frozen=True, slots=True)
class FingerMinutiae:
    """``width`` and ``height`` in pixels, ``per_cm`` pixels per centimetre across and down (197 is 500 dpi)."""

    views: tuple[MinutiaeView, ...]
    width: int
    height: int
    per_cm: tuple[int, int] = (197, 197)
    device: int = 0


def parse_minutiae(content: bytes) -> FingerMinutiae:
    """Raises RecordError."""
    read = Reader(content)
    expect(read.take(4) == MAGIC and read.take(4) == _EDITION, "not a minutiae record of 2005")
    expect(read.number(4) == len(content), "the record's length is another")
    device = read.number(2)
    width, height = read.number(2), read.number(2)
    across, down = read.number(2), read.number(2)
    expect(min(width, height, across, down) > 0, "sizes that are not 0")
    count = read.number(1)
    expect(1 <= count <= 160, "1 to 160 views")
    read.skip(1)
    views = tuple(_view(read) for _ in range(count))
    read.end()
    return FingerMinutiae(views, width, height, (across, down), device)


def compose_minutiae(record: FingerMinutiae) -> bytes:
    """Raises RecordError for a record that the format cannot hold."""
    expect(1 <= len(record.views) <= 160, "1 to 160 views")
    body = b"".join(_composed(view) for view in record.views)
    sizes = (record.width, record.height, *record.per_cm)
    expect(all(0 < size <= 0xFFFF for size in sizes), "sizes of 16 bits")
    return b"".join(
        (
            MAGIC,
            _EDITION,
            (_HEADER + len(body)).to_bytes(4, "big"),
            record.device.to_bytes(2, "big"),
            *(size.to_bytes(2, "big") for size in sizes),
            bytes((len(record.views), 0)),
            body,
        )
    )


def _view(read: Reader) -> MinutiaeView:
    position, kinds, quality, count = read.take(4)
    expect(position <= 10, "a single finger's position is 0 to 10")
    expect(quality <= 100, "a quality is 0 to 100")
    minutiae = tuple(_minutia(read) for _ in range(count))
    read.skip(read.number(2))
    return MinutiaeView(position, minutiae, view=kinds >> 4, impression=kinds & 15, quality=quality)


def _minutia(read: Reader) -> Minutia:
    first, second = read.number(2), read.number(2)
    expect(first >> 14 < 3, "a minutia's kind is 0 to 2")
    angle, quality = read.take(2)
    return Minutia(first >> 14, first & _MAX_COORDINATE, second & _MAX_COORDINATE, angle, quality)


def _composed(view: MinutiaeView) -> bytes:
    expect(0 <= view.position <= 10 and 0 <= view.quality <= 100, "a position of 0 to 10 and a quality to 100")
    expect(0 <= view.view <= 15 and 0 <= view.impression <= 15, "a view and an impression of 4 bits")
    expect(len(view.minutiae) <= 255, "at most 255 minutiae")
    points = b"".join(_point(one) for one in view.minutiae)
    kinds = view.view << 4 | view.impression
    return bytes((view.position, kinds, view.quality, len(view.minutiae))) + points + bytes(2)


def _point(one: Minutia) -> bytes:
    expect(0 <= one.kind < 3 and 0 <= one.angle <= 255 and 0 <= one.quality <= 255, "a minutia's kind and angle")
    expect(0 <= one.x <= _MAX_COORDINATE and 0 <= one.y <= _MAX_COORDINATE, "coordinates of 14 bits")
    return (one.kind << 14 | one.x).to_bytes(2, "big") + one.y.to_bytes(2, "big") + bytes((one.angle, one.quality))
