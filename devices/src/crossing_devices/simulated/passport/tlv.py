"""BER-TLV as ISO/IEC 7816-4 and X.690 write it: tags of one to three bytes, definite lengths."""

from collections.abc import Iterator

from asn1crypto import core


class TlvError(ValueError):
    """What was given is no TLV."""


def length_field(length: int) -> bytes:
    """The shortest form of a definite length (X.690 section 8.1.3)."""
    if length < 0x80:
        return bytes([length])
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(digits)]) + digits


def tlv(tag: int, *parts: bytes) -> bytes:
    """One data object; ``parts`` are its value, one after the other."""
    value = b"".join(parts)
    return tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big") + length_field(len(value)) + value


def integer(number: int, tag: int = 0x02) -> bytes:
    """An INTEGER of X.690; with another tag, an implicitly tagged one."""
    return tlv(tag, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER, whole."""
    return bytes(core.ObjectIdentifier(dotted).dump())


def oid_value(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER without its tag and length, as tag 80 of MSE carries it."""
    return bytes(core.ObjectIdentifier(dotted).contents)


def parse(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data objects in ``data``, tag and value. Raises :class:`TlvError` where one is cut or malformed."""
    place = 0
    while place < len(data):
        tag, place = _tag(data, place)
        length, place = _length(data, place)
        if place + length > len(data):
            raise TlvError("a value is longer than what holds it")
        yield tag, data[place : place + length]
        place += length


def only(data: bytes, wanted: int) -> bytes:
    """The value of the one data object in ``data``, of tag ``wanted``. Raises :class:`TlvError`."""
    found = list(parse(data))
    if len(found) != 1 or found[0][0] != wanted:
        raise TlvError(f"not one data object of tag {wanted:X}")
    return found[0][1]


def _tag(data: bytes, place: int) -> tuple[int, int]:
    start = place
    place += 1
    if data[start] & 0x1F == 0x1F:
        while place < len(data) and data[place] & 0x80 and place - start < 3:
            place += 1
        place += 1
    if place > len(data):
        raise TlvError("a tag is cut")
    return int.from_bytes(data[start:place], "big"), place


def _length(data: bytes, place: int) -> tuple[int, int]:
    if place >= len(data):
        raise TlvError("a length is missing")
    first = data[place]
    place += 1
    if first < 0x80:
        return first, place
    digits = first & 0x7F
    if not 1 <= digits <= 3 or place + digits > len(data):
        raise TlvError("a length of a form that is not used")
    return int.from_bytes(data[place : place + digits], "big"), place + digits
