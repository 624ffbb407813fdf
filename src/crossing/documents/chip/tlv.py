"""Tag, length, value: what every file of the chip is made of (ISO/IEC 8825-1 and 7816-4 Annex E).

Strict in what decides: a value lies within what holds it, nothing follows the last one, and the work is bounded by
the bytes given. Lenient in what does not: lengths may be written longer than need be, as many chips write them.
"""

from dataclasses import dataclass
from typing import Final

MAX_ELEMENTS: Final = 20_000
MAX_DEPTH: Final = 24

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
NULL: Final = 0x05
OID: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31

_CONSTRUCTED: Final = 0x20
_END_OF_CONTENTS: Final = b"\0\0"
_CONSTRUCTED_OCTETS: Final = 0x24


class TlvDamaged(ValueError):
    """The bytes are no well-formed TLV. The text says what is wrong, never what was in them."""


@dataclass(frozen=True, slots=True)
class Tlv:
    """One element. ``tag`` is its identifier octets as one number, as the standards print it: 0x30, 0x7F61.
    ``encoded`` is the whole of it, ``value`` what it holds."""

    tag: int
    value: bytes
    encoded: bytes

    @property
    def constructed(self) -> bool:
        return bool(self.encoded[0] & _CONSTRUCTED)

    def children(self, *tags: int) -> tuple["Tlv", ...]:
        """What it is made of; where ``tags`` are given, exactly one element of each, in this order."""
        if not self.constructed:
            raise TlvDamaged(f"{self.tag:X} is not made of elements")
        found = read_all(self.value)
        if tags and tuple(one.tag for one in found) != tags:
            raise TlvDamaged(f"{self.tag:X} is not made of {' '.join(f'{tag:X}' for tag in tags)}")
        return found


def read_one(content: bytes, tag: int | None = None) -> Tlv:
    """The one element that ``content`` is; nothing may follow it. Raises :class:`TlvDamaged`."""
    element = _element(content, 0)
    if len(element.encoded) != len(content):
        raise TlvDamaged("bytes behind the end")
    return element if tag is None else expect(element, tag)


def read_all(content: bytes) -> tuple[Tlv, ...]:
    """The elements that ``content`` is, to its last byte. Raises :class:`TlvDamaged`."""
    found: list[Tlv] = []
    at = 0
    while at < len(content):
        if len(found) >= MAX_ELEMENTS:
            raise TlvDamaged("too many elements")
        found.append(_element(content, at))
        at += len(found[-1].encoded)
    return tuple(found)


def expect(element: Tlv, tag: int) -> Tlv:
    if element.tag != tag:
        raise TlvDamaged(f"{element.tag:X} where {tag:X} is due")
    return element


def integer(element: Tlv) -> int:
    """An INTEGER in its shortest form."""
    value = expect(element, INTEGER).value
    if not value or (len(value) > 1 and value[0] in (0x00, 0xFF) and (value[0] ^ value[1]) < 0x80):
        raise TlvDamaged("not the shortest form of a number")
    return int.from_bytes(value, "big", signed=True)


def oid(element: Tlv) -> str:
    """An OBJECT IDENTIFIER with dots, its arcs in their shortest form (ISO/IEC 8825-1 section 8.19)."""
    value = expect(element, OID).value
    if not value or len(value) > 64 or value[-1] & 0x80:
        raise TlvDamaged("not an object identifier")
    arcs: list[int] = []
    arc = 0
    fresh = True
    for octet in value:
        if fresh and octet == 0x80:
            raise TlvDamaged("not the shortest form of an object identifier")
        arc = arc << 7 | octet & 0x7F
        fresh = not octet & 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def encode(tag: int, value: bytes) -> bytes:
    """With the length in its shortest form."""
    head = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    size = len(value)
    if size < 0x80:
        return head + bytes([size]) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return head + bytes([0x80 | len(octets)]) + octets + value


def encode_integer(number: int) -> bytes:
    return encode(INTEGER, number.to_bytes((number + (number < 0)).bit_length() // 8 + 1, "big", signed=True))


def encode_oid(dotted: str) -> bytes:
    """The OBJECT IDENTIFIER, from dots."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    octets = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc >> shift & 0x7F for shift in range(7 * max((arc.bit_length() - 1) // 7, 0), -1, -7)]
        octets += bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
    return encode(OID, bytes(octets))


def definite(content: bytes) -> bytes:
    """The element at the head of ``content`` with a length wherever BER left it open, and octet strings in one piece.

    What has no such place in it stays as it is, byte for byte: signatures are made over bytes. Raises
    :class:`TlvDamaged`, also where anything follows the element.
    """
    rewritten, end = _definite(content, 0, MAX_DEPTH)
    if end != len(content):
        raise TlvDamaged("bytes behind the end")
    return rewritten


def _definite(content: bytes, start: int, depth: int) -> tuple[bytes, int]:
    if depth == 0:
        raise TlvDamaged("too deep")
    tag, at = _tag(content, start)
    if at < len(content) and content[at] == 0x80:
        if not content[start] & _CONSTRUCTED:
            raise TlvDamaged("an open length of a value that is not made of elements")
        parts, at = [], at + 1
        while content[at : at + 2] != _END_OF_CONTENTS:
            part, at = _definite(content, at, depth - 1)
            parts.append(part)
        return _joined(tag, parts), at + 2
    element = _element(content, start)
    end = start + len(element.encoded)
    if not element.constructed:
        return element.encoded, end
    parts, at = [], 0
    while at < len(element.value):
        part, at = _definite(element.value, at, depth - 1)
        parts.append(part)
    if tag != _CONSTRUCTED_OCTETS and b"".join(parts) == element.value:
        return element.encoded, end
    return _joined(tag, parts), end


def _joined(tag: int, parts: list[bytes]) -> bytes:
    if tag != _CONSTRUCTED_OCTETS:
        return encode(tag, b"".join(parts))
    return encode(OCTET_STRING, b"".join(read_one(part, OCTET_STRING).value for part in parts))


def _element(content: bytes, start: int) -> Tlv:
    tag, at = _tag(content, start)
    length, at = _length(content, at)
    end = at + length
    if end > len(content):
        raise TlvDamaged("cut short")
    return Tlv(tag, content[at:end], content[start:end])


def _tag(content: bytes, at: int) -> tuple[int, int]:
    """The tag, of three bytes at most, and where its length begins."""
    if at >= len(content):
        raise TlvDamaged("cut short")
    tag = content[at]
    if tag & 0x1F != 0x1F:
        return tag, at + 1
    for place in range(at + 1, min(at + 3, len(content))):
        octet = content[place]
        if place == at + 1 and octet & 0x7F == 0:
            break
        tag = tag << 8 | octet
        if not octet & 0x80:
            return tag, place + 1
    raise TlvDamaged("not a tag")


def _length(content: bytes, at: int) -> tuple[int, int]:
    """The length, and where the value begins."""
    if at >= len(content):
        raise TlvDamaged("cut short")
    first = content[at]
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 0 < count <= 4 or at + 1 + count > len(content):
        raise TlvDamaged("not a length")
    return int.from_bytes(content[at + 1 : at + 1 + count], "big"), at + 1 + count
