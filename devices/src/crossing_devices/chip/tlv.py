"""Data objects in BER-TLV (ISO/IEC 7816-4 section 5.2.2), and the few DER types that security infos are made of.

Strict: definite lengths alone, nothing may be left over, and every length is checked before a byte is taken.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from crossing_devices.chip.errors import Garbled

INTEGER: Final = 0x02
BIT_STRING: Final = 0x03
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
SEQUENCE: Final = 0x30
SET: Final = 0x31

MAX_TAG_BYTES: Final = 3
MAX_LENGTH_BYTES: Final = 4
MAX_ELEMENTS: Final = 1024


@dataclass(frozen=True)
class Header:
    """Of a data object: ``size`` bytes of tag and length, then ``length`` bytes of value."""

    tag: int
    length: int
    size: int

    @property
    def total(self) -> int:
        return self.size + self.length


@dataclass(frozen=True)
class Element:
    """One data object; ``raw`` is all of it as it was sent."""

    tag: int
    value: bytes
    raw: bytes

    def children(self) -> list["Element"]:
        return list(elements(self.value))


def header(data: bytes, at: int = 0) -> Header:
    """The header that begins at ``at``; its value need not be there. Raises Garbled."""
    tag, after_tag = _tag(data, at)
    length, after_length = _length(data, after_tag)
    return Header(tag, length, after_length - at)


def elements(data: bytes) -> Iterator[Element]:
    """The data objects that ``data`` is made of, one after the other. Raises Garbled."""
    at = 0
    for _ in range(MAX_ELEMENTS):
        if at == len(data):
            return
        head = header(data, at)
        end = at + head.total
        if end > len(data):
            raise Garbled("a data object is longer than what holds it")
        yield Element(head.tag, data[at + head.size : end], data[at:end])
        at = end
    raise Garbled("too many data objects")


def only(data: bytes, tag: int) -> Element:
    """The one data object that ``data`` is. Raises Garbled where it is another or not alone."""
    found = list(elements(data))
    if len(found) != 1 or found[0].tag != tag:
        raise Garbled(f"expected one data object {tag:x}")
    return found[0]


def find(among: list[Element], tag: int) -> Element | None:
    return next((element for element in among if element.tag == tag), None)


def take(among: list[Element], tag: int) -> Element:
    """The first one with this tag. Raises Garbled where there is none."""
    element = find(among, tag)
    if element is None:
        raise Garbled(f"the data object {tag:x} is missing")
    return element


def pair(element: Element) -> tuple[Element, Element]:
    """The two data objects of a DER SEQUENCE of two. Raises Garbled."""
    parts = element.children()
    if element.tag != SEQUENCE or len(parts) != 2:
        raise Garbled("expected a sequence of two")
    return parts[0], parts[1]


def encode(tag: int, value: bytes) -> bytes:
    """A data object with the shortest length there is (DER)."""
    length = len(value)
    if length < 0x80:
        size = bytes([length])
    else:
        digits = shortest(length)
        size = bytes([0x80 | len(digits)]) + digits
    return shortest(tag) + size + value


def shortest(number: int) -> bytes:
    """A number in as few bytes as it takes, one at least."""
    return number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")


def integer(element: Element) -> int:
    """A DER INTEGER that is not negative. Raises Garbled."""
    if element.tag != INTEGER or not element.value or element.value[0] & 0x80:
        raise Garbled("expected a number that is not negative")
    return int.from_bytes(element.value, "big")


def object_identifier(element: Element) -> str:
    """A DER OBJECT IDENTIFIER with dots between its numbers (ITU-T X.690 section 8.19). Raises Garbled."""
    if element.tag != OBJECT_IDENTIFIER or not element.value or element.value[-1] & 0x80:
        raise Garbled("expected an object identifier")
    numbers = [0]
    for byte in element.value:
        numbers[-1] = numbers[-1] << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(0)
    first = min(numbers[0] // 40, 2)
    return ".".join(str(number) for number in (first, numbers[0] - 40 * first, *numbers[1:-1]))


def _tag(data: bytes, at: int) -> tuple[int, int]:
    tag = _byte(data, at)
    at += 1
    if tag & 0x1F != 0x1F:
        return tag, at
    for _ in range(MAX_TAG_BYTES - 1):
        byte = _byte(data, at)
        at += 1
        tag = tag << 8 | byte
        if not byte & 0x80:
            return tag, at
    raise Garbled("a tag is too long")


def _length(data: bytes, at: int) -> tuple[int, int]:
    first = _byte(data, at)
    at += 1
    if first < 0x80:
        return first, at
    count = first & 0x7F
    if not 1 <= count <= MAX_LENGTH_BYTES:
        raise Garbled("a length is indefinite or too long")
    if at + count > len(data):
        raise Garbled("a length is cut off")
    return int.from_bytes(data[at : at + count], "big"), at + count


def _byte(data: bytes, at: int) -> int:
    if at >= len(data):
        raise Garbled("a data object is cut off")
    return data[at]
