"""How long a chip's responses may be, by what it says of itself (ISO/IEC 7816-4 sections 8.1.1 and 12.7)."""

import contextlib
from typing import Final

from crossing_devices.chip import tlv
from crossing_devices.chip.apdu import EXTENDED_LE, SHORT_LE
from crossing_devices.chip.errors import Garbled
from crossing_devices.chip.lds import Limits

_EXTENDED_LENGTH_INFO: Final = 0x7F66
_CAPABILITIES: Final = 0x47
_EXTENDED_BIT: Final = 0x40
_TRIED_BYTES: Final = 2048
"""Asked for once of a chip that can do extended length and does not say how long: half of what most can."""
_COMPACT_CATEGORIES: Final = (0x00, 0x80)


def limits(atr: bytes, chip_info: bytes) -> Limits:
    """From the answer to reset and from EF.ATR/INFO, either of which may be empty or nonsense."""
    objects = _objects(chip_info)
    stated = _stated_response(objects)
    if stated is not None:
        return Limits(max(SHORT_LE, min(stated, EXTENDED_LE)))
    capabilities = tlv.find(objects, _CAPABILITIES)
    if _can_extend(b"" if capabilities is None else capabilities.value) or _can_extend(_from_atr(atr)):
        return Limits(tried=_TRIED_BYTES)
    return Limits()


def _objects(chip_info: bytes) -> list[tlv.Element]:
    """Those before the first that is none: chips fill the file up."""
    found: list[tlv.Element] = []
    with contextlib.suppress(Garbled):
        found.extend(tlv.elements(chip_info))
    return found


def _stated_response(objects: list[tlv.Element]) -> int | None:
    """The second of two numbers: the longest command, then the longest response."""
    info = tlv.find(objects, _EXTENDED_LENGTH_INFO)
    try:
        numbers = [] if info is None else [tlv.integer(number) for number in info.children()]
    except Garbled:
        return None
    return numbers[1] if len(numbers) == 2 else None


def _can_extend(capabilities: bytes) -> bool:
    """The third software function table of the card capabilities."""
    return len(capabilities) == 3 and bool(capabilities[2] & _EXTENDED_BIT)


def _from_atr(atr: bytes) -> bytes:
    """The card capabilities (compact tag 7) among the historical bytes; empty where there are none."""
    historical = _historical_bytes(atr)
    if not historical or historical[0] not in _COMPACT_CATEGORIES:
        return b""
    at = 1
    while at < len(historical):
        tag, length = historical[at] >> 4, historical[at] & 0x0F
        if tag == 7:
            return historical[at + 1 : at + 1 + length]
        at += 1 + length
    return b""


def _historical_bytes(atr: bytes) -> bytes:
    """ISO/IEC 7816-3 section 8.2: T0 counts them; they follow the interface bytes that T0 and each TD announce."""
    if len(atr) < 2:
        return b""
    at, announced = 2, atr[1] >> 4
    while announced and at < len(atr):
        at += (announced & 0x7).bit_count()
        if not announced & 0x8 or at >= len(atr):
            break
        announced = atr[at] >> 4
        at += 1
    return atr[at : at + (atr[1] & 0x0F)]
